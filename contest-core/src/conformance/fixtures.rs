//! Problems, users, times and contests that cases are made of. All of them are constants or counted,
//! so that a run can be repeated.

use std::collections::BTreeSet;
use std::time::Duration;

use uuid::Uuid;

use crate::catalogue::Catalogue;
use crate::conformance::failure::{During, Outcome};
use crate::id::{ContestId, ProblemId, UserId};
use crate::lifecycle::LatePolicy;
use crate::model::{
    AssignedProblem, ContestRecord, Difficulty, IdempotencyKey, Problem, Slug, Topic,
};
use crate::select::{ProblemCount, Seed, SelectionRequest, select};
use crate::store::{Idempotency, NewContest};
use crate::time::Timestamp;

/// When most cases begin. The odd microseconds show whether a store keeps them.
pub(super) const START: Timestamp = Timestamp::from_micros(1_721_930_123_456_789);

/// One hour: how long contests last unless a case says otherwise.
pub(super) const HOUR: Duration = Duration::from_hours(1);

/// The least there is of time.
pub(super) const MICROSECOND: Duration = Duration::from_micros(1);

/// That many minutes after [`START`], before it when negative.
pub(super) const fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_micros(START.as_micros() + minutes * 60_000_000)
}

/// One microsecond before.
pub(super) const fn just_before(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros() - 1)
}

/// The user of this number.
pub(super) const fn user(number: u64) -> UserId {
    UserId::from_uuid(Uuid::from_u128(
        0x0190_d3f4_7a00_7000_8000_0000_0000_0000 | number as u128,
    ))
}

/// The user most cases are about.
pub(super) const ALICE: UserId = user(0xa);
/// Somebody else.
pub(super) const BOB: UserId = user(0xb);

/// The id of a problem that no store has.
pub(super) fn unknown_problem(number: u64) -> ProblemId {
    ProblemId::from_uuid(Uuid::from_u128(0xdead << 64 | u128::from(number)))
}

/// The problem of this number: difficulties take turns, topics overlap.
pub(super) fn problem(number: u32) -> Outcome<Problem> {
    let difficulty = match number % 3 {
        0 => Difficulty::Easy,
        1 => Difficulty::Medium,
        _ => Difficulty::Hard,
    };
    let topics = [format!("Topic {}", number % 4), "Everything".to_owned()];
    let topics: Result<Vec<_>, _> = topics.iter().map(Topic::new).collect();
    let made = Problem::new(
        format!("problem-{number}"),
        format!("Problem {number}"),
        difficulty,
    );
    Ok(made
        .during("making a problem")?
        .with_topics(topics.during("naming topics")?)
        .with_position(number))
}

/// A catalogue of the problems `0..size`. A multiple of three has as many of each difficulty.
pub(super) fn catalogue(size: u32) -> Outcome<Catalogue> {
    let problems: Vec<_> = (0..size).map(problem).collect::<Outcome<_>>()?;
    catalogue_of(problems)
}

/// A catalogue of these problems.
pub(super) fn catalogue_of(problems: impl IntoIterator<Item = Problem>) -> Outcome<Catalogue> {
    Catalogue::new(problems).during("making a catalogue")
}

/// The catalogue with some of its problems turned into others.
pub(super) fn changed(
    catalogue: &Catalogue,
    change: impl Fn(Problem) -> Problem,
) -> Outcome<Catalogue> {
    let problems = catalogue.problems().iter();
    catalogue_of(problems.map(|problem| change(Problem::clone(problem))))
}

/// The problem under another title.
pub(super) fn titled(mut problem: Problem, title: &str) -> Problem {
    title.clone_into(&mut problem.title);
    problem
}

/// The problem under another slug, with the id it has.
pub(super) fn renamed(mut problem: Problem, slug: &str) -> Outcome<Problem> {
    problem.slug = Slug::new(slug).during("naming a slug")?;
    Ok(problem)
}

/// The ids of a catalogue's problems, by position.
pub(super) fn ids(catalogue: &Catalogue) -> Vec<ProblemId> {
    catalogue.problems().iter().map(|p| p.id).collect()
}

/// The id of a contest; a greater number sorts later at the same time.
pub(super) fn contest_id(number: u64, at: Timestamp) -> ContestId {
    ContestId::new(at, number)
}

/// A contest of these problems that begins at `at` and lasts an hour.
pub(super) fn contest_of(
    catalogue: &Catalogue,
    number: u64,
    at: Timestamp,
    problems: &[ProblemId],
) -> Outcome<NewContest> {
    let count = u16::try_from(problems.len()).during("counting problems")?;
    let others = ids(catalogue)
        .into_iter()
        .filter(|id| !problems.contains(id));
    let request = SelectionRequest::new(ProblemCount::new(count).during("counting problems")?)
        .with_excluded(others);
    let selection = select(catalogue, &request, Seed(number), |_| false);
    Ok(NewContest {
        id: contest_id(number, at),
        started_at: at,
        deadline: at + HOUR,
        problems: problems.to_vec(),
        selection: selection.during("selecting")?.record,
        idempotency: None,
        repeats: BTreeSet::new(),
        late_policy: LatePolicy::Reject,
    })
}

/// What a store should keep of a new contest. Spelled out rather than taken from
/// [`NewContest::to_record`], so that a mistake there is noticed.
pub(super) fn stored(user: UserId, new: &NewContest) -> ContestRecord {
    let unmarked = |problem: &_| AssignedProblem {
        problem: *problem,
        completed_at: None,
    };
    ContestRecord {
        id: new.id,
        user,
        started_at: new.started_at,
        deadline: new.deadline,
        ending: None,
        problems: new.problems.iter().map(unmarked).collect(),
        selection: new.selection.clone(),
        late_policy: new.late_policy,
    }
}

/// The contest under a key; `request` stands for what was asked for.
pub(super) fn under_key(contest: NewContest, key: &str, request: u8) -> Outcome<NewContest> {
    Ok(NewContest {
        idempotency: Some(Idempotency {
            key: IdempotencyKey::new(key).during("naming a key")?,
            request: [request; 32],
        }),
        ..contest
    })
}
