//! Properties of strategies and parts, over random catalogues, histories and requests.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};

use contest_core::prelude::*;
use contest_core::select::{Explanation, Part, Selection, Strategy as Picking};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random::{Asked, Facts, Kind, Scenario, World, asked, play, run, scenario};
use crate::selection_rules::{Checked, by_topic, is_capped};
use crate::support::count;

/// A world, a request and its selection; `None` if nothing can be selected.
async fn select(
    scenario: &Scenario,
    asked: &Asked,
    kind: Kind,
) -> (World, SelectionRequest, Option<Selection>) {
    let world = play(scenario).await;
    let request = asked.request(&world.engine.catalogue(), kind);
    let selection = world.engine.select(World::me(), &request).await;
    (world, request, selection.ok())
}

/// The balanced topics.
fn balanced(request: &SelectionRequest, topic: &Topic) -> bool {
    request.topics().is_empty() || request.topics().contains(topic)
}

/// Each problem has a topic that was first among those with problems left. Only if no difficulty
/// replaces another: then problems are picked in the order of the selection.
async fn check_topic_balanced(scenario: &Scenario, asked: &Asked) -> Checked {
    let (world, request, selection) = select(scenario, asked, Kind::TopicBalanced).await;
    let Some(selection) = selection.filter(|s| s.record.taken == s.record.quota) else {
        return Ok(());
    };
    let catalogue = world.engine.catalogue();
    let eligible = world.facts.eligible(&catalogue, &request, world.now());
    for (place, id) in selection.problems.iter().enumerate() {
        let problem = catalogue.get(*id).unwrap();
        let before = &selection.problems[..place];
        let counts = by_topic(&catalogue, before);
        // How many the contest has, then the solved share.
        let order = |a: &Topic, b: &Topic| -> Ordering {
            let taken = |topic| counts.get(topic).copied().unwrap_or(0);
            let total = |topic| Facts::total_of(&catalogue, topic);
            let solved = |topic| world.facts.solved_of(&catalogue, topic);
            let shares = (solved(a) * total(b)).cmp(&(solved(b) * total(a)));
            taken(a).cmp(&taken(b)).then(shares)
        };
        let can_give = |topic: &Topic| {
            let others = eligible.iter().map(|id| catalogue.get(*id).unwrap());
            let mut others = others.filter(|other| other.difficulty == problem.difficulty);
            others.any(|other| {
                other.topics.contains(topic)
                    && !before.contains(&other.id)
                    && !is_capped(&catalogue, &request, before, other.id)
            })
        };
        let topics = catalogue.topics().map(|(topic, _)| topic);
        let open = topics.filter(|topic| balanced(&request, topic) && can_give(topic));
        let first = open.min_by(|a, b| order(a, b));
        let own = problem
            .topics
            .iter()
            .filter(|topic| balanced(&request, topic));
        let own = own.min_by(|a, b| order(a, b));
        let fair = match (own, first) {
            (Some(own), Some(first)) => order(own, first) == Ordering::Equal,
            (None, None) => true,
            _ => false,
        };
        prop_assert!(
            fair,
            "{} of {:?} while {:?} is first",
            problem.slug,
            own,
            first
        );
    }
    Ok(())
}

/// The first of these that the cap allows, as many as wanted, easy to hard.
fn first_that_fit(
    catalogue: &Catalogue,
    request: &SelectionRequest,
    preferred: Vec<ProblemId>,
) -> Vec<ProblemId> {
    let mut taken = Vec::new();
    for id in preferred {
        let wanted = taken.len() < usize::from(request.count().get());
        if wanted && !is_capped(catalogue, request, &taken, id) {
            taken.push(id);
        }
    }
    taken.sort_by_key(|id| catalogue.get(*id).unwrap().difficulty);
    taken
}

/// Whether a selection is as expected, and missing problems only where it must.
fn check_expected(
    request: &SelectionRequest,
    selection: Option<Selection>,
    expected: Vec<ProblemId>,
) -> Checked {
    let strict = request.shortage_policy() == ShortagePolicy::Strict;
    let short = expected.len() < usize::from(request.count().get());
    match selection {
        None => prop_assert!(expected.is_empty() || strict && short, "{:?}", expected),
        Some(selection) => {
            prop_assert!(!(strict && short));
            prop_assert_eq!(selection.problems, expected);
        }
    }
    Ok(())
}

/// A custom strategy gets exactly the eligible problems, and its first ones are picked.
async fn check_custom(scenario: &Scenario, asked: &Asked) -> Checked {
    let (world, request, selection) = select(scenario, asked, Kind::Backwards).await;
    let catalogue = world.engine.catalogue();
    let eligible = world.facts.eligible(&catalogue, &request, world.now());
    let seen = world.backwards.take_seen();
    let handed: BTreeSet<_> = seen.iter().map(|(id, _)| *id).collect();
    prop_assert_eq!(handed.len(), seen.len(), "handed twice");
    prop_assert_eq!(&handed, &eligible, "handed something else");
    for (id, deeds) in &seen {
        prop_assert_eq!(deeds, &world.facts.of(*id));
    }
    let mut preferred: Vec<_> = eligible.into_iter().collect();
    preferred.sort_by_key(|id| std::cmp::Reverse(&catalogue.get(*id).unwrap().slug));
    let expected = first_that_fit(&catalogue, &request, preferred);
    check_expected(&request, selection, expected)
}

/// Exactly the due problems are reviewed, the most urgent first, whatever the other rules.
async fn check_review(scenario: &Scenario, asked: &Asked, retention: u8) -> Checked {
    let (world, request, selection) = select(scenario, asked, Kind::Review { retention }).await;
    let catalogue = world.engine.catalogue();
    let Picking::Review(options) = *request.strategy() else {
        return Ok(());
    };
    let due = world.facts.due(&catalogue, &request, options, world.now());
    let expected = first_that_fit(&catalogue, &request, due);
    check_expected(&request, selection, expected)
}

/// The order in which strategies pick, the lowest first.
fn turn(strategy: &Picking) -> u8 {
    match strategy {
        Picking::Review(_) => 0,
        Picking::RatingBand(_) => 1,
        Picking::Custom(_) => 2,
        _ => 3,
    }
}

/// If a part finds too few, the next part is asked for the rest; if the last can pick any problem, a
/// contest has missing problems only if none is left. A strict one fails at the first part with too
/// few.
async fn check_parts(scenario: &Scenario, asked: &Asked, kinds: &[(Kind, u16)]) -> Checked {
    let world = play(scenario).await;
    let catalogue = world.engine.catalogue();
    let parts: Vec<_> = kinds
        .iter()
        .map(|(kind, n)| Part::new(count(*n)).with_strategy(kind.picking()))
        .collect();
    let total = kinds.iter().map(|(_, n)| n).sum();
    let request = asked.request_for(total, &catalogue, Kind::Uniform);
    let request = request.with_shortage_policy(ShortagePolicy::BestEffort);
    let request = request.with_parts(parts).unwrap();
    let explained = world.engine.explain(World::me(), &request).await.unwrap();
    let mut turns: Vec<_> = (0..kinds.len()).collect();
    turns.sort_by_key(|place| turn(&explained.parts[*place].strategy));
    let mut missing = 0;
    for place in &turns {
        let part = &explained.parts[*place];
        prop_assert_eq!(part.needed, kinds[*place].1);
        prop_assert_eq!(part.received, missing, "part {}", place);
        prop_assert_eq!(part.taken + part.missing(), part.needed + part.received);
        missing = part.missing();
    }
    let problems = explained
        .outcome
        .as_ref()
        .map(|selection| selection.problems.clone());
    let problems = problems.unwrap_or_default();
    prop_assert_eq!(problems.len(), usize::from(total - missing));
    let distinct: HashSet<_> = problems.iter().collect();
    prop_assert_eq!(distinct.len(), problems.len(), "two parts have one problem");
    let last = &explained.parts[*turns.last().unwrap()].strategy;
    if missing > 0 && turn(last) >= 2 {
        let eligible = world.facts.eligible(&catalogue, &request, world.now());
        let mut left = eligible.into_iter().filter(|id| !problems.contains(id));
        let fits = left.find(|id| !is_capped(&catalogue, &request, &problems, *id));
        prop_assert_eq!(fits, None, "{} are missing", missing);
    }
    check_strict_parts(&world, &request, &explained, &turns).await
}

async fn check_strict_parts(
    world: &World,
    request: &SelectionRequest,
    explained: &Explanation,
    turns: &[usize],
) -> Checked {
    let strict = request.clone().with_shortage_policy(ShortagePolicy::Strict);
    let outcome = world.engine.select(World::me(), &strict).await;
    let short = turns
        .iter()
        .find(|place| explained.parts[**place].missing() > 0);
    match (short, outcome) {
        (None, Ok(selection)) => {
            let lenient = explained.outcome.as_ref().unwrap();
            prop_assert_eq!(&selection.problems, &lenient.problems);
        }
        (
            Some(place),
            Err(Error::Refused(Refusal::Selection(SelectionError::PartUnfilled {
                part,
                asked,
                available,
                ..
            }))),
        ) => {
            let short = &explained.parts[*place];
            prop_assert_eq!(usize::from(part), *place);
            prop_assert_eq!(asked, short.needed + short.received);
            prop_assert_eq!(available, short.taken);
        }
        // Nothing was found before the part with too few.
        (
            Some(place),
            Err(Error::Refused(Refusal::Selection(SelectionError::NoEligibleProblems))),
        ) => {
            let upto = turns.iter().position(|other| other == place).unwrap();
            let none = |place: &usize| explained.parts[*place].taken == 0;
            prop_assert!(turns[..=upto].iter().all(none));
        }
        (short, outcome) => prop_assert!(false, "short at {:?}: {:?}", short, outcome),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn topic_balanced_takes_from_the_topic_that_comes_first(
        scenario in scenario(60),
        asked in asked(),
    ) {
        run(check_topic_balanced(&scenario, &asked))?;
    }

    #[test]
    fn a_strategy_of_the_hosts_own_chooses_among_everything_eligible(
        scenario in scenario(60),
        asked in asked(),
    ) {
        run(check_custom(&scenario, &asked))?;
    }

    #[test]
    fn reviews_are_of_due_problems_the_most_urgent_first(
        scenario in scenario(30),
        asked in asked(),
        retention in 50..99_u8,
    ) {
        run(check_review(&scenario, &asked, retention))?;
    }

    #[test]
    fn i12_missing_problems_of_a_part_are_asked_of_the_next(
        scenario in scenario(40),
        asked in asked(),
        kinds in vec((Kind::any(), 1..6_u16), 1..5),
    ) {
        run(check_parts(&scenario, &asked, &kinds))?;
    }
}
