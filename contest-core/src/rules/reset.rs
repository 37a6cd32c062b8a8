//! Use case: reset progress.

use crate::catalogue::OrdinalSet;
use crate::id::ContestId;
use crate::model::{Epoch, EventKind};
use crate::rules::{Change, Context, Decision, Stop, UseCase};
use crate::store::ContestSelector;

/// Begins a new epoch: no problem counts as solved or seen any more. The log, the contests with their
/// marks, and their counts stay. Refused with
/// [`Refusal::ActiveContestExists`](super::Refusal::ActiveContestExists) while a contest is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetProgress;

/// The result of a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    /// The new epoch.
    pub epoch: Epoch,
    /// How many problems were solved before it.
    pub removed: u64,
    /// The expired contest settled in the same step, if there was one.
    pub settled: Option<ContestId>,
}

impl UseCase for ResetProgress {
    type Answer = Reset;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Reset>, Stop> {
        given.check_none_active()?;
        let mut change = Change::new(given);
        let settled = change.settle()?;
        let removed = std::mem::take(&mut change.record.solved).len();
        change.record.seen = OrdinalSet::default();
        let number = change.record.epoch.number + 1;
        let epoch = Epoch {
            number,
            began_at: Some(given.now),
        };
        change.record.epoch = epoch;
        change.event(EventKind::ProgressReset { epoch: number });
        let answer = Reset {
            epoch,
            removed,
            settled,
        };
        Ok(Decision {
            answer,
            commit: Some(change.commit()),
        })
    }
}
