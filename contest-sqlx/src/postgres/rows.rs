//! Rows as they come from the database, and the domain types they stand for.

use std::time::Duration;

use contest_core::id::{ContestId, ProblemId, SolveEventId, UserId};
use contest_core::lifecycle::LatePolicy;
use contest_core::model::{
    AssignedProblem, ContestRecord, Difficulty, Ending, EndingKind, Problem, Rating, SolveEvent,
    SolveEventKind, Topic,
};
use contest_core::store::StoreError;
use contest_core::time::Timestamp;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use super::error::inconsistent;
use super::time::PgTime;

/// No rating is beyond the column's type.
pub(super) fn rating_code(rating: Rating) -> i16 {
    i16::try_from(rating.get()).unwrap_or(i16::MAX)
}

/// The number a difficulty is stored as.
pub(super) fn difficulty_code(difficulty: Difficulty) -> i16 {
    match difficulty {
        Difficulty::Easy => 1,
        Difficulty::Medium => 2,
        Difficulty::Hard => 3,
    }
}

/// The number an ending is stored as.
pub(super) fn ending_code(kind: EndingKind) -> i16 {
    match kind {
        EndingKind::Completed => 1,
        EndingKind::Abandoned => 2,
        EndingKind::Expired => 3,
    }
}

/// An ending as it is stored.
pub(super) fn ending_kind(code: i16) -> Result<EndingKind, BoxDynError> {
    match code {
        1 => Ok(EndingKind::Completed),
        2 => Ok(EndingKind::Abandoned),
        3 => Ok(EndingKind::Expired),
        _ => Err(format!("{code} is not an ending").into()),
    }
}

/// How a policy for late marks is stored: the grace in microseconds, or none. Fails when that is not
/// a whole number of them, or too large.
pub(super) fn grace(policy: LatePolicy) -> Result<Option<i64>, BoxDynError> {
    let LatePolicy::AcceptFor(grace) = policy else {
        return Ok(None);
    };
    if grace.subsec_nanos() % 1_000 != 0 {
        return Err(format!("a grace of {grace:?} is not whole microseconds").into());
    }
    Ok(Some(i64::try_from(grace.as_micros())?))
}

/// A policy as [`grace`] stores it.
fn late_policy(grace: Option<i64>) -> Result<LatePolicy, BoxDynError> {
    let Some(micros) = grace else {
        return Ok(LatePolicy::Reject);
    };
    Ok(LatePolicy::AcceptFor(Duration::from_micros(u64::try_from(
        micros,
    )?)))
}

/// A count, which is never negative.
pub(super) fn count(stored: i64, column: &str, user: UserId) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|error| inconsistent("user_progress", column, user, error))
}

/// The stored life of a contest.
pub(super) struct LifeRow {
    id: Uuid,
    started_at: PgTime,
    deadline: PgTime,
    ending: Option<i16>,
    ended_at: Option<PgTime>,
    grace: Option<i64>,
}

impl<'r> FromRow<'r, PgRow> for LifeRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            started_at: row.try_get("started_at")?,
            deadline: row.try_get("deadline")?,
            ending: row.try_get("ending")?,
            ended_at: row.try_get("ended_at")?,
            grace: row.try_get("grace")?,
        })
    }
}

/// When a contest begins and ends, and what it accepts afterwards.
pub(super) struct Life {
    pub(super) started_at: Timestamp,
    pub(super) deadline: Timestamp,
    pub(super) ending: Option<Ending>,
    pub(super) late_policy: LatePolicy,
}

impl LifeRow {
    pub(super) fn read(&self) -> Result<Life, StoreError> {
        let wrong = |column| move |error| inconsistent("contests", column, self.id, error);
        Ok(Life {
            started_at: self.started_at.try_into().map_err(wrong("started_at"))?,
            deadline: self.deadline.try_into().map_err(wrong("deadline"))?,
            ending: self.ending().map_err(wrong("ending"))?,
            late_policy: late_policy(self.grace).map_err(wrong("grace"))?,
        })
    }

    fn ending(&self) -> Result<Option<Ending>, BoxDynError> {
        let (Some(code), Some(at)) = (self.ending, self.ended_at) else {
            return Ok(None);
        };
        let (kind, at) = (ending_kind(code)?, at.try_into()?);
        Ok(Some(Ending { kind, at }))
    }
}

/// A contest with its problems, in order.
pub(super) struct ContestRow {
    life: LifeRow,
    selection: String,
    problems: Option<Vec<Uuid>>,
    completed: Option<Vec<Option<PgTime>>>,
}

impl<'r> FromRow<'r, PgRow> for ContestRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            life: LifeRow::from_row(row)?,
            selection: row.try_get("selection")?,
            problems: row.try_get("problems")?,
            completed: row.try_get("completed")?,
        })
    }
}

impl ContestRow {
    pub(super) fn read(self, user: UserId) -> Result<ContestRecord, StoreError> {
        let id = self.life.id;
        let life = self.life.read()?;
        let selection = serde_json::from_str(&self.selection)
            .map_err(|error| inconsistent("contests", "selection", id, error))?;
        let problems = self.problems.unwrap_or_default().into_iter();
        let problems = problems
            .zip(self.completed.unwrap_or_default())
            .map(|(problem, completed_at)| assigned(problem, completed_at))
            .collect::<Result<_, _>>()
            .map_err(|error| inconsistent("contest_problems", "completed_at", id, error))?;
        Ok(ContestRecord {
            id: id.into(),
            user,
            started_at: life.started_at,
            deadline: life.deadline,
            ending: life.ending,
            problems,
            selection,
            late_policy: life.late_policy,
        })
    }
}

fn assigned(problem: Uuid, completed_at: Option<PgTime>) -> Result<AssignedProblem, BoxDynError> {
    Ok(AssignedProblem {
        problem: ProblemId::from_uuid(problem),
        completed_at: completed_at.map(Timestamp::try_from).transpose()?,
    })
}

/// An entry of a history.
pub(super) struct EventRow {
    id: Uuid,
    problem: Uuid,
    kind: i16,
    at: PgTime,
    contest: Option<Uuid>,
}

impl<'r> FromRow<'r, PgRow> for EventRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            problem: row.try_get("problem_id")?,
            kind: row.try_get("kind")?,
            at: row.try_get("at")?,
            contest: row.try_get("contest_id")?,
        })
    }
}

impl EventRow {
    pub(super) fn read(self) -> Result<SolveEvent, StoreError> {
        let wrong = |column, error| inconsistent("solve_events", column, self.id, error);
        let kind = match self.kind {
            1 => SolveEventKind::Recorded,
            2 => SolveEventKind::Removed,
            code => return Err(wrong("kind", format!("{code} is not a kind").into())),
        };
        Ok(SolveEvent {
            id: SolveEventId::from_uuid(self.id),
            problem: ProblemId::from_uuid(self.problem),
            kind,
            at: self.at.try_into().map_err(|error| wrong("at", error))?,
            contest: self.contest.map(ContestId::from_uuid),
        })
    }
}

/// A problem.
pub(super) struct ProblemRow {
    id: Uuid,
    slug: String,
    title: String,
    difficulty: i16,
    topics: Vec<String>,
    link: Option<String>,
    position: i64,
    retired: bool,
    rating: Option<i16>,
}

impl<'r> FromRow<'r, PgRow> for ProblemRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            slug: row.try_get("slug")?,
            title: row.try_get("title")?,
            difficulty: row.try_get("difficulty")?,
            topics: row.try_get("topics")?,
            link: row.try_get("link")?,
            position: row.try_get("position")?,
            retired: row.try_get("retired")?,
            rating: row.try_get("rating")?,
        })
    }
}

impl ProblemRow {
    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn read(self) -> Result<Problem, StoreError> {
        let id = self.id;
        let wrong = |column| move |error: BoxDynError| inconsistent("problems", column, id, error);
        let difficulty = match self.difficulty {
            1 => Difficulty::Easy,
            2 => Difficulty::Medium,
            3 => Difficulty::Hard,
            code => return Err(wrong("difficulty")(format!("{code} is none").into())),
        };
        let topics: Vec<_> = self
            .topics
            .iter()
            .map(Topic::new)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong("topics")(error.into()))?;
        let position =
            u32::try_from(self.position).map_err(|error| wrong("position")(error.into()))?;
        let mut problem = Problem::new(self.slug, self.title, difficulty)
            .map_err(|error| wrong("slug, title")(error.into()))?
            .with_id(id.into())
            .with_topics(topics)
            .with_position(position)
            .with_retired(self.retired);
        if let Some(rating) = self.rating {
            let rating = u16::try_from(rating).map_err(|error| wrong("rating")(error.into()))?;
            let rating = Rating::new(rating).map_err(|error| wrong("rating")(error.into()))?;
            problem = problem.with_rating(rating);
        }
        if let Some(link) = self.link {
            problem = problem
                .with_link(link)
                .map_err(|error| wrong("link")(error.into()))?;
        }
        Ok(problem)
    }
}
