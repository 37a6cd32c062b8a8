//! Use case: prune contests.

use crate::id::ContestId;
use crate::rules::{Change, Context, Decision, Stop, UseCase};
use crate::store::ContestSelector;
use crate::time::Timestamp;

/// Deletes the contests that began before an instant, with their requests. The open contest stays. The log of
/// solves stays, and so do the numbers of ended contests and the problems that count as attempted. It is
/// never refused. The answer says whether any contest may have been deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PruneContests {
    /// The instant.
    pub before: Timestamp,
}

impl UseCase for PruneContests {
    type Answer = bool;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<bool>, Stop> {
        let mut change = Change::new(given);
        let record = &mut change.record;
        // Ids ascend, so that all contests before the open one have ended.
        let first_kept = ContestId::new(self.before, 0);
        let open = record.open.as_ref().map(|open| open.id);
        let first_kept = open.map_or(first_kept, |open| first_kept.min(open));
        let pruned = record.pruned_before;
        if record.last_contest.is_none() || pruned.is_some_and(|pruned| first_kept <= pruned) {
            return Ok(Decision::unchanged(false));
        }
        record.pruned_before = Some(first_kept);
        change.prune(first_kept);
        Ok(Decision {
            answer: true,
            commit: Some(change.commit_timeless()),
        })
    }
}
