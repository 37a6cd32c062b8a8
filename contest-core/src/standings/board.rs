//! The board of a round.

use std::collections::HashMap;

use crate::id::{ParticipantId, ProblemId};
use crate::scoring::Attempt;
use crate::standings::log::{Log, Position, Touched};
use crate::standings::ranking::Ranking;
use crate::standings::{Freeze, Participant, Round, Row, Standings, View};
use crate::time::Timestamp;

/// The board of a round, kept up to date attempt by attempt.
///
/// The board depends on its participants and on the latest state of each attempt, not on the order in
/// which they arrived. An attempt updates it in a time that grows with the logarithm of the number of
/// participants, and with the attempts of its participant at its problem.
///
/// Attempts count from the participant's start up to, but not including, its end; the others are kept, in
/// case the host gives extra time.
///
/// ```
/// use std::time::Duration;
/// use contest_core::ParticipantId;
/// use contest_core::prelude::*;
/// use contest_core::scoring::{Attempt, Icpc, Verdict};
/// use contest_core::standings::{Board, Participant, Round, RoundProblem, View};
///
/// let start: Timestamp = "2026-01-31T12:00:00Z".parse()?;
/// let after = |minutes: u64| start + Duration::from_secs(minutes * 60);
/// let problem = ProblemId::from_slug(&Slug::new("two-sum")?);
/// let round = Round::new(start, after(300), [RoundProblem::new(problem)])?
///     .with_scoring(Icpc::default());
///
/// let [ada, bob] = [1, 2].map(|n| ParticipantId::from_uuid(contest_core::uuid::Uuid::from_u128(n)));
/// let mut board = Board::new(round).with_participants([ada, bob].map(Participant::new));
/// board.record(ada, &Attempt::new(problem, after(10), Verdict::Rejected))?;
/// board.record(ada, &Attempt::new(problem, after(20), Verdict::Accepted))?;
/// board.record(bob, &Attempt::new(problem, after(30), Verdict::Accepted))?;
///
/// let standings = board.standings(View::Public, after(30));
/// let [first, second] = &standings.rows[..] else { unreachable!() };
/// assert_eq!((first.participant, first.total.penalty.as_secs() / 60), (bob, 30));
/// assert_eq!((second.participant, second.total.penalty.as_secs() / 60), (ada, 20 + 20));
/// assert!(second.cells[0].first_to_solve);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Board {
    round: Round,
    positions: HashMap<ProblemId, Position>,
    log: Log,
    host: Ranking,
    /// What the public sees during the freeze, if the round has one.
    frozen: Option<Ranking>,
}

/// An attempt does not belong to the round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BoardError {
    /// The board has no such participant.
    #[error("participant {0} does not take part in the round")]
    UnknownParticipant(ParticipantId),
    /// The round has no such problem.
    #[error("problem {0} is not in the round")]
    UnknownProblem(ProblemId),
}

impl Board {
    /// A board without participants.
    pub fn new(round: Round) -> Self {
        Self::of(round, Log::default())
    }

    fn of(round: Round, log: Log) -> Self {
        let positions = round.problems().iter().map(|entry| entry.problem);
        Self {
            positions: positions.zip(0..).collect(),
            host: Ranking::new(&round, &log, None),
            frozen: frozen(&round, &log),
            round,
            log,
        }
    }

    /// With these participants.
    #[must_use]
    pub fn with_participants(
        mut self,
        participants: impl IntoIterator<Item = Participant>,
    ) -> Self {
        for participant in participants {
            self.join(participant);
        }
        self
    }

    /// The round.
    pub const fn round(&self) -> &Round {
        &self.round
    }

    /// Adds a participant, or changes its window or whether it is virtual. Its attempts stay.
    pub fn join(&mut self, participant: Participant) {
        self.log.join(participant);
        if let Some(entrant) = self.log.entrants.get(&participant.id) {
            self.host.enter(&self.round, entrant);
            if let Some(frozen) = &mut self.frozen {
                frozen.enter(&self.round, entrant);
            }
        }
    }

    /// Removes a participant with its attempts, as if it had never taken part. Returns whether it did.
    pub fn remove(&mut self, participant: ParticipantId) -> bool {
        self.host.leave(&self.round, participant);
        if let Some(frozen) = &mut self.frozen {
            frozen.leave(&self.round, participant);
        }
        self.log.remove(participant)
    }

    /// Records an attempt of a participant: a new one, or a known one with another verdict. Returns
    /// whether it is news.
    ///
    /// # Errors
    /// [`BoardError`] if the round has no such participant or problem. The board stays as it was.
    pub fn record(
        &mut self,
        participant: ParticipantId,
        attempt: &Attempt,
    ) -> Result<bool, BoardError> {
        let touched = self.put(participant, attempt)?;
        for (participant, position) in &touched {
            self.settle(*participant, *position);
        }
        Ok(!touched.is_empty())
    }

    /// Records many attempts, and scores each touched problem once.
    ///
    /// # Errors
    /// [`BoardError`] for the first attempt of an unknown participant or problem. Those before it are
    /// recorded.
    pub fn extend(
        &mut self,
        attempts: impl IntoIterator<Item = (ParticipantId, Attempt)>,
    ) -> Result<(), BoardError> {
        let mut touched = Touched::new();
        let mut put = |(participant, attempt)| {
            touched.extend(self.put(participant, &attempt)?);
            Ok(())
        };
        let outcome = attempts.into_iter().try_for_each(&mut put);
        touched.sort_unstable();
        touched.dedup();
        for (participant, position) in touched {
            self.settle(participant, position);
        }
        outcome
    }

    fn put(
        &mut self,
        participant: ParticipantId,
        attempt: &Attempt,
    ) -> Result<Touched, BoardError> {
        let position = self.positions.get(&attempt.problem).copied();
        let position = position.ok_or(BoardError::UnknownProblem(attempt.problem))?;
        let touched = self.log.put(participant, position, attempt);
        touched.ok_or(BoardError::UnknownParticipant(participant))
    }

    fn settle(&mut self, participant: ParticipantId, position: Position) {
        if let Some(entrant) = self.log.entrants.get(&participant)
            && let Some(attempts) = entrant.attempts.get(&position)
        {
            let rankings = self.frozen.iter_mut().chain([&mut self.host]);
            for ranking in rankings {
                ranking.settle(&self.round, &entrant.participant, position, attempts);
            }
        }
    }

    /// Sets, moves, lifts or removes the freeze. Moving its beginning scores the board anew.
    pub fn set_freeze(&mut self, freeze: Option<Freeze>) {
        let begins_at = |freeze: Option<Freeze>| freeze.map(|freeze| freeze.begins_at);
        let moved = begins_at(self.round.freeze()) != begins_at(freeze);
        self.round = self.round.clone().with_freeze(freeze);
        if moved {
            self.frozen = frozen(&self.round, &self.log);
        }
    }

    /// The board as it stood at an instant of the past, by today's verdicts: with the attempts made until
    /// then, that instant included. It is a board of its own, made anew.
    #[must_use]
    pub fn as_of(&self, instant: Timestamp) -> Self {
        Self::of(self.round.clone(), self.log.as_of(instant))
    }

    /// How many participants are in the board, without the virtual ones.
    pub fn len(&self) -> usize {
        self.host.len()
    }

    /// Whether no participant is in the board.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All rows. `now` decides whether the freeze is lifted.
    pub fn standings(&self, view: View, now: Timestamp) -> Standings {
        let entrants = self.log.entrants.values();
        let virtual_ones = entrants.filter(|entrant| entrant.participant.is_virtual);
        let virtual_rows =
            virtual_ones.filter_map(|entrant| self.row(view, now, entrant.participant.id));
        let mut virtual_rows: Vec<_> = virtual_rows.collect();
        virtual_rows.sort_by_key(|row| self.round.scoring().rank_key(&row.total));
        Standings {
            view,
            frozen: view == View::Public && self.round.is_frozen(now),
            rows: self.page(view, now, 0, self.len()),
            virtual_rows,
            as_of: now,
        }
    }

    /// Rows by rank: at most `limit` from this position on, which begins at 0.
    pub fn page(&self, view: View, now: Timestamp, position: usize, limit: usize) -> Vec<Row> {
        let rows = self.ranking(view, now).rows(&self.round, position);
        rows.take(limit).collect()
    }

    /// The row of one participant. A virtual one has the rank it would have in the board.
    pub fn row(&self, view: View, now: Timestamp, participant: ParticipantId) -> Option<Row> {
        self.ranking(view, now).row(&self.round, participant)
    }

    fn ranking(&self, view: View, now: Timestamp) -> &Ranking {
        let hides = |freeze: Freeze| view == View::Public && !freeze.is_lifted(now);
        let frozen = self.frozen.as_ref();
        let frozen = frozen.filter(|_| self.round.freeze().is_some_and(hides));
        frozen.unwrap_or(&self.host)
    }
}

fn frozen(round: &Round, log: &Log) -> Option<Ranking> {
    let freeze = round.freeze()?;
    Some(Ranking::new(round, log, Some(freeze.begins_at)))
}
