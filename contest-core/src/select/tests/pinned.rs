//! The results of the first version of the algorithm and of each strategy. If a test fails, either the
//! change must not affect selection, or it needs a new version.

use crate::catalogue::Catalogue;
use crate::model::{Difficulty, Problem, Rating, Topic};
use crate::select::tests::world::{Entry, NOW, World, count, new_record};
use crate::select::{
    AlgorithmVersion, Facts, Input, Needs, Part, RatingBand, ReviewOptions, Seed, Selection,
    SelectionRequest, Slot, Strategies, Strategy, select,
};

fn slugs(catalogue: &Catalogue, selection: &Selection) -> Vec<String> {
    let slug = |id| catalogue.get(id).unwrap().slug.to_string();
    selection.problems.iter().copied().map(slug).collect()
}

/// The facts of a user who has solved these problems.
fn solved(catalogue: &Catalogue, is_solved: impl Fn(&Problem) -> bool) -> Facts {
    let mut record = new_record();
    let problems = catalogue.problems().iter().filter(|p| is_solved(p));
    record.solved = problems.filter_map(|p| catalogue.ordinal(p.id)).collect();
    Facts::of(Some(&record), catalogue)
}

#[cfg(feature = "bundled")]
#[test]
fn i9_algorithm_version_1_is_pinned() {
    assert_eq!(AlgorithmVersion::CURRENT, AlgorithmVersion(1));
    let catalogue = Catalogue::neetcode150();
    assert_eq!(catalogue.fingerprint().to_string(), GOLDEN_FINGERPRINT);
    let request = SelectionRequest::new(count(10));
    let input = |request, seed| Input::new(&catalogue, request, Seed(seed), NOW);
    let first = select(&input(&request, 42), &Facts::default()).unwrap();
    assert_eq!(slugs(&catalogue, &first), GOLDEN_FIRST);
    let after_first = solved(&catalogue, |p| first.problems.contains(&p.id));
    let second = select(&input(&request, 42), &after_first).unwrap();
    assert_eq!(slugs(&catalogue, &second), GOLDEN_SECOND);
    // A user who has solved all but a few easy problems: missing ones come from elsewhere.
    let all_but = solved(&catalogue, |p| p.difficulty > Difficulty::Easy);
    let graphs = request
        .clone()
        .with_topics([Topic::new("Trees").unwrap(), Topic::new("Stack").unwrap()]);
    let third = select(&input(&graphs, u64::MAX), &all_but).unwrap();
    assert_eq!(slugs(&catalogue, &third), GOLDEN_THIRD);
}

const GOLDEN_FINGERPRINT: &str = "3d4dd50cc767393d20e86b460352740bc9f9fcfe1b5a169055767e8a876866f7";
const GOLDEN_FIRST: [&str; 10] = [
    "invert-binary-tree",
    "plus-one",
    "binary-search",
    "daily-temperatures",
    "search-a-2d-matrix",
    "letter-combinations-of-a-phone-number",
    "binary-tree-right-side-view",
    "word-search-ii",
    "longest-increasing-path-in-a-matrix",
    "serialize-and-deserialize-binary-tree",
];
const GOLDEN_SECOND: [&str; 10] = [
    "counting-bits",
    "same-tree",
    "balanced-binary-tree",
    "hand-of-straights",
    "max-area-of-island",
    "car-fleet",
    "jump-game",
    "minimum-window-substring",
    "burst-balloons",
    "trapping-rain-water",
];
const GOLDEN_THIRD: [&str; 7] = [
    "same-tree",
    "valid-parentheses",
    "invert-binary-tree",
    "subtree-of-another-tree",
    "diameter-of-binary-tree",
    "maximum-depth-of-binary-tree",
    "balanced-binary-tree",
];

#[test]
fn i9_version_1_of_each_strategy_is_pinned() {
    let world = World::new(&fixed_entries());
    let review = Strategy::Review(ReviewOptions::default());
    let band = RatingBand::new(Rating::new(1_500).unwrap());
    let request = || SelectionRequest::new(count(5));
    let parts = vec![
        Part::new(count(4)),
        Part::new(count(1)).with_strategy(review.clone()),
    ];
    let slots = [(0, 1), (1, 2), (0, 2), (2, 2), (0, 0)]
        .map(|(easy, hard)| Slot::of_difficulty(Difficulty::ALL[easy]..=Difficulty::ALL[hard]));
    let picked = [
        request().with_strategy(Strategy::TopicBalanced),
        request().with_strategy(Strategy::LeastUsed),
        request().with_strategy(Strategy::RatingBand(band)),
        request().with_strategy(review),
        request().with_parts(parts).unwrap(),
        request().with_slots(slots.into()).unwrap(),
    ]
    .map(|request| {
        let input = Input::new(&world.catalogue, &request, Seed(42), NOW);
        let needs = Needs::of(&request, &Strategies::new());
        let selection = select(&input, &world.facts_for(needs)).unwrap();
        slugs(&world.catalogue, &selection).join(" ")
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

/// Sixty problems that differ in all properties, by a simple rule.
fn fixed_entries() -> Vec<Entry> {
    let entry = |n: usize| Entry {
        difficulty: n % 3,
        topics: u8::try_from(n * 7 % 16).unwrap(),
        rating: (!n.is_multiple_of(5)).then(|| 1_000 + i16::try_from(n * 37 % 1_000).unwrap()),
        retired: n.is_multiple_of(11),
        solved: n.is_multiple_of(4).then(|| u64::try_from(n).unwrap() + 1),
        met: (0..n % 3)
            .map(|k| (u64::try_from(k * 9 + 1).unwrap(), k == 1))
            .collect(),
        solved_by_group: false,
    };
    (0..60).map(entry).collect()
}
