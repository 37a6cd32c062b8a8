//! Properties of strategies and slots, over random catalogues and histories, against exhaustive search.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::id::ProblemId;
use crate::model::{Difficulty, Problem, Rating};
use crate::select::tests::world::{NOW, World, count, entry, topics};
use crate::select::{
    Eligibility, Facts, Input, Needs, Seed, Selection, SelectionError, SelectionRequest,
    ShortagePolicy, Slot, SolvedRule, Strategies, Strategy as How, match_slots, select,
};

impl World {
    fn problem(&self, id: ProblemId) -> &Problem {
        self.catalogue.get(id).unwrap()
    }

    fn select(&self, request: &SelectionRequest, seed: u64) -> Result<Selection, SelectionError> {
        let input = Input::new(&self.catalogue, request, Seed(seed), NOW);
        select(&input, &self.facts(request))
    }

    fn facts(&self, request: &SelectionRequest) -> Facts {
        self.facts_for(Needs::of(request, &Strategies::new()))
    }

    /// The problems that the rule on solves allows.
    fn eligible(&self, request: &SelectionRequest) -> BTreeSet<ProblemId> {
        let excludes = request.eligibility().solved() == SolvedRule::Exclude;
        let problems = self.catalogue.problems().iter().filter(|p| !p.retired);
        let passes = |id: &ProblemId| !(excludes && self.entry(*id).solved.is_some());
        problems.map(|problem| problem.id).filter(passes).collect()
    }
}

fn problems_of(outcome: Result<Selection, SelectionError>) -> Vec<ProblemId> {
    match outcome {
        Ok(selection) => selection.problems,
        Err(SelectionError::NoEligibleProblems) => Vec::new(),
        Err(other) => panic!("{other}"),
    }
}

/// The most slots that can be filled, by exhaustive search.
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    /// No unpicked problem of a difficulty was met less often than a picked one.
    #[test]
    fn least_used_leaves_nothing_that_was_met_less_often(
        entries in vec(entry(), 1..40),
        many in 1_u16..12,
        seed in any::<u64>(),
    ) {
        let world = World::new(&entries);
        let request = SelectionRequest::new(count(many))
            .with_eligibility(Eligibility::default().with_solved(SolvedRule::Allow))
            .with_strategy(How::LeastUsed);
        let picked = problems_of(world.select(&request, seed));
        let met = |id: &ProblemId| world.entry(*id).met.len();
        let eligible = world.eligible(&request);
        for difficulty in Difficulty::ALL {
            let of = |id: &&ProblemId| world.problem(**id).difficulty == difficulty;
            let most = picked.iter().filter(of).map(met).max().unwrap_or(0);
            let left = eligible.iter().filter(of).filter(|id| !picked.contains(id));
            prop_assert!(left.map(met).min().is_none_or(|least| least >= most));
        }
    }

    /// Slots are filled if possible, and the open ones are named.
    #[test]
    fn slots_are_filled_whenever_there_is_an_assignment(
        entries in vec(entry(), 1..8),
        slots in vec((0_usize..3, 0_usize..3, any::<bool>(), 0_u8..16), 1..5),
        seed in any::<u64>(),
    ) {
        let world = World::new(&entries);
        let slot = |(a, b, rated, mask): (usize, usize, bool, u8)| {
            let rating = |n: usize| Rating::new(1_000 + 300 * i16::try_from(n).unwrap()).unwrap();
            let slot = if rated {
                Slot::of_rating(rating(a.min(b))..=rating(a.max(b) + 1))
            } else {
                Slot::of_difficulty(Difficulty::ALL[a.min(b)]..=Difficulty::ALL[a.max(b)])
            };
            slot.with_topics(topics(mask).into_iter().filter(|t| world.catalogue.has_topic(t)))
        };
        let slots: Vec<_> = slots.into_iter().map(slot).collect();
        let many = u16::try_from(slots.len()).unwrap();
        let request = SelectionRequest::new(count(many)).with_slots(slots.clone()).unwrap();
        let eligible = world.eligible(&request);
        let fitting = |slot: &Slot| -> Vec<_> {
            let all = eligible.iter().copied();
            all.filter(|id| slot.fits(world.problem(*id))).collect()
        };
        let choices: Vec<_> = slots.iter().map(fitting).collect();
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
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// Every problem of a list that the rules allow is selected, in the order of the list.
    #[test]
    fn named_problems_are_all_that_pass_in_their_order(
        entries in vec(entry(), 1..12),
        order in any::<u64>(),
        excludes in any::<bool>(),
    ) {
        let world = World::new(&entries);
        let live = world.catalogue.problems().iter().filter(|problem| !problem.retired);
        let mut list: Vec<_> = live.map(|problem| problem.id).collect();
        list.sort_by_key(|id| id.as_uuid().as_u128().rotate_left((order % 128) as u32));
        prop_assume!(!list.is_empty());
        let mut request = SelectionRequest::with_problems(list.iter().copied()).unwrap();
        if excludes {
            request = request.with_eligibility(Eligibility::default());
        }
        let eligible = world.eligible(&request);
        let expected: Vec<_> = list.into_iter().filter(|id| eligible.contains(id)).collect();
        let given = world.select(&request, order);
        if let Ok(selection) = &given {
            let repeats = expected.iter().filter(|id| world.entry(**id).solved.is_some());
            prop_assert_eq!(&selection.repeats, &repeats.copied().collect::<BTreeSet<_>>());
        }
        prop_assert_eq!(problems_of(given), expected);
    }
}
