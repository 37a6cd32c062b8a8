//! The rules of contests: every decision about a user's data, pure and synchronous.
//!
//! A use case looks at a [`Snapshot`], decides, and says what is to be kept: it reads no clock and
//! calls no store. Each is a file of its own with the order of its refusals in its documentation.
//!
//! # Life of a contest
//! ```text
//!            complete
//! active ──────────────────► completed
//!        ───── abandon ────► abandoned   (resuming, before the deadline, takes it back)
//!        ─ deadline passes ► expired     (within the grace period, marks are accepted as late)
//! ```
//! Expiry is not written into a contest: one without a stored ending that is not the record's open
//! contest has expired, at its deadline. The next commit that needs the place settles it in the record.

mod change;
mod create;
#[cfg(feature = "serde")]
mod export;
mod extend;
mod finish;
#[cfg(feature = "serde")]
mod import;
mod life;
mod limits;
mod mark;
mod publish;
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
pub use finish::{Finish, FinishKind};
#[cfg(feature = "serde")]
pub use import::ImportUser;
pub use life::{check_accepting, check_marking, ending_at};
pub use limits::Limits;
pub use mark::{MarkProblem, Marked, UnmarkProblem};
pub use publish::{Publication, PublicationCounts, publish};
pub use record_solves::{RecordSolves, RecordedSolves};
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
use crate::user::{ContestRecord, Solve, UserRecord};

/// A decision about a user's data that may change it.
pub trait UseCase {
    /// What the caller is told.
    type Answer;

    /// The contest the decision is about.
    fn contest(&self) -> ContestSelector;

    /// Decides. The same context gives the same decision.
    ///
    /// # Errors
    /// [`Stop`].
    fn decide(&self, given: &Context<'_>) -> Result<Decision<Self::Answer>, Stop>;
}

/// Decides, and refuses what would change a user whose import is not finished. Only the import takes itself
/// further; everything else leaves it as it is.
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

/// What a decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Whose data it is.
    pub user: UserId,
    /// What is stored.
    pub snapshot: &'a Snapshot,
    /// What was gathered, once a decision has asked for it.
    pub history: Option<&'a History>,
    /// The catalogue at hand, which may be older than the stored one.
    pub catalogue: &'a Catalogue,
    /// The time of the decision: see [`decision_time`].
    pub now: Timestamp,
    /// The id of the commit, should there be one.
    pub version: Version,
    /// What the host allows.
    pub settings: &'a Settings,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<T> {
    /// What the caller is told, once the commit is kept.
    pub answer: T,
    /// What is to be kept; none if nothing changes.
    pub commit: Option<Commit>,
}

impl<T> Decision<T> {
    /// Nothing is to be changed.
    pub(crate) const fn unchanged(answer: T) -> Self {
        Self {
            answer,
            commit: None,
        }
    }
}

/// Why nothing was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The rules forbid it.
    Refused(Refusal),
    /// The catalogue at hand is older than the decision needs: decide again with the stored one.
    CatalogueBehind,
    /// More must be known about the past: gather it as of the snapshot's version and decide again.
    Needs(HistoryNeeds),
}

impl<R: Into<Refusal>> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

/// What must be known of the past.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryNeeds {
    /// The log of solves, from the first of these times to the last.
    pub log: Option<(Timestamp, Timestamp)>,
    /// The contests of the current epoch.
    pub contests: bool,
    /// The contests of all epochs.
    pub all_contests: bool,
    /// The solved sets of these users.
    pub group: BTreeSet<UserId>,
    /// The sets as they were before this instant, instead of as they are.
    pub group_at: Option<Timestamp>,
}

impl HistoryNeeds {
    /// From the beginning of time to its end.
    pub(crate) const ALWAYS: (Timestamp, Timestamp) = (
        Timestamp::from_micros(i64::MIN),
        Timestamp::from_micros(i64::MAX),
    );
}

/// What was gathered of the past, as of the snapshot's version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// The log, oldest first.
    pub solves: Vec<Solve>,
    /// The contests, latest first.
    pub contests: Vec<ContestRecord>,
    /// What any user of the group has solved.
    pub group: OrdinalSet,
}

impl<'a> Context<'a> {
    /// The contest the use case asked for.
    fn found(&self, contest: crate::id::ContestId) -> Result<&'a ContestRecord, Refusal> {
        let found = self
            .snapshot
            .contest
            .as_ref()
            .filter(|found| found.id == contest);
        found.ok_or(Refusal::ContestNotFound { contest })
    }

    /// The number by which sets know a problem that is stored.
    fn ordinal(&self, problem: ProblemId) -> Result<u32, Stop> {
        self.catalogue.ordinal(problem).ok_or(Stop::CatalogueBehind)
    }

    /// Whether the catalogue at hand is the stored one.
    fn check_catalogue(&self) -> Result<(), Stop> {
        if self.catalogue.revision() == self.snapshot.revision {
            Ok(())
        } else {
            Err(Stop::CatalogueBehind)
        }
    }

    /// The contest that is active now, if there is one.
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
}
