//! Domain events: committed changes, for a host to react to.

use crate::id::{ContestId, ProblemId, UserId};
use crate::model::{EndingKind, SubmissionId};
use crate::scoring::Verdict;
use crate::time::Timestamp;

/// The number of an event among the events of its user, from 1. Zero is before all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct EventNumber(pub u64);

/// A committed change of a user's data.
///
/// Serialised, it is the value that clients of `contest-http` read from an event stream: the members of
/// its kind stand beside the members that all events have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// The user.
    #[cfg_attr(feature = "serde", serde(rename = "user_id"))]
    pub user: UserId,
    /// Its number among the user's events.
    pub number: EventNumber,
    /// The time of the decision that made it, even if it settled a contest whose deadline was earlier;
    /// for a solve recorded outside a contest, the time of the solve. So times need not ascend with the
    /// numbers.
    pub at: Timestamp,
    /// The kind of change, with its data.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub kind: EventKind,
}

/// The kind of a change, with its data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum EventKind {
    /// A contest was created.
    ContestCreated {
        /// The contest.
        #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
        contest: ContestId,
    },
    /// The deadline of a contest was moved.
    ContestExtended {
        /// The contest.
        #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
        contest: ContestId,
        /// The new deadline.
        deadline: Timestamp,
    },
    /// An abandoned contest was resumed.
    ContestResumed {
        /// The contest.
        #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
        contest: ContestId,
    },
    /// A contest ended: the user ended it, or it was settled after its deadline. An expired contest is
    /// settled by the next commit that ends or replaces it, which may be much later, or never.
    ContestFinished {
        /// The contest.
        #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
        contest: ContestId,
        /// How it ended.
        ending: EndingKind,
    },
    /// A problem was marked in a contest, solved before or not, or recorded as solved outside one.
    ProblemSolved {
        /// The problem.
        #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
        problem: ProblemId,
        /// The contest it was marked in, if any.
        #[cfg_attr(
            feature = "serde",
            serde(
                rename = "contest_id",
                default,
                skip_serializing_if = "Option::is_none"
            )
        )]
        contest: Option<ContestId>,
    },
    /// A mark was removed, or no attempt at the problem is accepted any more. The problem may still be solved
    /// elsewhere.
    ProblemUnsolved {
        /// The problem.
        #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
        problem: ProblemId,
        /// The contest, if it happened in one.
        #[cfg_attr(
            feature = "serde",
            serde(
                rename = "contest_id",
                default,
                skip_serializing_if = "Option::is_none"
            )
        )]
        contest: Option<ContestId>,
    },
    /// The host recorded an attempt, or judged it again.
    AttemptJudged {
        /// The problem.
        #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
        problem: ProblemId,
        /// The contest, if it was made in one.
        #[cfg_attr(
            feature = "serde",
            serde(
                rename = "contest_id",
                default,
                skip_serializing_if = "Option::is_none"
            )
        )]
        contest: Option<ContestId>,
        /// The host's id of the submission, if it has one.
        #[cfg_attr(
            feature = "serde",
            serde(
                rename = "submission_id",
                default,
                skip_serializing_if = "Option::is_none"
            )
        )]
        submission: Option<SubmissionId>,
        /// The verdict.
        verdict: Verdict,
    },
    /// Progress was reset.
    ProgressReset {
        /// The number of the new epoch.
        epoch: u64,
    },
    /// The user is about to be erased. Only the [sink](crate::engine::EngineBuilder::erasure_sink) of
    /// an engine gets it; no log keeps it.
    UserErased,
}

impl EventKind {
    /// A stable name, such as `contest_created`: the member `kind` of the serialised event.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ContestCreated { .. } => "contest_created",
            Self::ContestExtended { .. } => "contest_extended",
            Self::ContestResumed { .. } => "contest_resumed",
            Self::ContestFinished { .. } => "contest_finished",
            Self::ProblemSolved { .. } => "problem_solved",
            Self::ProblemUnsolved { .. } => "problem_unsolved",
            Self::AttemptJudged { .. } => "attempt_judged",
            Self::ProgressReset { .. } => "progress_reset",
            Self::UserErased => "user_erased",
        }
    }
}
