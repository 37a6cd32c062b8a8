//! Use case: check a user's record against the log, and rebuild it.

use crate::progress::{Discrepancy, recount};
use crate::rules::{Change, Context, Decision, HistoryNeeds, Stop, UseCase};
use crate::store::ContestSelector;

/// Rebuilds the record from the log and the contests, and stores it if `repair` is set and it differs.
/// It is never refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recount {
    /// Whether to store the rebuilt record.
    pub repair: bool,
}

impl UseCase for Recount {
    type Answer = Vec<Discrepancy>;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Self::Answer>, Stop> {
        let Some(recorded) = &given.snapshot.record else {
            return Ok(Decision::unchanged(Vec::new()));
        };
        let Some(history) = given.history else {
            return Err(Stop::Needs(HistoryNeeds {
                log: Some(HistoryNeeds::ALWAYS),
                all_contests: true,
                ..HistoryNeeds::default()
            }));
        };
        given.check_catalogue()?;
        let counted = recount(
            recorded,
            &history.attempts,
            &history.contests,
            given.catalogue,
        );
        let answer = Discrepancy::between(recorded, &counted, given.catalogue);
        if !self.repair || answer.is_empty() {
            return Ok(Decision::unchanged(answer));
        }
        let mut change = Change::new(given);
        change.record = counted;
        Ok(Decision {
            answer,
            commit: Some(change.commit_timeless()),
        })
    }
}
