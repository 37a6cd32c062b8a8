//! Makes a new contest the user's open one.

use crate::id::ContestId;
use crate::rules::{Change, Context, Stop};
use crate::scoring::Scoring;
use crate::select::SelectionRecord;
use crate::time::Timestamp;
use crate::user::{
    AssignedProblem, ContestRecord, FORMAT, Idempotency, OpenContest, RoundEntry, Unknown,
};

/// What a new contest consists of.
pub(super) struct Beginning {
    pub(super) problems: Vec<AssignedProblem>,
    pub(super) deadline: Timestamp,
    pub(super) selection: SelectionRecord,
    pub(super) scoring: Scoring,
    pub(super) round: Option<RoundEntry>,
    pub(super) idempotency: Option<Idempotency>,
    /// The random part of its id.
    pub(super) random: u64,
}

impl Beginning {
    /// Makes the contest the user's open one. It begins now, and its problems count as attempted.
    pub(super) fn begin(
        self,
        change: &mut Change<'_>,
        given: &Context<'_>,
    ) -> Result<ContestRecord, Stop> {
        let record = &mut change.record;
        for assigned in &self.problems {
            record.seen.insert(given.ordinal(assigned.problem)?);
        }
        let id = ContestId::following(record.last_contest, given.now, self.random);
        record.last_contest = Some(id);
        record.open = Some(OpenContest {
            id,
            deadline: self.deadline,
            newly_marked: Vec::new(),
        });
        Ok(ContestRecord {
            format: FORMAT,
            id,
            started_at: given.now,
            deadline: self.deadline,
            ending: None,
            late_policy: given.settings.late_policy,
            epoch: record.epoch.number,
            problems: self.problems,
            selection: self.selection,
            scoring: self.scoring,
            round: self.round,
            idempotency: self.idempotency,
            unknown: Unknown::default(),
        })
    }
}
