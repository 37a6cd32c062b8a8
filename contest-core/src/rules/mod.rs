//! The rules of contests: every decision about a user's data, pure and synchronous.
//!
//! A use case takes a [`Snapshot`] and returns a decision: the answer, and the commit to store. It
//! reads no clock and calls no store. Each use case has its own file and documents the order of its
//! refusals.
//!
//! # Life of a contest
//! ```text
//!            complete
//! active ──────────────────► completed
//!        ───── abandon ────► abandoned   (resuming, before the deadline, undoes it)
//!        ─ deadline passes ► expired     (within the grace period, marks are accepted as late)
//! ```
//! Expiry is not written into a contest: a contest without a stored ending that is not the user's open
//! contest expired at its deadline. The open contest expires at its deadline too, and the next commit
//! that ends or replaces it settles it in the record.

mod begin;
mod change;
mod create;
#[cfg(feature = "serde")]
mod export;
mod extend;
mod extra_time;
mod finish;
#[cfg(feature = "serde")]
mod import;
mod join;
mod life;
mod limits;
mod mark;
mod prune;
mod publish;
mod record_attempts;
mod record_solves;
mod recount;
mod refusal;
mod replay;
mod request;
mod reset;
mod resume;
mod selecting;
mod settings;
#[cfg(test)]
mod tests;
mod time;

use std::collections::BTreeSet;

pub(crate) use change::Change;
pub use create::{Create, Created};
#[cfg(feature = "serde")]
pub use export::ExportUser;
pub use extend::Extend;
pub use extra_time::GrantExtraTime;
pub use finish::{Finish, FinishKind};
#[cfg(feature = "serde")]
pub use import::ImportUser;
pub use join::Join;
pub use life::{check_accepting, check_marking, ending_at};
pub use limits::Limits;
pub use mark::{MarkProblem, Marked, UnmarkProblem};
pub use prune::PruneContests;
pub use publish::{Publication, PublicationCounts, PublishOptions, Renamed, publish};
pub use record_attempts::{RecordAttempts, RecordedAttempts};
pub use record_solves::{RecordAttemptsOutside, RecordSolves, RecordedSolves};
pub use recount::Recount;
pub use refusal::Refusal;
pub use replay::{Difference, Replay, ReplaySelection};
pub use request::{ContestDuration, ContestRequest};
pub use reset::{Reset, ResetProgress};
pub use resume::{Resume, ResumePolicy};
pub use selecting::{ExplainSelection, SelectProblems};
pub use settings::Settings;
pub use time::decision_time;

use crate::catalogue::{Catalogue, OrdinalSet};
use crate::id::{ProblemId, UserId, Version};
use crate::store::{Commit, ContestSelector, Snapshot};
use crate::time::Timestamp;
use crate::user::{AttemptRecord, ContestRecord, DayCounts, UserRecord};

/// A decision about a user's data that may change it.
pub trait UseCase {
    /// The answer to the caller.
    type Answer;

    /// The contest the decision is about.
    fn contest(&self) -> ContestSelector;

    /// About how many problems and entries of history deciding reads; 0 if only a few. One takes up to
    /// 50 ns.
    fn effort(&self, _given: &Context<'_>) -> usize {
        0
    }

    /// Decides. The same context gives the same decision.
    ///
    /// # Errors
    /// [`Stop`].
    fn decide(&self, given: &Context<'_>) -> Result<Decision<Self::Answer>, Stop>;
}

/// Decides, and refuses any change of a user whose import is unfinished, except by the import itself.
pub(crate) fn decide<U: UseCase>(
    use_case: &U,
    given: &Context<'_>,
) -> Result<Decision<U::Answer>, Stop> {
    let decision = use_case.decide(given)?;
    let before = given.snapshot.record.as_ref();
    let unfinished = before.and_then(UserRecord::unfinished_import);
    let after = decision.commit.as_ref().map(|commit| &commit.record);
    let is_stuck = |after: &UserRecord| after.unfinished_import() == unfinished;
    if unfinished.is_some() && after.is_some_and(is_stuck) {
        return Err(Refusal::ImportUnfinished.into());
    }
    Ok(decision)
}

/// The input of a decision.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The user whose data it is.
    pub user: UserId,
    /// The stored data.
    pub snapshot: &'a Snapshot,
    /// The history, once a decision has asked for it.
    pub history: Option<&'a History>,
    /// The catalogue at hand, which may be older than the stored one.
    pub catalogue: &'a Catalogue,
    /// The time of the decision: see [`decision_time`].
    pub now: Timestamp,
    /// The id of the commit, if there is one.
    pub version: Version,
    /// The host's settings.
    pub settings: &'a Settings,
}

/// The result of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<T> {
    /// The answer to the caller, once the commit is stored.
    pub answer: T,
    /// The commit; `None` if nothing changes.
    pub commit: Option<Commit>,
}

impl<T> Decision<T> {
    /// A decision that changes nothing.
    pub(crate) const fn unchanged(answer: T) -> Self {
        Self {
            answer,
            commit: None,
        }
    }
}

/// Why there is no decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The rules forbid it.
    Refused(Refusal),
    /// The catalogue at hand is older than the decision needs: decide again with the stored one.
    CatalogueBehind,
    /// The decision needs history: gather it as of the snapshot's version and decide again.
    Needs(HistoryNeeds),
}

impl<R: Into<Refusal>> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

/// The history that a decision needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryNeeds {
    /// The log of attempts, from the first of these times to the last.
    pub log: Option<(Timestamp, Timestamp)>,
    /// The contests of the current epoch.
    pub contests: bool,
    /// The contests of all epochs.
    pub all_contests: bool,
    /// The solved sets of these users.
    pub group: BTreeSet<UserId>,
    /// Use the sets as of this instant, instead of now.
    pub group_at: Option<Timestamp>,
}

impl HistoryNeeds {
    /// From the beginning of time to its end.
    pub(crate) const ALWAYS: (Timestamp, Timestamp) = (
        Timestamp::from_micros(i64::MIN),
        Timestamp::from_micros(i64::MAX),
    );
}

/// The history, as of the snapshot's version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// The log, oldest first.
    pub attempts: Vec<AttemptRecord>,
    /// Whether that is the whole log.
    pub has_all_attempts: bool,
    /// The contests, latest first.
    pub contests: Vec<ContestRecord>,
    /// The problems solved by any user of the group.
    pub group: OrdinalSet,
}

impl<'a> Context<'a> {
    /// The contest that the use case names.
    fn found(&self, contest: crate::id::ContestId) -> Result<&'a ContestRecord, Refusal> {
        let found = self
            .snapshot
            .contest
            .as_ref()
            .filter(|found| found.id == contest);
        found.ok_or(Refusal::ContestNotFound { contest })
    }

    /// The ordinal of a stored problem.
    fn ordinal(&self, problem: ProblemId) -> Result<u32, Stop> {
        self.catalogue.ordinal(problem).ok_or(Stop::CatalogueBehind)
    }

    /// Checks that the catalogue at hand is the stored one.
    fn check_catalogue(&self) -> Result<(), Stop> {
        if self.catalogue.revision() == self.snapshot.revision {
            Ok(())
        } else {
            Err(Stop::CatalogueBehind)
        }
    }

    /// Checks that no contest is active now.
    fn check_none_active(&self) -> Result<(), Refusal> {
        let open = self
            .snapshot
            .record
            .as_ref()
            .and_then(|record| record.open.as_ref());
        match open.filter(|open| self.now < open.deadline) {
            Some(active) => Err(Refusal::ActiveContestExists { contest: active.id }),
            None => Ok(()),
        }
    }

    /// What the user did today. Days are compared for equality only, so that a clock that was ahead locks
    /// no user out.
    fn today(&self) -> DayCounts {
        let day = self.now.as_micros().div_euclid(DAY);
        let counted = self.snapshot.record.as_ref().and_then(|record| record.day);
        let counted = counted.filter(|counted| counted.day == day);
        counted.unwrap_or(DayCounts {
            day,
            ..DayCounts::default()
        })
    }

    /// Checks a count of today against its limit.
    fn check_today(&self, what: &'static str, count: u32, limit: u32) -> Result<(), Refusal> {
        if count <= limit {
            return Ok(());
        }
        let next_day = self.now.as_micros().div_euclid(DAY) + 1;
        let next_at = Timestamp::from_micros(next_day.saturating_mul(DAY));
        Err(Refusal::DailyLimit {
            what,
            limit,
            next_at,
            wait: next_at.saturating_since(self.now),
        })
    }
}

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;
