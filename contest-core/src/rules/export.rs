//! Use case: gather all data of a user.

use crate::rules::{Context, Decision, History, HistoryNeeds, Refusal, Stop, UseCase};
use crate::store::ContestSelector;
use crate::user::UserRecord;

/// Gathers the record, all contests and the whole log, as of one version. `None` for a user without
/// data.
///
/// | | |
/// |---|---|
/// | the user's own import is not finished | [`Refusal::ImportUnfinished`] |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportUser;

impl UseCase for ExportUser {
    type Answer = Option<(UserRecord, History)>;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Self::Answer>, Stop> {
        let Some(record) = &given.snapshot.record else {
            return Ok(Decision::unchanged(None));
        };
        if record.unfinished_import().is_some() {
            return Err(Refusal::ImportUnfinished.into());
        }
        let Some(history) = given.history else {
            return Err(Stop::Needs(HistoryNeeds {
                log: Some(HistoryNeeds::ALWAYS),
                all_contests: true,
                ..HistoryNeeds::default()
            }));
        };
        let answer = (record.clone(), history.clone());
        Ok(Decision::unchanged(Some(answer)))
    }
}
