//! What a selection must be told about a user.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::id::ProblemId;
use crate::model::{Practice, Solve, Topic};

/// Something a selection must know to go on. A default request asks only [`Question::Solved`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// Which of these has the user solved?
    Solved(Vec<ProblemId>),
    /// What has the user done with each of these?
    Practice(Vec<ProblemId>),
    /// Which of these has anyone of the request's
    /// [group](crate::select::Eligibility::group) solved?
    SolvedByGroup(Vec<ProblemId>),
    /// How many problems of each topic has the user solved?
    SolvedByTopic,
    /// Which solves of the user are the oldest? At most so many, oldest first.
    OldestSolves(u32),
}

/// The answer to the [`Question`] of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "drivers build it")]
pub enum Answer {
    /// Those that are solved. Other ids are ignored.
    Solved(HashSet<ProblemId>),
    /// What was done, for those with which anything was. Other ids are ignored.
    Practice(HashMap<ProblemId, Practice>),
    /// Those that someone has solved. Other ids are ignored.
    SolvedByGroup(HashSet<ProblemId>),
    /// The number for each topic; one that is missing is zero.
    SolvedByTopic(BTreeMap<Topic, u64>),
    /// The solves, oldest first.
    OldestSolves(Vec<Solve>),
}
