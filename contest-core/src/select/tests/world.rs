//! Random catalogues and histories, and their facts.

use proptest::prelude::*;

use crate::catalogue::Catalogue;
use crate::id::{ContestId, ProblemId};
use crate::model::{Difficulty, Problem, Rating, Topic};
use crate::select::{Facts, Needs, ProblemCount};
use crate::time::Timestamp;
use crate::user::{AssignedProblem, AttemptRecord, ContestRecord, Mark, UserRecord};

/// 2026-11-24T00:00:00Z.
pub(super) const NOW: Timestamp = Timestamp::from_micros(1_795_478_400_000_000);

pub(super) fn count(n: u16) -> ProblemCount {
    ProblemCount::new(n).unwrap()
}

/// This many days before now.
pub(super) fn ago(days: u64) -> Timestamp {
    let micros = i64::try_from(days).unwrap() * 86_400_000_000;
    Timestamp::from_micros(NOW.as_micros() - micros)
}

pub(super) fn topics(mask: u8) -> Vec<Topic> {
    let names = ["a", "b", "c", "d"].iter().enumerate();
    let names = names.filter(|(place, _)| mask & (1 << place) != 0);
    names.map(|(_, name)| Topic::new(name).unwrap()).collect()
}

/// A problem and the user's history with it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) difficulty: usize,
    pub(super) topics: u8,
    pub(super) rating: Option<i16>,
    pub(super) retired: bool,
    /// Days ago.
    pub(super) solved: Option<u64>,
    /// Contests that had it: days ago, and whether it was marked.
    pub(super) met: Vec<(u64, bool)>,
    pub(super) solved_by_group: bool,
}

/// Marked problems are solved.
pub(super) fn entry() -> impl Strategy<Value = Entry> {
    let done = proptest::option::weighted(0.4, 1_u64..60);
    let met = proptest::collection::vec((1_u64..60, any::<bool>()), 0..3);
    let rating = proptest::option::weighted(0.8, 1_000_i16..2_000);
    let [retired, group] = [0.1, 0.2].map(proptest::bool::weighted);
    (0_usize..3, 0_u8..16, rating, retired, done, met, group).prop_map(
        |(difficulty, topics, rating, retired, solved, met, solved_by_group)| {
            let marks = met.iter().filter(|(_, marked)| *marked);
            let first = marks.map(|(days, _)| *days).max();
            Entry {
                difficulty,
                topics,
                rating,
                retired,
                solved: solved.or(first),
                met,
                solved_by_group,
            }
        },
    )
}

/// A catalogue with one user's history.
#[derive(Debug)]
pub(super) struct World {
    pub(super) catalogue: Catalogue,
    pub(super) entries: Vec<(ProblemId, Entry)>,
}

impl World {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let problem = |(number, entry): (usize, &Entry)| {
            let slug = format!("p-{number}");
            let rating = entry.rating.map(|rating| Rating::new(rating).unwrap());
            Problem::new(&slug, &slug, Difficulty::ALL[entry.difficulty])
                .unwrap()
                .with_topics(topics(entry.topics))
                .with_retired(entry.retired)
                .with_rating(rating)
        };
        let problems: Vec<_> = entries.iter().enumerate().map(problem).collect();
        let ids = problems.iter().map(|problem| problem.id);
        let entries: Vec<_> = ids.zip(entries.iter().cloned()).collect();
        let catalogue = Catalogue::new(problems).unwrap();
        Self { catalogue, entries }
    }

    /// Only the needed facts.
    pub(super) fn facts_for(&self, needs: Needs) -> Facts {
        let needs = [needs.log, needs.contests, needs.group];
        facts(&self.catalogue, &self.entries, needs)
    }

    pub(super) fn entry(&self, id: ProblemId) -> &Entry {
        let found = self.entries.iter().find(|(other, _)| *other == id);
        &found.unwrap().1
    }
}

fn facts(
    catalogue: &Catalogue,
    entries: &[(ProblemId, Entry)],
    [with_log, with_contests, with_group]: [bool; 3],
) -> Facts {
    let ordinal = |id: &ProblemId| catalogue.ordinal(*id).unwrap();
    let mut record = new_record();
    let (mut log, mut contests, mut number) = (Vec::new(), Vec::new(), 0);
    for (id, entry) in entries {
        if let Some(days) = entry.solved {
            record.solved.insert(ordinal(id));
            log.push(solve(*id, ago(days)));
        }
        for (days, marked) in &entry.met {
            number += 1;
            record.seen.insert(ordinal(id));
            contests.push(contest(
                number,
                ago(*days),
                &[(*id, marked.then_some(ago(*days)))],
            ));
            if *marked && entry.solved.is_some() {
                log.push(solve(*id, ago(*days)));
            }
        }
    }
    let group = entries.iter().filter(|(_, entry)| entry.solved_by_group);
    let group = group.map(|(id, _)| ordinal(id)).collect();
    let mut facts = Facts::of(Some(&record), catalogue);
    if with_log {
        facts = facts.with_log(&log, catalogue);
    }
    if with_contests {
        facts = facts.with_contests(&contests, catalogue);
    }
    if with_group {
        facts = facts.with_group([&group]);
    }
    facts
}

/// The record of a new user.
pub(super) fn new_record() -> UserRecord {
    UserRecord {
        last_commit_at: Some(NOW),
        ..UserRecord::new()
    }
}

pub(super) fn solve(problem: ProblemId, at: Timestamp) -> AttemptRecord {
    AttemptRecord::tick(problem, at, None, 0)
}

/// A contest with these problems, each with the time of its mark, if marked.
pub(super) fn contest(
    number: u64,
    started_at: Timestamp,
    problems: &[(ProblemId, Option<Timestamp>)],
) -> ContestRecord {
    let assigned = problems.iter().map(|(problem, marked)| AssignedProblem {
        problem: *problem,
        difficulty: Difficulty::Easy,
        points: None,
        mark: marked.map(|at| Mark {
            at,
            newly: false,
            judged: false,
        }),
        attempts: Vec::new(),
    });
    ContestRecord {
        problems: assigned.collect(),
        ..ContestRecord::new(
            ContestId::new(started_at, number),
            started_at,
            started_at,
            [],
        )
    }
}
