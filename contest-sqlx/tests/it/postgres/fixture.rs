//! A separate store for each test, and values for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contest_core::catalogue::{Fingerprint, OrdinalSet, Revision, StoredProblem};
use contest_core::id::{ContestId, ProblemId, UserId, Version};
use contest_core::model::{
    Difficulty, Epoch, Event, EventKind, EventNumber, IdempotencyKey, LatePolicy, PerDifficulty,
    Problem, SubmissionId,
};
use contest_core::scoring::{Points, Score, Scoring, Verdict};
use contest_core::select::{
    AlgorithmVersion, ProblemCount, Seed, SelectionMethod, SelectionRecord, SelectionRequest,
};
use contest_core::store::{CatalogueRepository as _, Commit, ContestWrite, PublicationCommit};
use contest_core::time::Timestamp;
use contest_core::user::{
    AssignedProblem, AttemptRecord, ContestRecord, EndedContests, FORMAT, Idempotency, Mark,
    OpenContest, UserRecord,
};
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use contest_sqlx::testing::Postgres;
use uuid::Uuid;

/// The URL of a new database.
pub(crate) async fn url() -> String {
    let postgres = Postgres::shared()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    postgres.database().await.unwrap().url()
}

/// A new store, with its tables in a schema of their own.
pub(crate) async fn store() -> PgStore {
    store_with(&PgPoolConfig::parse(&url().await).unwrap()).await
}

pub(crate) async fn store_with(config: &PgPoolConfig) -> PgStore {
    let store = PgStore::connect_with(config).await.unwrap();
    let store = store.with_schema(PgSchema::new("tables_of_contest").unwrap());
    store.migrate().await.unwrap();
    store
}

/// A different number for each call.
fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000 + micros)
}

pub(crate) fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn problem_id(number: u128) -> ProblemId {
    ProblemId::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn version() -> Version {
    Version::from_random(next(), 7)
}

/// A record in which every member has a value.
pub(crate) fn record(open: Option<&ContestRecord>) -> UserRecord {
    let open = open.map(|contest| OpenContest {
        id: contest.id,
        deadline: contest.deadline,
        newly_marked: vec![contest.problems[0].problem],
    });
    UserRecord {
        format: FORMAT,
        version: version(),
        epoch: Epoch {
            number: 2,
            began_at: Some(at(-5)),
        },
        solved: [1, 5, 70_000].into_iter().collect(),
        seen: OrdinalSet::default(),
        last_contest: open.as_ref().map(|open| open.id),
        open,
        ended: EndedContests {
            completed: 3,
            abandoned: 1,
            expired: 0,
        },
        import: None,
        day: None,
        pruned_before: None,
        extra_time: Vec::new(),
        last_commit_at: Some(at(0)),
        last_event: EventNumber(0),
        unknown: serde_json::from_str(r#"{"of_a_later_version":[1,2]}"#).unwrap(),
    }
}

/// A contest of five problems that began at this time, two of them marked.
pub(crate) fn contest(micros: i64, key: Option<&str>) -> ContestRecord {
    let problem = |place: u128| AssignedProblem {
        problem: problem_id(place),
        difficulty: Difficulty::ALL[place as usize % 3],
        points: (place == 3).then_some(Points::from(50)),
        mark: (place < 2).then_some(Mark {
            at: at(micros + 1),
            newly: place == 1,
            judged: false,
        }),
        attempts: Vec::new(),
    };
    ContestRecord {
        format: FORMAT,
        id: ContestId::new(at(micros), next()),
        started_at: at(micros),
        deadline: at(micros + 3_600_000_000),
        ending: None,
        late_policy: LatePolicy::default(),
        epoch: 2,
        problems: (0..5).map(problem).collect(),
        selection: SelectionRecord {
            algorithm: AlgorithmVersion::CURRENT,
            seed: Seed(u64::MAX),
            catalogue: Fingerprint::from_bytes([7; 32]),
            method: SelectionMethod::Uniform,
            asked: 5,
            quota: PerDifficulty::new(2, 2, 1),
            taken: PerDifficulty::new(2, 2, 1),
            parts: Vec::new(),
            open_slots: Vec::new(),
        },
        scoring: Scoring::default(),
        round: None,
        idempotency: key.map(|key| Idempotency {
            key: IdempotencyKey::new(key).unwrap(),
            digest: Fingerprint::from_bytes([9; 32]),
        }),
        unknown: serde_json::from_str(r#"{"also":"this"}"#).unwrap(),
    }
}

pub(crate) fn request(seed: u64) -> SelectionRequest {
    SelectionRequest::new(ProblemCount::new(5).unwrap()).with_seed(Seed(seed))
}

pub(crate) fn solve(micros: i64, problem: u128, contest: Option<ContestId>) -> AttemptRecord {
    AttemptRecord {
        recorded_at: at(micros + 1),
        ..AttemptRecord::tick(problem_id(problem), at(micros), contest, 2)
    }
}

/// An attempt with this submission and verdict, and a score.
pub(crate) fn attempt(
    micros: i64,
    problem: u128,
    submission: &str,
    verdict: Verdict,
) -> AttemptRecord {
    let (points, max) = (Points::try_from(0.123_456).unwrap(), Points::from(7));
    AttemptRecord {
        submission: Some(SubmissionId::new(submission).unwrap()),
        verdict,
        score: Some(Score::out_of(points, max).unwrap()),
        ..solve(micros, problem, None)
    }
}

/// Events with these numbers.
pub(crate) fn events(user: UserId, numbers: std::ops::RangeInclusive<u64>) -> Vec<Event> {
    let event = |number: u64| Event {
        user,
        number: EventNumber(number),
        at: at(number.cast_signed()),
        kind: EventKind::ProgressReset { epoch: number },
    };
    numbers.map(event).collect()
}

/// A commit of this record and nothing else.
pub(crate) fn commit(user: UserId, expected: Option<Version>, record: UserRecord) -> Commit {
    Commit {
        solved_changed: true,
        seen_changed: true,
        ..Commit::of_record(user, expected, record)
    }
}

/// The first commit of a user: a contest with a key, two solves and two events.
pub(crate) fn creation(user: UserId) -> Commit {
    let contest = contest(0, Some("key"));
    let mut creation = commit(user, None, record(Some(&contest)));
    creation.attempts = vec![solve(1, 1, Some(contest.id)), solve(2, 2, None)];
    creation.events = events(user, 1..=2);
    creation.contest = Some(ContestWrite::Insert {
        contest,
        request: Box::new(request(3)),
    });
    creation
}

pub(crate) fn problems(ordinals: std::ops::Range<u32>, title: &str) -> Vec<StoredProblem> {
    let problem = |ordinal: u32| {
        let slug = format!("p-{ordinal}");
        let problem = Problem::new(slug, format!("{title} {ordinal}"), Difficulty::Easy);
        StoredProblem {
            ordinal,
            problem: Arc::new(problem.unwrap()),
        }
    };
    ordinals.map(problem).collect()
}

pub(crate) fn revision(number: u64) -> Revision {
    let tag = u64::MAX - number;
    Revision { number, tag }
}

/// Publishes problems as revision `number`, over the one before it.
pub(crate) async fn publish(store: &PgStore, number: u64, problems: Vec<StoredProblem>) {
    let expected = match number {
        1 => Revision::default(),
        _ => revision(number - 1),
    };
    let publication = PublicationCommit {
        expected,
        revision: revision(number),
        problems,
    };
    store.commit_publication(&publication).await.unwrap();
}

/// Pings, and waits until the pool has its only connection back.
pub(crate) async fn ping_and_release(store: &PgStore) {
    store.ping().await.unwrap();
    while store.metrics().idle == 0 {
        tokio::task::yield_now().await;
    }
}

/// Waits until this many statements wait for a lock.
pub(crate) async fn waiting(store: &PgStore, expected: i64) {
    let waits = "SELECT count(*) FROM pg_stat_activity \
                 WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let mut found = -1;
    while found != expected {
        found = sqlx::query_scalar(waits)
            .fetch_one(store.pool())
            .await
            .unwrap();
    }
}
