//! Databases and data for tests.

use std::sync::Arc;
use std::time::Duration;

use contest_core::catalogue::{Fingerprint, OrdinalSet, Revision, StoredProblem};
use contest_core::id::{ContestId, ProblemId, UserId, Version};
use contest_core::model::{
    Difficulty, Epoch, EventNumber, IdempotencyKey, LatePolicy, PerDifficulty, Problem,
};
use contest_core::scoring::{Points, Scoring};
use contest_core::select::{
    AlgorithmVersion, ProblemCount, Seed, SelectionMethod, SelectionRecord, SelectionRequest,
};
use contest_core::store::{Commit, ContestWrite, PublicationCommit};
use contest_core::time::Timestamp;
use contest_core::user::{
    AssignedProblem, AttemptRecord, ContestRecord, EndedContests, FORMAT, Idempotency, OpenContest,
    Unknown, UserRecord,
};
use contest_sqlx::sqlite::SqliteStore;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use uuid::Uuid;

use super::place::{Directory, config};

/// A store without write-ahead log, and a reader that blocks `COMMIT` until it rolls back.
pub(super) async fn held_by_a_reader() -> (Directory, SqliteStore, PoolConnection<Sqlite>) {
    let directory = Directory::new();
    let options = SqliteConnectOptions::new()
        .filename(directory.database())
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Delete)
        .busy_timeout(Duration::from_millis(20));
    let pool = SqlitePoolOptions::new().max_connections(2);
    let pool = pool.connect_with(options).await.unwrap();
    let store = SqliteStore::from_pool(pool.clone());
    store.migrate().await.unwrap();
    let mut reader = pool.acquire().await.unwrap();
    let begin = sqlx::raw_sql("BEGIN; SELECT * FROM catalogue_state");
    begin.execute(&mut *reader).await.unwrap();
    (directory, store, reader)
}

pub(super) async fn open(directory: &Directory) -> SqliteStore {
    let store = SqliteStore::connect_with(&config(directory.database())).await;
    let store = store.unwrap();
    store.migrate().await.unwrap();
    store
}

/// A fresh migrated database in a directory of its own.
pub(super) async fn fresh() -> (Directory, SqliteStore) {
    let directory = Directory::new();
    let store = open(&directory).await;
    (directory, store)
}

pub(super) fn user(number: u64) -> UserId {
    Uuid::from_u128((0xabcd_ef01_2345_6789 << 64) + u128::from(number)).into()
}

pub(super) fn version(number: u64) -> Version {
    Version::from_random(7, number)
}

pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

pub(super) fn contest_id(number: u64) -> ContestId {
    Uuid::from_u128((0x0190 << 112) + u128::from(number)).into()
}

pub(super) fn problem_id(number: u64) -> ProblemId {
    Uuid::from_u128((0x5555 << 112) + u128::from(number)).into()
}

pub(super) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

pub(super) fn request(count: u16) -> SelectionRequest {
    SelectionRequest::new(ProblemCount::new(count).unwrap())
}

pub(super) fn contest(number: u64) -> ContestRecord {
    let assigned = |n| AssignedProblem {
        problem: problem_id(n),
        difficulty: Difficulty::Easy,
        points: (n == 1).then_some(Points::from(5)),
        mark: None,
        attempts: Vec::new(),
    };
    ContestRecord {
        format: FORMAT,
        id: contest_id(number),
        started_at: at(1_000_000),
        deadline: at(61_000_000),
        ending: None,
        late_policy: LatePolicy::AcceptFor(Duration::from_secs(90)),
        epoch: 3,
        problems: (1..=5).map(assigned).collect(),
        selection: SelectionRecord {
            algorithm: AlgorithmVersion::CURRENT,
            seed: Seed(u64::MAX),
            catalogue: Fingerprint::from_bytes([9; 32]),
            method: SelectionMethod::Uniform,
            asked: 5,
            quota: PerDifficulty::default(),
            taken: PerDifficulty::default(),
            parts: vec![],
            open_slots: vec![],
        },
        scoring: Scoring::default(),
        round: None,
        idempotency: None,
        unknown: Unknown::default(),
    }
}

pub(super) fn with_key(contest: ContestRecord, text: &str) -> ContestRecord {
    let idempotency = Idempotency {
        key: key(text),
        digest: Fingerprint::from_bytes([8; 32]),
    };
    ContestRecord {
        idempotency: Some(idempotency),
        ..contest
    }
}

pub(super) fn record(number: u64) -> UserRecord {
    UserRecord {
        format: FORMAT,
        version: version(number),
        epoch: Epoch {
            number: 3,
            began_at: Some(at(-5)),
        },
        solved: OrdinalSet::default(),
        seen: OrdinalSet::default(),
        open: None,
        ended: EndedContests {
            completed: 1,
            ..EndedContests::default()
        },
        last_commit_at: Some(at(number.cast_signed())),
        last_contest: None,
        last_event: EventNumber(0),
        import: None,
        day: None,
        pruned_before: None,
        extra_time: Vec::new(),
        unknown: Unknown::default(),
    }
}

/// A commit that only changes the version.
pub(super) fn commit(user: UserId, expected: Option<u64>, new: u64) -> Commit {
    Commit::of_record(user, expected.map(version), record(new))
}

/// A commit that creates a contest.
pub(super) fn creation(
    user: UserId,
    expected: Option<u64>,
    new: u64,
    contest: ContestRecord,
) -> Commit {
    let mut commit = commit(user, expected, new);
    commit.record.open = Some(OpenContest {
        id: contest.id,
        deadline: contest.deadline,
        newly_marked: vec![problem_id(1)],
    });
    commit.record.last_contest = Some(contest.id);
    commit.contest = Some(ContestWrite::Insert {
        contest,
        request: Box::new(request(5)),
    });
    commit
}

pub(super) fn solve(micros: i64, problem: u64, contest: Option<u64>) -> AttemptRecord {
    let (problem, contest) = (problem_id(problem), contest.map(contest_id));
    AttemptRecord {
        recorded_at: at(micros + 1),
        ..AttemptRecord::tick(problem, at(micros), contest, 3)
    }
}

pub(super) fn revision(number: u64, tag: u64) -> Revision {
    Revision { number, tag }
}

pub(super) fn stored(ordinal: u32, title: &str) -> StoredProblem {
    let problem = Problem::new(format!("p-{ordinal}"), title, Difficulty::Medium).unwrap();
    StoredProblem {
        ordinal,
        problem: Arc::new(problem.with_position(ordinal)),
    }
}

pub(super) fn publication(
    expected: Revision,
    revision: Revision,
    problems: Vec<StoredProblem>,
) -> PublicationCommit {
    PublicationCommit {
        expected,
        revision,
        problems,
    }
}
