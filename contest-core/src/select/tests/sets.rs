//! Selections that pass over many candidates: with sets they find the same, and read little.

use std::num::NonZeroU16;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::catalogue::Catalogue;
use crate::model::{Difficulty, Problem, Rating, Topic};
use crate::select::filled::Filled;
use crate::select::tests::world::{NOW, World, count, entry, topics};
use crate::select::{
    Eligibility, Facts, Input, Needs, Part, RatingBand, ReviewOptions, Seed, Selection,
    SelectionError, SelectionRequest, Slot, SolvedRule, Strategies, Strategy as How,
};

/// Selects, and makes the sets after this many candidates failed. Returns how many failed.
fn run(
    input: &Input<'_>,
    facts: &Facts,
    patience: Option<u32>,
) -> (Result<Selection, SelectionError>, u32) {
    let mut context = input.context(facts, false);
    context.patience = patience.unwrap_or(context.patience);
    let filled = Filled::new(input, &context);
    let outcome = filled.and_then(|filled| filled.outcome(&context));
    let misses = context.misses.get();
    (outcome, misses)
}

fn strategy(number: u8) -> How {
    match number {
        0 => How::Uniform,
        1 => How::TopicBalanced,
        2 => How::LeastUsed,
        3 => How::RatingBand(RatingBand::new(Rating::new(1_600).unwrap())),
        _ => How::Review(ReviewOptions::default()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i9_sets_change_no_selection(
        entries in vec(entry(), 1..60),
        parts in vec(0_u8..5, 1..8),
        cap in proptest::option::of(1_u16..3),
        (wanted, unwanted) in (0_u8..16, 0_u8..16),
        (solved, attempted) in (any::<bool>(), any::<bool>()),
        slots in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let world = World::new(&entries);
        let all = |mask| topics(mask).into_iter().filter(|t| world.catalogue.has_topic(t));
        let mut rules = Eligibility::default();
        if solved {
            rules = rules.with_solved(SolvedRule::Allow);
        }
        if attempted {
            rules = rules.excluding_attempted();
        }
        let many = u16::try_from(parts.len()).unwrap();
        let request = SelectionRequest::new(count(many))
            .with_eligibility(rules)
            .with_excluded_topics(all(unwanted));
        let request = if slots {
            let slot = |n: &u8| Slot::of_difficulty(Difficulty::Easy..=Difficulty::ALL[usize::from(n % 3)]);
            let slot = |n| slot(n).with_topics(all(wanted));
            request.with_slots(parts.iter().map(slot).collect()).unwrap()
        } else {
            let part = |n: &u8| Part::new(count(1)).with_strategy(strategy(*n));
            let request = request.with_topics(all(wanted));
            let request = request.with_parts(parts.iter().map(part).collect()).unwrap();
            match cap.and_then(NonZeroU16::new) {
                Some(cap) => request.with_topic_cap(cap),
                None => request,
            }
        };
        let needs = Needs::of(&request, &Strategies::new());
        let facts = world.facts_for(needs);
        let input = Input::new(&world.catalogue, &request, Seed(seed), NOW);
        let (without, _) = run(&input, &facts, Some(u32::MAX));
        for patience in [0, 3, 9] {
            prop_assert_eq!(&run(&input, &facts, Some(patience)).0, &without, "{}", patience);
        }
    }
}

/// 3,000 problems with three of 70 topics each.
fn large() -> Catalogue {
    let problem = |n: usize| {
        let topic = |k: usize| Topic::new(format!("Topic {}", (n * 31 + k * k * 7) % 70)).unwrap();
        let slug = format!("problem-{n}");
        Problem::new(&slug, &slug, Difficulty::ALL[n % 3])
            .unwrap()
            .with_topics((1..4).map(topic))
    };
    Catalogue::new((0..3_000).map(problem)).unwrap()
}

/// Each part used to look at the whole catalogue again.
#[test]
fn twenty_parts_that_find_little_do_not_read_the_catalogue_twenty_times() {
    let catalogue = large();
    let facts = Facts::of(None, &catalogue);
    for number in 0..3 {
        let part = Part::new(count(1)).with_strategy(strategy(number));
        let request = SelectionRequest::new(count(20)).with_topic_cap(NonZeroU16::MIN);
        let excluded = catalogue.topics().skip(3).map(|(topic, _)| topic.clone());
        let request = request.with_excluded_topics(excluded);
        let request = request.with_parts(vec![part; 20]).unwrap();
        let input = Input::new(&catalogue, &request, Seed(1), NOW);
        let (_, naive) = run(&input, &facts, Some(u32::MAX));
        let (_, misses) = run(&input, &facts, None);
        assert!(naive > 30_000, "{naive} candidates fail without sets");
        assert!(misses < 3_000, "{misses} candidates fail");
    }
}
