//! The candidates that strategies get, and explanations of them.

use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::id::ProblemId;
use crate::model::{Difficulty, Problem, Topic};
use crate::select::tests::world::{NOW, count, new_record, solve};
use crate::select::{
    Choice, Facts, Input, Order, Part, ReviewOptions, Rule, Seed, SelectionError, SelectionRequest,
    SelectionStrategy, Strategies, Strategy, StrategyName, StrategyVersion, explain, select,
};

/// This many problems of each difficulty; the topics, this many, take turns.
fn catalogue(each: usize, topics: usize) -> Catalogue {
    let problems = (0..3 * each).map(|n| {
        let (slug, topic) = (format!("p-{n}"), format!("t-{}", n / 3 % topics));
        Problem::new(&slug, &slug, Difficulty::ALL[n % 3])
            .unwrap()
            .with_topics([Topic::new(&topic).unwrap()])
    });
    Catalogue::new(problems).unwrap()
}

/// Takes each candidate twice, in order, and records it.
#[derive(Debug, Clone, Default)]
struct Noting(Arc<Mutex<Vec<ProblemId>>>);

impl SelectionStrategy for Noting {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        assert_eq!(choice.wanted(), 5);
        let candidates: Vec<_> = choice.collect();
        let ids = candidates.iter().map(|candidate| candidate.problem().id);
        *self.0.lock().unwrap() = ids.collect();
        Box::new(candidates.into_iter().flat_map(|candidate| [candidate; 2]))
    }
}

/// A strategy gets at most the first 1,024 candidates drawn. A candidate that it gives twice is picked
/// once.
#[test]
fn a_custom_strategy_gets_at_most_1024_candidates() {
    let catalogue = catalogue(700, 3);
    let strategy = Noting::default();
    let name = StrategyName::new("noting").unwrap();
    let strategies = Strategies::new().with(name.clone(), strategy.clone());
    let request = SelectionRequest::new(count(5)).with_strategy(Strategy::Custom(name));
    let handed = [1, 1, 2].map(|seed| {
        let input = Input::new(&catalogue, &request, Seed(seed), NOW);
        let input = input.with_strategies(&strategies);
        let mut picked = select(&input, &Facts::default()).unwrap().problems;
        let handed = strategy.0.lock().unwrap().clone();
        let mut first = handed[..5].to_vec();
        first.sort_unstable();
        picked.sort_unstable();
        assert_eq!(picked, first);
        handed
    });
    assert_eq!(handed[0].len(), 1_024);
    assert_eq!(handed[0], handed[1]);
    assert_ne!(handed[0], handed[2]);
}

/// The cap applies over all parts: one problem of each topic.
#[test]
fn parts_share_the_cap_per_topic() {
    let catalogue = catalogue(300, 7);
    for strategy in [Strategy::TopicBalanced, Strategy::Uniform] {
        let parts = vec![Part::new(count(1)).with_strategy(strategy); 20];
        let request = SelectionRequest::new(count(20)).with_parts(parts).unwrap();
        let request = request.with_topic_cap(NonZeroU16::MIN);
        let input = Input::new(&catalogue, &request, Seed(1), NOW);
        let selection = select(&input, &Facts::default()).unwrap();
        assert_eq!(selection.problems.len(), 7);
    }
}

#[test]
fn a_review_of_what_is_not_due_says_so() {
    let catalogue = catalogue(2_000, 3);
    let review = Strategy::Review(ReviewOptions::default());
    let request = SelectionRequest::new(count(3)).with_strategy(review);
    let (mut record, mut log) = (new_record(), Vec::new());
    for stored in catalogue.stored_problems() {
        record.solved.insert(stored.ordinal);
        log.push(solve(stored.problem.id, NOW));
    }
    let facts = Facts::of(Some(&record), &catalogue).with_log(&log, &catalogue);
    let input = |days: u64| {
        let now = NOW + Duration::from_hours(24 * days);
        Input::new(&catalogue, &request, Seed(1), now)
    };
    let explanation = explain(&input(1), &facts);
    assert_eq!(explanation.outcome, Err(SelectionError::NoEligibleProblems));
    let funnel = &explanation.parts[0].pools[0].funnel;
    assert_eq!(
        (funnel.looked_at, funnel.passed_over[&Rule::NotDue]),
        (6_000, 6_000)
    );
    assert_eq!(select(&input(30), &facts).unwrap().repeats.len(), 3);
}
