//! Domain events: what was committed, for a host that wants to know.

use crate::id::{ContestId, ProblemId, UserId};
use crate::model::EndingKind;
use crate::time::Timestamp;

/// The place of an event among the events of its user, from 1. Zero is before all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct EventNumber(pub u64);

/// Something that was committed for a user.
///
/// Serialised, it is what clients of `contest-http` read from a stream of events: the members of its kind
/// stand beside those that all events have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// Whose.
    #[cfg_attr(feature = "serde", serde(rename = "user_id"))]
    pub user: UserId,
    /// Its place among the user's events.
    pub number: EventNumber,
    /// When it happened, as the step was told: its `now`, also of a contest it settled, whose
    /// deadline was earlier; for a solve recorded outside a contest the time of the solve. So times
    /// need not ascend with the numbers.
    pub at: Timestamp,
    /// What happened.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub kind: EventKind,
}

/// What happened.
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
    /// A contest ended: by the user, or settled because its deadline had passed. An expired contest
    /// is settled by the next step that needs to know, which may be much later, or never.
    ContestFinished {
        /// The contest.
        #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
        contest: ContestId,
        /// How.
        ending: EndingKind,
    },
    /// A problem was marked in a contest, solved before or not, or recorded as solved outside one.
    ProblemSolved {
        /// The problem.
        #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
        problem: ProblemId,
        /// The contest it was marked in, if it was.
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
    /// A mark was taken back.
    ProblemUnsolved {
        /// The problem.
        #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
        problem: ProblemId,
        /// The contest.
        #[cfg_attr(feature = "serde", serde(rename = "contest_id"))]
        contest: ContestId,
    },
    /// Progress was reset.
    ProgressReset {
        /// The number of the epoch that began.
        epoch: u64,
    },
    /// The user is erased. Told to the [sink](crate::engine::EngineBuilder::erasure_sink) of an engine
    /// and kept in no log.
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
            Self::ProgressReset { .. } => "progress_reset",
            Self::UserErased => "user_erased",
        }
    }
}
