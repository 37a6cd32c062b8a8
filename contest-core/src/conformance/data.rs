//! The data of cases: users, contests, attempts, events and problems by number.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::catalogue::{Fingerprint, Revision, StoredProblem};
use crate::conformance::check::Outcome;
use crate::conformance::harness::Harness;
use crate::id::{ContestId, ProblemId, RoundId, UserId, Version};
use crate::model::{
    Difficulty, IdempotencyKey, LatePolicy, PerDifficulty, Problem, Rating, SubmissionId, Topic,
};
use crate::scoring::{
    Amount, AtCoder, CompileErrors, Falling, Icpc, Method, Points, Score, Scoring, TimeUnit,
    Verdict,
};
use crate::select::{
    AlgorithmVersion, ProblemCount, Seed, SelectionMethod, SelectionRecord, SelectionRequest,
};
use crate::store::{CatalogueChanges, PublicationCommit};
use crate::time::Timestamp;
use crate::user::{
    AssignedProblem, AttemptRecord, ContestRecord, ExtraTime, FORMAT, Idempotency, JudgedAttempt,
    Mark, RoundEntry,
};

/// The base time. Its odd microseconds show whether a store preserves them.
pub(super) const START: Timestamp = Timestamp::from_micros(1_721_930_123_456_789);

/// The first and the last instant that a store must support: of the years 1 and 9999.
pub(super) const FIRST: Timestamp = Timestamp::from_micros(-62_135_596_800_000_000);
pub(super) const LAST: Timestamp = Timestamp::from_micros(253_402_300_799_999_999);

/// This many seconds after [`START`].
pub(super) fn second(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

/// The user of this number. The ids are spread over all 128 bits, so that a store partitioned by user
/// has users in all partitions.
pub(super) const fn user(number: u64) -> UserId {
    const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    UserId::from_uuid(Uuid::from_u128((number as u128 + 1).wrapping_mul(ODD)))
}

/// A version used nowhere else.
pub(super) fn fresh_version() -> Version {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Version::from_random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number)
}

/// The user's contest of this number: greater numbers are later.
pub(super) fn contest_id(user: UserId, number: u64) -> ContestId {
    let (_, low) = user.as_uuid().as_u64_pair();
    ContestId::new(second(number), low)
}

/// The id of the problem of this number.
pub(super) fn problem_id(number: u64) -> ProblemId {
    let (high, low) = (number.wrapping_mul(0xf39c_c060_5ced_c835), number);
    ProblemId::from_uuid(Uuid::from_u64_pair(high, low))
}

/// The id of the round of this number.
pub(super) fn round_id(number: u64) -> RoundId {
    let (high, low) = (number.wrapping_mul(0xc2b2_ae3d_27d4_eb4f), number);
    RoundId::from_uuid(Uuid::from_u64_pair(high, low))
}

pub(super) fn key(text: &str) -> Outcome<IdempotencyKey> {
    Ok(IdempotencyKey::new(text)?)
}

/// The user's contest of this number, with three problems. Contests of even numbers belong to the round
/// of that number.
pub(super) fn contest(user: UserId, number: u64) -> ContestRecord {
    let is_joined = number.is_multiple_of(2);
    ContestRecord {
        format: FORMAT,
        id: contest_id(user, number),
        started_at: second(number),
        deadline: second(number + 3_600),
        ending: None,
        late_policy: LatePolicy::AcceptFor(Duration::from_secs(number)),
        epoch: 1,
        problems: (number..number + 3).map(assigned).collect(),
        selection: selection(number),
        scoring: if is_joined {
            Icpc::default().into()
        } else {
            Scoring::default()
        },
        round: is_joined.then(|| entry(user, number)),
        idempotency: None,
        unknown: crate::user::Unknown::default(),
    }
}

/// A contest's part in the round of this number, of a user who takes part alone.
pub(super) fn entry(user: UserId, number: u64) -> RoundEntry {
    RoundEntry {
        round: round_id(number),
        participant: user.into(),
        zero: second(number),
        frozen_from: number.is_multiple_of(4).then(|| second(number + 1_800)),
        is_virtual: false,
        judged: number.is_multiple_of(8),
        extra: Duration::from_micros(number * 1_000_001),
    }
}

/// Scorings of all methods, with options.
pub(super) fn scorings() -> Vec<Scoring> {
    let third = Amount::Points(Points::from_millionths(333_333));
    let icpc = Icpc::default()
        .with_compile_errors(CompileErrors::Penalised)
        .with_unit(TimeUnit::Second);
    let falling = Falling::default()
        .with_per_try(third)
        .with_least(Amount::Percent(30));
    vec![
        Method::Ticks.into(),
        Icpc::default().into(),
        icpc.with_penalty(Duration::from_millis(1_500)).into(),
        Method::Best.into(),
        Method::Last.into(),
        Method::First.into(),
        falling.into(),
        AtCoder::default()
            .with_penalty(Duration::from_secs(7))
            .into(),
        Method::Lockout.into(),
    ]
}

/// Extra time in the round of this number.
pub(super) fn extra_time(number: u64) -> ExtraTime {
    ExtraTime {
        round: round_id(number),
        extra: Duration::from_micros(number * 61_000_001),
    }
}

/// The contest with an idempotency key.
pub(super) fn under_key(contest: ContestRecord, text: &str) -> Outcome<ContestRecord> {
    let digest = Fingerprint::from_bytes([7; 32]);
    let idempotency = Some(Idempotency {
        key: key(text)?,
        digest,
    });
    Ok(ContestRecord {
        idempotency,
        ..contest
    })
}

/// The problem of this number in a contest: marked, if the number is even. Every fifth has attempts that
/// the host recorded.
pub(super) fn assigned(number: u64) -> AssignedProblem {
    let difficulty = match number % 3 {
        0 => Difficulty::Easy,
        1 => Difficulty::Medium,
        _ => Difficulty::Hard,
    };
    let mark = Mark {
        at: second(number),
        newly: number.is_multiple_of(4),
        judged: false,
    };
    let points = u32::try_from(number).ok();
    let attempts = if number % 5 == 4 { 0..2 } else { 0..0 };
    AssignedProblem {
        problem: problem_id(number),
        difficulty,
        points: points.filter(|points| *points > 2).map(Points::from),
        mark: number.is_multiple_of(2).then_some(mark),
        attempts: attempts.map(|attempt| judged(number, attempt)).collect(),
    }
}

/// The attempt of this number, made at a second.
pub(super) fn judged(at: u64, number: u64) -> JudgedAttempt {
    let verdict = match number % 5 {
        0 => Verdict::Rejected,
        1 => Verdict::Accepted,
        2 => Verdict::Pending,
        3 => Verdict::CompileError,
        _ => Verdict::NotCounted,
    };
    let score = Score::out_of(Points::from_millionths(number * 1_500_001), 50.into());
    JudgedAttempt {
        at: second(at),
        submission: submission(number).filter(|_| number % 7 != 6),
        verdict,
        score: score.ok().filter(|_| number.is_multiple_of(2)),
        recorded_at: second(at + 1),
        undone_at: number.is_multiple_of(3).then(|| second(at + 2)),
    }
}

/// The id of the submission of this number.
pub(super) fn submission(number: u64) -> Option<SubmissionId> {
    SubmissionId::new(format!("s/{number}")).ok()
}

pub(super) fn selection(number: u64) -> SelectionRecord {
    SelectionRecord {
        algorithm: AlgorithmVersion(1),
        seed: Seed(u64::MAX - number),
        catalogue: Fingerprint::from_bytes([number.to_le_bytes()[0]; 32]),
        method: SelectionMethod::Slots,
        asked: 4,
        quota: PerDifficulty::new(1, 2, 1),
        taken: PerDifficulty::new(1, 1, 1),
        parts: Vec::new(),
        open_slots: vec![3],
    }
}

/// The request that the contest of this number was created with.
pub(super) fn request(number: u64) -> Outcome<SelectionRequest> {
    let count = ProblemCount::new(4)?;
    let topic = Topic::new(format!("Topic {number} – „Bäume“"))?;
    let excluded = (0..number % 50).map(problem_id);
    let request = SelectionRequest::new(count).with_topics([topic]);
    Ok(request.with_excluded(excluded).with_seed(Seed(number)))
}

/// A solve of a problem outside contests.
pub(super) fn solve(at: Timestamp, problem: u64) -> AttemptRecord {
    AttemptRecord {
        recorded_at: at + Duration::from_micros(1),
        ..AttemptRecord::tick(problem_id(problem), at, None, 1)
    }
}

/// An attempt with a submission, judged as such, at a problem outside contests.
pub(super) fn attempt(
    at: Timestamp,
    problem: u64,
    text: &str,
    verdict: Verdict,
) -> Outcome<AttemptRecord> {
    Ok(AttemptRecord {
        submission: Some(SubmissionId::new(text)?),
        verdict,
        ..solve(at, problem)
    })
}

/// The problem of this number, with all optional fields.
pub(super) fn problem(number: u32) -> Outcome<StoredProblem> {
    let problem = Problem::new(
        format!("problem-{number}"),
        format!("Problem {number} – „größer“ 木 🌲"),
        assigned(number.into()).difficulty,
    )?;
    let topics = [
        format!("Topic {}", number % 4),
        "Everything, überall".into(),
    ];
    let topics: Result<Vec<_>, _> = topics.iter().map(Topic::new).collect();
    let rating = Rating::new(1_000 + i16::try_from(number % 1_000)?)?;
    let problem = problem
        .with_topics(topics?)
        .with_position(number)
        .with_link(format!("https://example.com/{number}?a=b&c=d"))?
        .with_rating(Some(rating).filter(|_| number.is_multiple_of(2)))
        .with_retired(number.is_multiple_of(5));
    Ok(StoredProblem {
        ordinal: number,
        problem: Arc::new(problem),
    })
}

/// The problems of these numbers.
pub(super) fn problems(numbers: impl IntoIterator<Item = u32>) -> Outcome<Vec<StoredProblem>> {
    numbers.into_iter().map(problem).collect()
}

/// The problem with another title.
pub(super) fn titled(stored: &StoredProblem, title: &str) -> StoredProblem {
    let mut problem = Problem::clone(&stored.problem);
    title.clone_into(&mut problem.title);
    StoredProblem {
        ordinal: stored.ordinal,
        problem: Arc::new(problem),
    }
}

/// The revision of this number; 0 is before the first publication.
pub(super) fn revision(number: u64) -> Revision {
    let tag = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Revision { number, tag }
}

/// The publication that leads to this revision from the one before it.
pub(super) fn publication(number: u64, problems: Vec<StoredProblem>) -> PublicationCommit {
    PublicationCommit {
        expected: revision(number - 1),
        revision: revision(number),
        problems,
    }
}

/// Publishes on the first handle.
pub(super) async fn publish(h: &Harness, number: u64, problems: Vec<StoredProblem>) -> Outcome {
    let publication = publication(number, problems);
    Ok(h.store.commit_publication(&publication).await?)
}

/// The catalogue that a handle loads, by ordinal.
pub(super) async fn load_catalogue(
    h: &Harness,
    handle: u64,
    since: Option<Revision>,
) -> Outcome<CatalogueChanges> {
    let mut changes = h.handle(handle).load_catalogue(since).await?;
    changes.problems.sort_by_key(|stored| stored.ordinal);
    Ok(changes)
}
