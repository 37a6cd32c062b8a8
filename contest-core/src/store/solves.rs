//! The port for solves.

use std::collections::HashSet;

use async_trait::async_trait;

use crate::id::{ProblemId, SolveEventId, UserId};
use crate::model::{NewSolve, SolveEvent};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Keeps which problems a user has solved.
///
/// # Contract
/// - There is at most one current solve for each user and problem, however many calls race to record
///   it; the first one recorded stays.
/// - Whatever changes a current solve also appends an event to the user's history and keeps the
///   counts of [`ProgressRepository`](crate::store::ProgressRepository) right, in the same step.
#[async_trait]
pub trait SolveRepository: Send + Sync {
    /// Which of `candidates` the user has solved, retired problems included.
    ///
    /// # Contract
    /// - Only candidates are in the answer. Unknown ids are not solved.
    /// - The cost grows with the number of candidates, not with what the user has solved or with the
    ///   size of the catalogue.
    ///
    /// # Errors
    /// When the store fails.
    async fn solved_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashSet<ProblemId>, StoreError>;

    /// Records solves that happened outside a contest, all or none. Problems that are already solved
    /// stay as they are. No contest's marks change.
    ///
    /// `solves` names each problem at most once; the engine sees to that.
    ///
    /// # Errors
    /// [`RecordSolvesError::UnknownProblems`] when some are not stored: nothing is recorded.
    async fn record_solves(
        &self,
        user: UserId,
        solves: &[NewSolve],
    ) -> Result<RecordedSolves, RecordSolvesError>;

    /// The user's history, latest first: by descending time, then by descending event id.
    ///
    /// # Contract
    /// - One event for each change of a current solve. Events never change and never go away.
    /// - Pages do not overlap or leave gaps while events are added.
    /// - The cost grows with the page, not with what lies before it.
    ///
    /// # Errors
    /// When the store fails.
    async fn solve_history(
        &self,
        user: UserId,
        page: SolveEventPage,
    ) -> Result<Vec<SolveEvent>, StoreError>;
}

/// Which part of a history is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores read it whole")]
pub struct SolveEventPage {
    /// Only what follows the event with this time and id; `None` for the latest.
    pub before: Option<(Timestamp, SolveEventId)>,
    /// The most events to return; zero gives none.
    pub limit: u32,
}

/// What [`SolveRepository::record_solves`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordedSolves {
    /// How many problems became solved.
    pub recorded: u64,
    /// How many already were.
    pub already_solved: u64,
}

/// Why solves were not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordSolvesError {
    /// These are not stored as problems.
    #[error("{} unknown problem(s), the first is {}", problems.len(), first(problems))]
    UnknownProblems {
        /// All of them, in the order they were given.
        problems: Vec<ProblemId>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(crate) fn first(problems: &[ProblemId]) -> String {
    problems
        .first()
        .map(ToString::to_string)
        .unwrap_or_default()
}
