//! The attempts of a round, kept by participant and problem.

use std::collections::{BTreeMap, HashMap};

use crate::id::ParticipantId;
use crate::model::SubmissionId;
use crate::scoring::{Attempt, Judgement, Made};
use crate::standings::Participant;
use crate::time::Timestamp;

/// The attempts of a participant at a problem, in the order in which they were made.
pub(super) type Attempts = BTreeMap<Made, Judgement>;

/// A problem's position in the round.
pub(super) type Position = usize;

/// The participants and their attempts.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) entrants: BTreeMap<ParticipantId, Entrant>,
    /// Where the attempt with a submission id is.
    submissions: HashMap<SubmissionId, (ParticipantId, Position, Timestamp)>,
}

/// A participant with its attempts at each tried problem.
#[derive(Debug, Clone)]
pub(super) struct Entrant {
    pub(super) participant: Participant,
    pub(super) attempts: BTreeMap<Position, Attempts>,
}

/// The cells that a change touched: none, one, or two if an attempt moved.
pub(super) type Touched = Vec<(ParticipantId, Position)>;

impl Log {
    /// Adds an attempt or replaces the one with the same identity. `None` without the participant.
    pub(super) fn put(
        &mut self,
        participant: ParticipantId,
        position: Position,
        attempt: &Attempt,
    ) -> Option<Touched> {
        let mut touched = Touched::new();
        if !self.entrants.contains_key(&participant) {
            return None;
        }
        let made = attempt.made();
        if let Some(submission) = &attempt.submission {
            let place = (participant, position, attempt.at);
            let before = self.submissions.insert(submission.clone(), place);
            if let Some(before) = before.filter(|before| *before != place) {
                touched.extend(self.take(before, submission.clone()));
            }
        }
        let attempts = &mut self.entrants.get_mut(&participant)?.attempts;
        let judgement = attempt.judgement();
        let before = attempts
            .entry(position)
            .or_default()
            .insert(made, judgement);
        if before != Some(judgement) {
            touched.push((participant, position));
        }
        Some(touched)
    }

    /// Removes an attempt from the place where it was.
    fn take(
        &mut self,
        (participant, position, at): (ParticipantId, Position, Timestamp),
        submission: SubmissionId,
    ) -> Option<(ParticipantId, Position)> {
        let submission = Some(submission);
        let attempts = &mut self.entrants.get_mut(&participant)?.attempts;
        attempts
            .get_mut(&position)?
            .remove(&Made { at, submission })?;
        Some((participant, position))
    }

    /// Adds a participant, or changes its window. Its attempts stay.
    pub(super) fn join(&mut self, participant: Participant) {
        let entrant = self.entrants.entry(participant.id);
        let entrant = entrant.or_insert_with(|| Entrant {
            participant,
            attempts: BTreeMap::new(),
        });
        entrant.participant = participant;
    }

    /// Removes a participant with its attempts.
    pub(super) fn remove(&mut self, participant: ParticipantId) -> bool {
        let Some(entrant) = self.entrants.remove(&participant) else {
            return false;
        };
        for made in entrant.attempts.values().flat_map(BTreeMap::keys) {
            if let Some(submission) = &made.submission {
                self.submissions.remove(submission);
            }
        }
        true
    }

    /// The log as it stood at an instant: without the attempts made later.
    pub(super) fn as_of(&self, now: Timestamp) -> Self {
        let mut log = self.clone();
        for entrant in log.entrants.values_mut() {
            for attempts in entrant.attempts.values_mut() {
                attempts.retain(|made, _| made.at <= now);
            }
        }
        log.submissions.retain(|_, (_, _, at)| *at <= now);
        log
    }
}
