//! Selection: invariants 9 to 13.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use contest_core::model::PerDifficulty;
use contest_core::prelude::*;
use contest_core::select::{Facts, Input, Selection, SelectionError};
use contest_core::user::UserRecord;
use proptest::prelude::*;
use proptest::strategy::Strategy;

use crate::support::{START, catalogue, count};

/// The facts of a user who has solved these problems.
fn facts(catalogue: &Catalogue, is_solved: impl Fn(ProblemId) -> bool) -> Facts {
    let problems = catalogue.problems().iter().map(|problem| problem.id);
    let solved = problems.filter(|id| is_solved(*id));
    let mut record = UserRecord::new();
    record.solved = solved.filter_map(|id| catalogue.ordinal(id)).collect();
    Facts::of(Some(&record), catalogue)
}

fn select(
    catalogue: &Catalogue,
    request: &SelectionRequest,
    seed: Seed,
    facts: &Facts,
) -> Result<Selection, SelectionError> {
    let input = Input::new(catalogue, request, seed, START);
    contest_core::select::select(&input, facts)
}

#[test]
fn i9_the_order_of_the_list_does_not_change_the_selection() {
    let forward = catalogue([20, 20, 20]);
    let backward = forward.problems().iter().rev().zip(0..);
    let backward = backward.map(|(problem, n)| problem.as_ref().clone().with_position(n));
    let backward = Catalogue::new(backward).unwrap();
    assert_eq!(forward.fingerprint(), backward.fingerprint());
    let request = SelectionRequest::new(count(12));
    let new = Facts::default();
    for seed in 0..50 {
        let first = select(&forward, &request, Seed(seed), &new).unwrap();
        let second = select(&backward, &request, Seed(seed), &new).unwrap();
        assert_eq!(first, second, "seed {seed}");
    }
}

/// Pearson's statistic against equal frequencies.
fn chi_square(observed: impl ExactSizeIterator<Item = u64> + Clone) -> f64 {
    let cells = observed.len() as f64;
    let expected = observed.clone().sum::<u64>() as f64 / cells;
    observed
        .map(|n| (n as f64 - expected).powi(2) / expected)
        .sum()
}

/// 100,000 selections of five medium problems out of 101, of which 20 are solved. At each place of the
/// selection each of the 81 unsolved ones must be equally likely. The statistic has 80 degrees of
/// freedom; 0.1 % of fair generators exceed 124.84 at a given place. Seeds are fixed.
#[test]
fn i10_every_eligible_problem_is_equally_likely_at_every_place() {
    let catalogue = Catalogue::neetcode150();
    let mediums = catalogue
        .problems()
        .iter()
        .filter(|p| p.difficulty == Difficulty::Medium);
    let solved: HashSet<_> = mediums.map(|p| p.id).take(20).collect();
    let facts = facts(&catalogue, |id| solved.contains(&id));
    let request = SelectionRequest::new(count(5)).with_mix(Mix::only(Difficulty::Medium));
    let mut seen = vec![BTreeMap::<ProblemId, u64>::new(); 5];
    for seed in 0..100_000 {
        let selection = select(&catalogue, &request, Seed(seed), &facts).unwrap();
        for (place, problem) in seen.iter_mut().zip(selection.problems) {
            *place.entry(problem).or_default() += 1;
        }
    }
    for (place, frequencies) in seen.iter().enumerate() {
        assert_eq!(
            frequencies.len(),
            81,
            "some problem is never selected at place {place}"
        );
        let statistic = chi_square(frequencies.values().copied());
        assert!(
            statistic < 124.84,
            "place {place}: chi-square is {statistic}"
        );
    }
}

/// The table in the documentation of [`Mix`].
#[test]
fn i11_the_default_quotas_for_1_to_20_are_the_documented_ones() {
    let documented = [
        [0, 1, 0],
        [1, 1, 0],
        [1, 1, 1],
        [1, 2, 1],
        [2, 2, 1],
        [2, 2, 2],
        [2, 3, 2],
        [3, 3, 2],
        [3, 3, 3],
        [3, 4, 3],
        [3, 5, 3],
        [4, 5, 3],
        [4, 5, 4],
        [4, 6, 4],
        [5, 6, 4],
        [5, 6, 5],
        [5, 7, 5],
        [6, 7, 5],
        [6, 7, 6],
        [6, 8, 6],
    ];
    for (n, [easy, medium, hard]) in (1..).zip(documented) {
        let quota = Mix::default().quota(count(n));
        assert_eq!(
            quota,
            PerDifficulty::new(easy, medium, hard),
            "quota of {n}"
        );
        let least = [easy, medium, hard].into_iter().min();
        assert!(n < 3 || least >= Some(1), "at least one of each from 3 up");
        let row = format!("{n} | {easy} | {medium} | {hard} |");
        assert!(MIX_SOURCE.contains(&row), "the table lacks `{row}`");
    }
}

const MIX_SOURCE: &str = include_str!("../../src/select/mix.rs");

proptest! {
    #[test]
    fn i11_quotas_sum_to_the_count_and_never_lose_by_one_more(
        weights in any::<[u32; 3]>().prop_filter("a weight", |w| w.iter().any(|&w| w > 0)),
        small in any::<bool>(),
    ) {
        // Small weights tie often; large ones nearly overflow.
        let [easy, medium, hard] = if small { weights.map(|w| w % 7) } else { weights };
        prop_assume!(easy + medium.min(1) + hard.min(1) > 0 || !small);
        let Ok(mix) = Mix::new(easy, medium, hard) else { return Ok(()) };
        let mut before = PerDifficulty::new(0, 0, 0);
        for n in 1..=1_000 {
            let quota = mix.quota(count(n));
            prop_assert_eq!(quota.easy + quota.medium + quota.hard, n);
            for difficulty in Difficulty::ALL {
                prop_assert!(quota[difficulty] >= before[difficulty], "{:?} at {}", difficulty, n);
                prop_assert!(mix.weights()[difficulty] > 0 || quota[difficulty] == 0);
            }
            before = quota;
        }
    }
}

/// A random situation: a catalogue, its retired and solved problems, and a request.
#[derive(Debug)]
struct Situation {
    catalogue: Catalogue,
    solved: HashSet<ProblemId>,
    request: SelectionRequest,
    seed: Seed,
}

fn situation() -> impl Strategy<Value = Situation> {
    let sizes = [0..60_usize, 0..60, 0..60];
    let flags = proptest::collection::vec(0..12_u8, 180);
    let topics = proptest::collection::vec(0..4_usize, 0..3);
    let weights = [0..4_u32, 0..4, 1..4];
    (
        sizes,
        flags,
        topics,
        weights,
        1..80_u16,
        any::<bool>(),
        any::<u64>(),
    )
        .prop_map(
            |(sizes, flags, topics, [easy, medium, hard], n, strict, seed)| {
                let plain = catalogue(sizes);
                let problems = plain.problems().iter().zip(&flags);
                let retire = |(p, flag): (&_, &u8)| Problem::clone(p).with_retired(*flag == 0);
                let catalogue =
                    Catalogue::new(problems.map(|(p, flag)| retire((&**p, flag)))).unwrap();
                let flagged = |range: std::ops::Range<u8>| {
                    let pairs = plain.problems().iter().zip(&flags);
                    pairs
                        .filter(move |(_, flag)| range.contains(flag))
                        .map(|(p, _)| p.id)
                };
                let known: Vec<_> = catalogue.topics().map(|(topic, _)| topic.clone()).collect();
                let topics = topics.into_iter().filter_map(|n| known.get(n).cloned());
                let policy = if strict {
                    ShortagePolicy::Strict
                } else {
                    ShortagePolicy::BestEffort
                };
                let request = SelectionRequest::new(count(n))
                    .with_mix(Mix::new(easy, medium, hard).unwrap())
                    .with_topics(topics)
                    .with_excluded(flagged(1..3))
                    .with_shortage_policy(policy);
                Situation {
                    solved: flagged(3..9).collect(),
                    catalogue,
                    request,
                    seed: Seed(seed),
                }
            },
        )
}

impl Situation {
    /// The problems a selection may give, by exhaustive search.
    fn eligible(&self, difficulty: Difficulty) -> BTreeSet<ProblemId> {
        let topics = self.request.topics();
        let fits = |p: &Problem| {
            let topic = topics.is_empty() || p.topics.iter().any(|topic| topics.contains(topic));
            let barred = self.request.excluded().contains(&p.id) || self.solved.contains(&p.id);
            p.difficulty == difficulty && !p.retired && topic && !barred
        };
        self.catalogue
            .problems()
            .iter()
            .filter(|p| fits(p))
            .map(|p| p.id)
            .collect()
    }

    fn select(&self) -> Result<Selection, SelectionError> {
        let facts = facts(&self.catalogue, |id| self.solved.contains(&id));
        select(&self.catalogue, &self.request, self.seed, &facts)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn i10_i12_i13_a_selection_is_as_full_as_can_be_of_eligible_problems_in_order(
        situation in situation(),
    ) {
        let eligible = PerDifficulty::from_fn(|d| situation.eligible(d));
        let left = eligible.as_ref().map(BTreeSet::len);
        let total = left.easy + left.medium + left.hard;
        let asked = usize::from(situation.request.count().get());
        let strict = situation.request.shortage_policy() == ShortagePolicy::Strict;
        match situation.select() {
            Err(SelectionError::NoEligibleProblems) => prop_assert_eq!(total, 0),
            Err(SelectionError::NotEnoughProblems { asked: n, available }) => {
                prop_assert!(strict && total > 0 && total < asked);
                prop_assert_eq!(usize::from(n), asked);
                prop_assert_eq!(available.map(usize::from), left);
            }
            Err(error) => prop_assert!(false, "{}", error),
            Ok(selection) => {
                prop_assert_eq!(selection.problems.len(), asked.min(total));
                prop_assert!(!strict || total >= asked);
                let shortfall = usize::from(selection.record.shortfall());
                prop_assert_eq!(shortfall, asked.saturating_sub(total));
                let distinct: BTreeSet<_> = selection.problems.iter().collect();
                prop_assert_eq!(distinct.len(), selection.problems.len(), "a problem repeats");
                let difficulty = |id| situation.catalogue.get(id).unwrap().difficulty;
                let order: Vec<_> =
                    selection.problems.iter().map(|id| difficulty(*id)).collect();
                prop_assert!(order.is_sorted(), "not easy to hard: {:?}", order);
                for d in Difficulty::ALL {
                    let taken = selection.problems.iter().filter(|id| difficulty(**id) == d);
                    let taken: Vec<_> = taken.collect();
                    prop_assert!(taken.iter().all(|id| eligible[d].contains(id)), "not eligible");
                    prop_assert_eq!(taken.len(), usize::from(selection.record.taken[d]));
                    let promised = usize::from(selection.record.quota[d]).min(left[d]);
                    prop_assert!(taken.len() >= promised, "less than its quota of {}", d);
                }
                prop_assert_eq!(situation.select().unwrap(), selection, "not reproducible");
            }
        }
    }
}

#[test]
fn i12_a_user_who_has_solved_nearly_everything_gets_the_last_ones() {
    let catalogue = catalogue([5_000, 20_000, 5_000]);
    let left: HashSet<_> = catalogue
        .problems()
        .iter()
        .step_by(9_973)
        .map(|p| p.id)
        .collect();
    let request = SelectionRequest::new(count(20));
    let facts = facts(&catalogue, |id| !left.contains(&id));
    let selection = select(&catalogue, &request, Seed(5), &facts).unwrap();
    assert_eq!(selection.problems.into_iter().collect::<HashSet<_>>(), left);
}

#[test]
fn i12_nothing_eligible_is_an_error_in_both_modes() {
    let catalogue = catalogue([3, 3, 3]);
    let (all, new) = (facts(&catalogue, |_| true), Facts::default());
    for policy in [ShortagePolicy::BestEffort, ShortagePolicy::Strict] {
        let request = SelectionRequest::new(count(1)).with_shortage_policy(policy);
        let outcome = select(&catalogue, &request, Seed(1), &all);
        assert_eq!(outcome, Err(SelectionError::NoEligibleProblems));
    }
    let nowhere = SelectionRequest::new(count(1)).with_topics([Topic::new("zz").unwrap()]);
    let outcome = select(&catalogue, &nowhere, Seed(1), &new);
    assert!(
        matches!(outcome, Err(SelectionError::UnknownTopic { topic }) if topic.as_str() == "zz")
    );
    let empty = Catalogue::default();
    let outcome = select(&empty, &SelectionRequest::new(count(1)), Seed(1), &new);
    assert_eq!(outcome, Err(SelectionError::NoEligibleProblems));
}
