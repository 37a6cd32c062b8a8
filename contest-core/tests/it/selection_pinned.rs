//! Slots next to trying everything, least use, and what the first version of each strategy picks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contest_core::model::{Encounter, Practice, Rating, Solve};
use contest_core::prelude::*;
use contest_core::select::{
    Answer, Basis, Part, Question, RatingBand, ReviewOptions, Selection, Slot, Strategy as How,
    match_slots, select_with,
};
use proptest::prelude::*;

use crate::support::{START, count};

/// A problem and what was done with it.
#[derive(Debug, Clone)]
struct Entry {
    difficulty: usize,
    topics: u8,
    rating: Option<u16>,
    retired: bool,
    /// Days ago.
    solved: Option<u64>,
    /// Contests that had it: days ago, and whether it was marked.
    met: Vec<(u64, bool)>,
}

fn entry() -> impl Strategy<Value = Entry> {
    let done = proptest::option::weighted(0.4, 1_u64..60);
    let met = proptest::collection::vec((1_u64..60, any::<bool>()), 0..3);
    let rating = proptest::option::weighted(0.8, 1_000_u16..2_000);
    let retired = proptest::bool::weighted(0.1);
    (0_usize..3, 0_u8..16, rating, retired, done, met).prop_map(
        |(difficulty, topics, rating, retired, solved, met)| Entry {
            difficulty,
            topics,
            rating,
            retired,
            solved,
            met,
        },
    )
}

fn topics(mask: u8) -> Vec<Topic> {
    let names = ["a", "b", "c", "d"].iter().enumerate();
    let names = names.filter(|(place, _)| mask & (1 << place) != 0);
    names.map(|(_, name)| Topic::new(name).unwrap()).collect()
}

/// A catalogue with one user's history.
struct World {
    catalogue: Catalogue,
    practice: HashMap<ProblemId, Practice>,
}

/// That many days before now.
fn ago(days: u64) -> Timestamp {
    let micros = i64::try_from(days).unwrap() * 86_400_000_000;
    Timestamp::from_micros(START.as_micros() - micros)
}

impl World {
    fn new(entries: &[Entry]) -> Self {
        let mut world = Self {
            catalogue: Catalogue::default(),
            practice: HashMap::new(),
        };
        let mut problems = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            let slug = format!("p-{number}");
            let rating = entry.rating.map(|rating| Rating::new(rating).unwrap());
            let problem = Problem::new(&slug, &slug, Difficulty::ALL[entry.difficulty])
                .unwrap()
                .with_topics(topics(entry.topics))
                .with_retired(entry.retired)
                .with_rating(rating);
            let encounters = entry.met.iter().map(|&(days, marked)| Encounter {
                contest: ContestId::new(ago(days), days),
                at: ago(days),
                completed_at: marked.then_some(ago(days)),
            });
            let mut practice = Practice {
                solved_at: entry.solved.map(ago),
                encounters: encounters.collect(),
            };
            practice.encounters.sort_by_key(|e| (e.at, e.contest));
            world.practice.insert(problem.id, practice);
            problems.push(problem);
        }
        world.catalogue = Catalogue::new(problems).unwrap();
        world
    }

    fn done(&self, id: ProblemId) -> &Practice {
        &self.practice[&id]
    }

    fn answer(&self, question: &Question) -> Answer {
        let solved = |id: &ProblemId| self.done(*id).solved_at.is_some();
        match question {
            Question::Solved(ids) => {
                Answer::Solved(ids.iter().copied().filter(|id| solved(id)).collect())
            }
            Question::Practice(ids) => {
                let some = ids.iter().map(|id| (*id, self.done(*id).clone()));
                Answer::Practice(some.collect())
            }
            Question::SolvedByTopic => {
                let mut counts = BTreeMap::new();
                let live = self.catalogue.problems().iter().filter(|p| !p.retired);
                for problem in live.filter(|p| solved(&p.id)) {
                    for topic in &problem.topics {
                        *counts.entry(topic.clone()).or_default() += 1;
                    }
                }
                Answer::SolvedByTopic(counts)
            }
            Question::OldestSolves(limit) => {
                let oldest = self.practice.iter().filter_map(|(id, practice)| {
                    Some(Solve {
                        problem: *id,
                        solved_at: practice.solved_at?,
                        contest: None,
                    })
                });
                let mut oldest: Vec<_> = oldest.collect();
                oldest.sort_by_key(|solve| (solve.solved_at, solve.problem));
                oldest.truncate(*limit as usize);
                Answer::OldestSolves(oldest)
            }
            other => panic!("an unknown question: {other:?}"),
        }
    }

    fn select(&self, request: &SelectionRequest, seed: u64) -> Result<Selection, SelectionError> {
        let basis = Basis::new(&self.catalogue, request, Seed(seed), START);
        select_with(basis, |question| self.answer(question))
    }

    /// Whether a request without any rule but the one about solves lets a problem through.
    fn is_eligible(&self, request: &SelectionRequest, problem: &Problem) -> bool {
        let excludes = request.eligibility().solved() == SolvedRule::Exclude;
        let solved = excludes && self.done(problem.id).solved_at.is_some();
        !problem.retired && !solved
    }

    fn eligible(&self, request: &SelectionRequest) -> BTreeSet<ProblemId> {
        let problems = self.catalogue.problems().iter();
        let eligible = problems.filter(|problem| self.is_eligible(request, problem));
        eligible.map(|problem| problem.id).collect()
    }
}

fn problems_of(outcome: &Result<Selection, SelectionError>) -> Vec<ProblemId> {
    match outcome {
        Ok(selection) => selection.problems.clone(),
        Err(SelectionError::NoEligibleProblems) => Vec::new(),
        Err(other) => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Of a difficulty, nothing is left that was met less often than what is picked.
    #[test]
    fn least_used_leaves_nothing_that_was_met_less_often(
        entries in proptest::collection::vec(entry(), 1..40),
        many in 1_u16..12,
        seed in any::<u64>(),
    ) {
        let world = World::new(&entries);
        let request = SelectionRequest::new(count(many))
            .with_eligibility(Eligibility::default().with_solved(SolvedRule::Allow))
            .with_strategy(How::LeastUsed);
        let picked = problems_of(&world.select(&request, seed));
        let met = |id: &ProblemId| world.done(*id).met();
        let grade = |id: &ProblemId| world.catalogue.get(*id).unwrap().difficulty;
        for difficulty in Difficulty::ALL {
            let of = |id: &&ProblemId| grade(id) == difficulty;
            let most = picked.iter().filter(of).map(met).max().unwrap_or(0);
            let eligible = world.eligible(&request);
            let left = eligible.iter().filter(of).filter(|id| !picked.contains(id));
            prop_assert!(left.map(met).min().is_none_or(|least| least >= most));
        }
    }

    /// Slots are filled whenever they can be, and those that cannot are named.
    #[test]
    fn slots_are_filled_whenever_there_is_an_assignment(
        entries in proptest::collection::vec(entry(), 1..8),
        slots in proptest::collection::vec((0_usize..3, 0_usize..3, any::<bool>(), 0_u8..16), 1..5),
        seed in any::<u64>(),
    ) {
        let world = World::new(&entries);
        let slots: Vec<_> = slots
            .into_iter()
            .map(|(a, b, rated, mask)| {
                let rating = |n: usize| Rating::new(1_000 + 300 * u16::try_from(n).unwrap()).unwrap();
                let slot = if rated {
                    Slot::of_rating(rating(a.min(b))..=rating(a.max(b) + 1))
                } else {
                    Slot::of_difficulty(Difficulty::ALL[a.min(b)]..=Difficulty::ALL[a.max(b)])
                };
                let known = topics(mask).into_iter().filter(|t| world.catalogue.has_topic(t));
                slot.with_topics(known)
            })
            .collect();
        let many = u16::try_from(slots.len()).unwrap();
        let request = SelectionRequest::new(count(many)).with_slots(slots.clone()).unwrap();
        let eligible: Vec<_> = world.eligible(&request).into_iter().collect();
        let problem = |id: &ProblemId| world.catalogue.get(*id).unwrap();
        let choices: Vec<Vec<_>> = slots
            .iter()
            .map(|slot| eligible.iter().copied().filter(|id| slot.fits(problem(id))).collect())
            .collect();
        let most = most_filled(&choices, &mut Vec::new());
        prop_assert_eq!(match_slots(&choices).assigned().iter().flatten().count(), most);

        match world.select(&request, seed) {
            Ok(selection) => {
                prop_assert_eq!(selection.problems.len(), most);
                let open = &selection.record.open_slots;
                let filled = (0..many).filter(|place| !open.contains(place));
                for (place, id) in filled.zip(&selection.problems) {
                    prop_assert!(choices[usize::from(place)].contains(id), "slot {}", place);
                }
            }
            Err(SelectionError::SlotsUnfillable { .. }) => prop_assert_eq!(most, 0),
            Err(other) => panic!("{other}"),
        }
        let strict = request.with_shortage_policy(ShortagePolicy::Strict);
        match world.select(&strict, seed) {
            Ok(_) => prop_assert_eq!(most, slots.len()),
            Err(SelectionError::SlotsUnfillable { slots: open, .. }) => {
                prop_assert_eq!(open.len(), slots.len() - most);
                prop_assert!(!open.is_empty());
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// By trying everything.
fn most_filled(choices: &[Vec<ProblemId>], taken: &mut Vec<ProblemId>) -> usize {
    let Some((first, rest)) = choices.split_first() else {
        return 0;
    };
    let mut most = most_filled(rest, taken);
    for id in first {
        if !taken.contains(id) {
            taken.push(*id);
            most = most.max(1 + most_filled(rest, taken));
            taken.pop();
        }
    }
    most
}

/// Whatever else changes, version 1 of each strategy picks these. If this test fails, either the
/// change was not meant to touch the strategy, or the strategy needs a new version.
#[test]
fn i9_version_1_of_each_strategy_is_pinned() {
    let world = World::new(&fixed_entries());
    let review = How::Review(ReviewOptions::default());
    let band = RatingBand::new(Rating::new(1_500).unwrap());
    let request = || SelectionRequest::new(count(5));
    let parts = vec![
        Part::new(count(4)),
        Part::new(count(1)).with_strategy(review.clone()),
    ];
    let slots = [(0, 1), (1, 2), (0, 2), (2, 2), (0, 0)]
        .map(|(easy, hard)| Slot::of_difficulty(Difficulty::ALL[easy]..=Difficulty::ALL[hard]));
    let picked = [
        request().with_strategy(How::TopicBalanced),
        request().with_strategy(How::LeastUsed),
        request().with_strategy(How::RatingBand(band)),
        request().with_strategy(review),
        request().with_parts(parts).unwrap(),
        request().with_slots(slots.into()).unwrap(),
    ]
    .map(|request| {
        let selection = world.select(&request, 42).unwrap();
        let slug = |id: &ProblemId| world.catalogue.get(*id).unwrap().slug.to_string();
        let slugs: Vec<_> = selection.problems.iter().map(slug).collect();
        slugs.join(" ")
    });
    assert_eq!(picked, GOLDEN);
}

const GOLDEN: [&str; 6] = [
    "p-45 p-9 p-25 p-10 p-35",
    "p-45 p-51 p-49 p-10 p-53",
    "p-9 p-39 p-13 p-37 p-38",
    "p-48 p-36 p-24 p-12 p-4",
    "p-45 p-48 p-49 p-10 p-53",
    "p-6 p-19 p-31 p-59 p-45",
];

/// Sixty problems that differ in everything, by a rule anyone can follow.
fn fixed_entries() -> Vec<Entry> {
    let entry = |n: usize| Entry {
        difficulty: n % 3,
        topics: u8::try_from(n * 7 % 16).unwrap(),
        rating: (!n.is_multiple_of(5)).then(|| 1_000 + u16::try_from(n * 37 % 1_000).unwrap()),
        retired: n.is_multiple_of(11),
        solved: n.is_multiple_of(4).then(|| u64::try_from(n).unwrap() + 1),
        met: (0..n % 3)
            .map(|k| (u64::try_from(k * 9 + 1).unwrap(), k == 1))
            .collect(),
    };
    (0..60).map(entry).collect()
}
