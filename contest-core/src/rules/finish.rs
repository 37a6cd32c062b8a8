//! Use cases: complete and abandon a contest.

use crate::id::ContestId;
use crate::model::{Ending, EndingKind};
use crate::rules::{Change, Context, Decision, Stop, UseCase, check_accepting};
use crate::store::ContestSelector;
use crate::user::ContestRecord;

/// Ends an active contest.
///
/// | in this order | |
/// |---|---|
/// | the user has no such contest | [`Refusal::ContestNotFound`](super::Refusal::ContestNotFound) |
/// | it ended in this way already | returned unchanged |
/// | it ended in another way | [`Refusal::ContestNotAccepting`](super::Refusal::ContestNotAccepting) |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finish {
    /// The contest.
    pub contest: ContestId,
    /// How it ends.
    pub kind: FinishKind,
}

/// How a user ends a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinishKind {
    /// Complete the contest.
    Complete,
    /// Abandon the contest. The problems marked in it stay solved.
    Abandon,
}

impl From<FinishKind> for EndingKind {
    fn from(kind: FinishKind) -> Self {
        match kind {
            FinishKind::Complete => Self::Completed,
            FinishKind::Abandon => Self::Abandoned,
        }
    }
}

impl UseCase for Finish {
    type Answer = ContestRecord;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Id(self.contest)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<ContestRecord>, Stop> {
        let contest = given.found(self.contest)?;
        let kind = EndingKind::from(self.kind);
        if contest.ending.is_some_and(|ending| ending.kind == kind) {
            return Ok(Decision::unchanged(contest.clone()));
        }
        check_accepting(contest, given.snapshot.record.as_ref(), given.now)?;
        let mut change = Change::new(given);
        change.close(kind)?;
        let ending = Some(Ending {
            kind,
            at: given.now,
        });
        let ended = ContestRecord {
            ending,
            ..contest.clone()
        };
        change.update(ended.clone());
        Ok(Decision {
            answer: ended,
            commit: Some(change.commit()),
        })
    }
}
