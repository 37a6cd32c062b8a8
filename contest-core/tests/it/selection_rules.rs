//! The rules of selection over random catalogues, histories and requests: excluded problems are never
//! selected, and all others can be.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use contest_core::conformance::Delays;
use contest_core::model::PerDifficulty;
use contest_core::prelude::*;
use contest_core::select::{Input, Selection, Strategies, select};
use contest_core::store::Intercepted;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use proptest::test_runner::TestCaseError;

use crate::random::{
    Asked, Backwards, Kind, Scenario, World, asked, backwards, play, run, scenario,
};

pub(crate) type Checked = Result<(), TestCaseError>;

/// How many of the problems have each topic.
pub(crate) fn by_topic<'c>(
    catalogue: &'c Catalogue,
    problems: impl IntoIterator<Item = &'c ProblemId>,
) -> BTreeMap<&'c Topic, u16> {
    let mut counts = BTreeMap::new();
    for id in problems {
        for topic in &catalogue.get(*id).unwrap().topics {
            *counts.entry(topic).or_default() += 1;
        }
    }
    counts
}

/// Whether one more problem would break the cap per topic.
pub(crate) fn is_capped(
    catalogue: &Catalogue,
    request: &SelectionRequest,
    taken: &[ProblemId],
    id: ProblemId,
) -> bool {
    let counts = by_topic(catalogue, taken);
    let topics = &catalogue.get(id).unwrap().topics;
    request.topic_cap().is_some_and(|cap| {
        let full = |topic: &Topic| counts.get(topic).is_some_and(|n| *n >= cap.get());
        topics.iter().any(full)
    })
}

/// Properties of every selection without parts and slots.
fn check_selection(
    world: &World,
    request: &SelectionRequest,
    eligible: &BTreeSet<ProblemId>,
    selection: &Selection,
) -> Checked {
    let catalogue = world.engine.catalogue();
    let (problems, record) = (&selection.problems, &selection.record);
    let distinct: BTreeSet<_> = problems.iter().copied().collect();
    prop_assert_eq!(distinct.len(), problems.len(), "a problem repeats");
    let ineligible: Vec<_> = distinct.difference(eligible).collect();
    prop_assert!(ineligible.is_empty(), "{:?} are not eligible", ineligible);
    let counts = by_topic(&catalogue, problems);
    if let Some(cap) = request.topic_cap() {
        prop_assert!(
            counts.values().all(|n| *n <= cap.get()),
            "over the cap: {:?}",
            counts
        );
    }
    let asked = usize::from(request.count().get());
    let mut left = eligible.difference(&distinct);
    if problems.len() < asked {
        let fits = left.find(|id| !is_capped(&catalogue, request, problems, **id));
        prop_assert_eq!(fits, None, "only {} of {}", problems.len(), asked);
    }
    prop_assert!(problems.len() <= asked);
    let difficulties = problems
        .iter()
        .map(|id| catalogue.get(*id).unwrap().difficulty);
    prop_assert!(difficulties.clone().is_sorted(), "not easy to hard");
    let taken = PerDifficulty::from_fn(|d| difficulties.clone().filter(|x| *x == d).count());
    prop_assert_eq!(taken, record.taken.map(usize::from));
    prop_assert_eq!(usize::from(record.shortfall()), asked - problems.len());
    let solved = distinct.into_iter().filter(|id| world.facts.is_solved(*id));
    prop_assert_eq!(&selection.repeats, &solved.collect::<BTreeSet<_>>());
    Ok(())
}

/// Each difficulty gives its quota, or all it has.
fn check_quota(world: &World, eligible: &BTreeSet<ProblemId>, selection: &Selection) -> Checked {
    let catalogue = world.engine.catalogue();
    for d in Difficulty::ALL {
        let of = |id: &&ProblemId| catalogue.get(**id).unwrap().difficulty == d;
        let promised = eligible.iter().filter(of).count();
        let promised = promised.min(selection.record.quota[d].into());
        prop_assert!(
            usize::from(selection.record.taken[d]) >= promised,
            "too few {}",
            d
        );
    }
    Ok(())
}

/// Compares a selection, or its error, with the eligible problems.
async fn check(scenario: &Scenario, asked: &Asked, kind: Kind) -> Checked {
    let world = play(scenario).await;
    let catalogue = world.engine.catalogue();
    let request = asked.request(&catalogue, kind);
    let eligible = world.facts.eligible(&catalogue, &request, world.now());
    let strict = request.shortage_policy() == ShortagePolicy::Strict;
    let (wanted, capped) = (request.count().get(), request.topic_cap().is_some());
    match world.engine.select(World::me(), &request).await {
        Err(Error::Refused(Refusal::Selection(SelectionError::NoEligibleProblems))) => {
            prop_assert_eq!(eligible.len(), 0);
        }
        Err(Error::Refused(Refusal::Selection(SelectionError::NotEnoughProblems {
            asked,
            available,
        }))) => {
            prop_assert!(strict && asked == wanted);
            let available = available
                .iter()
                .map(|(_, n)| usize::from(*n))
                .sum::<usize>();
            prop_assert!(available < asked.into() && available <= eligible.len());
            prop_assert!(
                capped || available == eligible.len(),
                "{} available",
                available
            );
        }
        Err(error) => prop_assert!(false, "{}", error),
        Ok(selection) => {
            prop_assert!(!strict || selection.problems.len() == usize::from(wanted));
            check_selection(&world, &request, &eligible, &selection)?;
            let mixed = matches!(kind, Kind::Uniform | Kind::TopicBalanced | Kind::LeastUsed);
            if mixed && !capped {
                check_quota(&world, &eligible, &selection)?;
            }
        }
    }
    Ok(())
}

/// The same from an engine with large or small pages over a slow store, and without an engine.
async fn check_again(
    scenario: &Scenario,
    asked: &Asked,
    kind: Kind,
    concurrency: usize,
) -> Checked {
    let world = play(scenario).await;
    let catalogue = world.engine.catalogue();
    let request = asked.request(&catalogue, kind);
    let first = world.engine.select(World::me(), &request).await;
    let slow = Intercepted::new(world.store.clone(), Delays::seeded(3, 3));
    let other = Engine::builder(slow)
        .clock(world.clock.clone())
        .concurrency(NonZeroUsize::new(concurrency).unwrap())
        .strategy(backwards(), Backwards::default())
        .build()
        .await
        .unwrap();
    let second = other.select(World::me(), &request).await;
    let strategies = Strategies::new().with(backwards(), Backwards::default());
    let seed = request.seed().unwrap();
    let input = Input::new(&catalogue, &request, seed, world.now()).with_strategies(&strategies);
    let pure = select(&input, &world.facts.known(&catalogue, &request));
    let plain = |outcome: Result<Selection, Error>| outcome.map_err(|error| error.to_string());
    let first = plain(first);
    prop_assert_eq!(&plain(second), &first, "concurrency {}", concurrency);
    prop_assert_eq!(&pure.map_err(|error| error.to_string()), &first, "pure");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i10_i12_what_rules_exclude_is_never_selected_and_the_rest_fills_the_contest(
        scenario in scenario(60),
        asked in asked(),
        kind in Kind::any().prop_filter("reviews have rules of their own", |kind| {
            !matches!(kind, Kind::Review { .. })
        }),
    ) {
        run(check(&scenario, &asked, kind))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i9_the_same_seed_selects_the_same_however_a_store_is_asked(
        scenario in scenario(60),
        asked in asked(),
        kind in Kind::any(),
        concurrency in 1..9_usize,
    ) {
        run(check_again(&scenario, &asked, kind, concurrency))?;
    }
}
