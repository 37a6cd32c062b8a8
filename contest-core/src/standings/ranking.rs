//! The board as one view sees it, updated cell by cell.

use std::collections::{BTreeMap, HashMap};

use crate::id::ParticipantId;
use crate::scoring::{Fold, Method, Points, ProblemScore, RankKey, TotalScore, Verdict};
use crate::standings::log::{Attempts, Entrant, Log, Position};
use crate::standings::ordered::OrderedList;
use crate::standings::race::{Entry, Race};
use crate::standings::{Cell, Participant, Round, Row};
use crate::time::Timestamp;

/// The board as one view sees it.
#[derive(Debug, Clone)]
pub(super) struct Ranking {
    /// Attempts made at this instant or later are shown as pending.
    hidden_from: Option<Timestamp>,
    lines: HashMap<ParticipantId, Line>,
    /// The participants in the board, best first.
    order: OrderedList<(RankKey, ParticipantId)>,
    races: Vec<Race>,
}

/// A participant's line of the board.
#[derive(Debug, Clone)]
struct Line {
    is_virtual: bool,
    cells: BTreeMap<Position, (ProblemScore, Entry)>,
    key: RankKey,
}

impl Ranking {
    /// The ranking of everything in a log.
    pub(super) fn new(round: &Round, log: &Log, hidden_from: Option<Timestamp>) -> Self {
        let mut ranking = Self {
            hidden_from,
            lines: HashMap::new(),
            order: OrderedList::default(),
            races: vec![Race::default(); round.problems().len()],
        };
        for entrant in log.entrants.values() {
            ranking.enter(round, entrant);
        }
        ranking
    }

    /// Adds a participant with its attempts, or replaces it.
    pub(super) fn enter(&mut self, round: &Round, entrant: &Entrant) {
        let participant = &entrant.participant;
        self.leave(round, participant.id);
        let key = round.scoring().rank_key(&TotalScore::default());
        let line = Line {
            is_virtual: participant.is_virtual,
            cells: BTreeMap::new(),
            key,
        };
        self.lines.insert(participant.id, line);
        if !participant.is_virtual {
            self.order.insert((key, participant.id));
        }
        for (position, attempts) in &entrant.attempts {
            self.settle(round, participant, *position, attempts);
        }
    }

    pub(super) fn leave(&mut self, round: &Round, participant: ParticipantId) {
        let Some(line) = self.lines.remove(&participant) else {
            return;
        };
        self.order.remove(&(line.key, participant));
        for (position, (_, entry)) in &line.cells {
            self.race(round, *position, |race| race.leave(participant, entry));
        }
    }

    /// Scores a cell again after a change of its attempts.
    pub(super) fn settle(
        &mut self,
        round: &Round,
        participant: &Participant,
        position: Position,
        attempts: &Attempts,
    ) {
        let Some(line) = self.lines.get_mut(&participant.id) else {
            return;
        };
        // A virtual participant stands beside the board, after the freeze as a rule.
        let hidden_from = self.hidden_from.filter(|_| !participant.is_virtual);
        let (score, entry) = scored(round, participant, position, attempts, hidden_from);
        let before = line.cells.insert(position, (score, entry.clone()));
        let before = before.map(|(_, entry)| entry).unwrap_or_default();
        if !line.is_virtual && before != entry {
            self.race(round, position, |race| {
                race.leave(participant.id, &before);
                race.enter(participant.id, &entry);
            });
        }
        self.place(round, participant.id);
    }

    /// Changes a race. In a lockout, it may take the points from one participant and give them to another.
    fn race(&mut self, round: &Round, position: Position, change: impl FnOnce(&mut Race)) {
        let Some(race) = self.races.get_mut(position) else {
            return;
        };
        let before = race.first_accepted();
        change(race);
        let after = race.first_accepted();
        if before != after && *round.scoring().method() == Method::Lockout {
            for participant in [before, after].into_iter().flatten() {
                self.place(round, participant);
            }
        }
    }

    /// Moves a participant to its place.
    fn place(&mut self, round: &Round, participant: ParticipantId) {
        let Some(line) = self.lines.get(&participant) else {
            return;
        };
        let key = round
            .scoring()
            .rank_key(&self.total(round, participant, line));
        if let Some(line) = self.lines.get_mut(&participant)
            && line.key != key
        {
            if !line.is_virtual {
                self.order.remove(&(line.key, participant));
                self.order.insert((key, participant));
            }
            line.key = key;
        }
    }

    fn total(&self, round: &Round, participant: ParticipantId, line: &Line) -> TotalScore {
        let scores = line.cells.iter();
        let scores = scores
            .map(|(position, (score, _))| self.counted(round, participant, *position, *score));
        let scores: Vec<_> = scores.collect();
        round.scoring().total(&scores)
    }

    /// A score as it counts: in a lockout, only the first keeps the points.
    fn counted(
        &self,
        round: &Round,
        participant: ParticipantId,
        position: Position,
        mut score: ProblemScore,
    ) -> ProblemScore {
        if *round.scoring().method() == Method::Lockout {
            let taker = self.races.get(position).and_then(Race::first_accepted);
            if taker.is_some_and(|taker| taker != participant) {
                score.points = Points::ZERO;
            }
        }
        score
    }

    /// How many participants are in the board.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The rows from a position on, with their ranks.
    pub(super) fn rows<'a>(
        &'a self,
        round: &'a Round,
        position: usize,
    ) -> impl Iterator<Item = Row> + 'a {
        let mut latest: Option<(RankKey, usize)> = None;
        let places = self.order.iter_from(position).zip(position + 1..);
        places.filter_map(move |((key, participant), place)| {
            let rank = match latest {
                Some((other, rank)) if other == *key => rank,
                Some(_) => place,
                None => self.rank(*key),
            };
            latest = Some((*key, rank));
            let line = self.lines.get(participant)?;
            Some(self.row_of(round, *participant, line, rank))
        })
    }

    /// The row of one participant.
    pub(super) fn row(&self, round: &Round, participant: ParticipantId) -> Option<Row> {
        let line = self.lines.get(&participant)?;
        // In a lockout, the key of a virtual participant depends on all others.
        let total = self.total(round, participant, line);
        let rank = self.rank(round.scoring().rank_key(&total));
        Some(self.row_of(round, participant, line, rank))
    }

    /// One more than the participants with a better key.
    fn rank(&self, key: RankKey) -> usize {
        1 + self.order.count_before(|(other, _)| *other < key)
    }

    fn row_of(&self, round: &Round, participant: ParticipantId, line: &Line, rank: usize) -> Row {
        let problems = round.problems().iter().enumerate();
        let cells = problems.map(|(position, entry)| {
            let score = line.cells.get(&position).map(|(score, _)| *score);
            let score = score.unwrap_or_default();
            let race = self.races.get(position);
            Cell {
                problem: entry.problem,
                score: self.counted(round, participant, position, score),
                first_to_solve: race.and_then(Race::first_to_solve) == Some(participant),
            }
        });
        Row {
            rank,
            participant,
            is_virtual: line.is_virtual,
            total: self.total(round, participant, line),
            cells: cells.collect(),
        }
    }
}

/// The score of a cell, and what matters of it in the race.
fn scored(
    round: &Round,
    participant: &Participant,
    position: Position,
    attempts: &Attempts,
    hidden_from: Option<Timestamp>,
) -> (ProblemScore, Entry) {
    let window = participant.window(round);
    let problem = round.problems().get(position);
    let worth = problem.map_or(Points::ZERO, |problem| problem.points);
    let mut fold = Fold::new(round.scoring().method(), worth, window.start);
    let mut entry = Entry::default();
    for (made, judgement) in attempts {
        if !window.contains(&made.at) {
            continue;
        }
        let mut shown = *judgement;
        if hidden_from.is_some_and(|from| made.at >= from) {
            shown = shown.hidden();
        }
        fold.step(made.at, shown);
        let accepted = shown.verdict == Verdict::Accepted;
        if entry.hopeful.is_none() && (accepted || shown.verdict == Verdict::Pending) {
            entry.hopeful = Some((made.clone(), accepted));
        }
        if entry.accepted.is_none() && accepted {
            entry.accepted = Some(made.clone());
        }
    }
    (fold.score, entry)
}
