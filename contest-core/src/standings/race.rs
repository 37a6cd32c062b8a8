//! Who was first at one problem.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::ParticipantId;
use crate::scoring::Made;

/// The participants' earliest attempts at one problem, of those in the board.
#[derive(Debug, Clone, Default)]
pub(super) struct Race {
    /// The first attempt of each participant that is accepted or may become so, and whether it is.
    hopefuls: BTreeMap<(Made, ParticipantId), bool>,
    /// The first accepted attempt of each participant.
    accepted: BTreeSet<(Made, ParticipantId)>,
}

/// The attempts of a participant that matter in a race.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Entry {
    /// The first attempt that is accepted or pending, and whether it is accepted.
    pub(super) hopeful: Option<(Made, bool)>,
    /// The first accepted attempt.
    pub(super) accepted: Option<Made>,
}

impl Race {
    pub(super) fn enter(&mut self, participant: ParticipantId, entry: &Entry) {
        if let Some((made, accepted)) = &entry.hopeful {
            self.hopefuls.insert((made.clone(), participant), *accepted);
        }
        if let Some(made) = &entry.accepted {
            self.accepted.insert((made.clone(), participant));
        }
    }

    pub(super) fn leave(&mut self, participant: ParticipantId, entry: &Entry) {
        if let Some((made, _)) = &entry.hopeful {
            self.hopefuls.remove(&(made.clone(), participant));
        }
        if let Some(made) = &entry.accepted {
            self.accepted.remove(&(made.clone(), participant));
        }
    }

    /// The first to solve: whose accepted attempt has no earlier one, by any participant, that is
    /// accepted or still pending.
    pub(super) fn first_to_solve(&self) -> Option<ParticipantId> {
        let ((_, participant), accepted) = self.hopefuls.first_key_value()?;
        accepted.then_some(*participant)
    }

    /// The participant with the first accepted attempt, whatever is pending.
    pub(super) fn first_accepted(&self) -> Option<ParticipantId> {
        self.accepted.first().map(|(_, participant)| *participant)
    }
}
