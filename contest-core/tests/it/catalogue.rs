//! Catalogues from outside.

use contest_core::catalogue::{Entry, Fault};
use contest_core::model::Rating;
use contest_core::prelude::*;

use crate::support::catalogue;

#[test]
fn the_same_list_in_csv_and_json_is_the_same_catalogue() {
    let csv = "slug,title,difficulty,topics,link,position,rating\n\
               two-sum,Two Sum,Easy,Arrays; Hashing ,https://example.org/two-sum https://example.com/2,2,1100\n\
               lru-cache,LRU Cache,medium,,,1,\n";
    let json = r#"[
        {"slug": "two-sum", "title": "Two Sum", "difficulty": "Easy", "position": 2,
         "topics": ["Arrays", "Hashing"], "rating": 1100,
         "link": "https://example.org/two-sum https://example.com/2"},
        {"slug": "lru-cache", "title": "LRU Cache", "difficulty": "Medium", "position": 1}
    ]"#;
    let from_csv = Catalogue::from_csv(csv.as_bytes()).unwrap();
    let from_json = Catalogue::from_json(json.as_bytes()).unwrap();
    assert_eq!(from_csv.problems(), from_json.problems());
    assert_eq!(from_csv.fingerprint(), from_json.fingerprint());
    assert_eq!(
        from_csv.problems()[1].links,
        ["https://example.org/two-sum", "https://example.com/2"]
    );
    assert_eq!(
        from_csv.problems()[0].slug.as_str(),
        "lru-cache",
        "ordered by position"
    );
}

#[test]
fn repeated_ids_and_slugs_are_named_by_entry() {
    let a = Problem::new("a", "A", Difficulty::Easy).unwrap();
    let b = Problem::new("b", "B", Difficulty::Easy)
        .unwrap()
        .with_id(a.id);
    let error = Catalogue::new([a.clone(), b, a]).unwrap_err();
    let faults: Vec<_> = error.faults().iter().map(|f| (f.entry, &f.fault)).collect();
    assert!(matches!(
        faults[..],
        [
            (
                Entry::Item(2),
                Fault::RepeatedId {
                    first: Entry::Item(1),
                    ..
                }
            ),
            (
                Entry::Item(3),
                Fault::RepeatedSlug {
                    first: Entry::Item(1),
                    ..
                }
            ),
        ]
    ));
}

#[test]
fn the_fingerprint_covers_exactly_the_data_selection_reads() {
    let base = catalogue([3, 3, 3]);
    let changed = |change: fn(Problem) -> Problem| {
        let problems = base
            .problems()
            .iter()
            .map(|p| p.as_ref().clone())
            .enumerate();
        Catalogue::new(problems.map(|(n, p)| if n == 4 { change(p) } else { p })).unwrap()
    };
    let same: [fn(Problem) -> Problem; 2] = [
        |mut p| {
            p.title = "Corrected".to_owned();
            p
        },
        |p| p.with_position(77),
    ];
    let different: [fn(Problem) -> Problem; 4] = [
        |p| p.with_rating(Rating::MIN),
        |p| p.with_retired(true),
        |p| p.with_topics([]),
        |mut p| {
            p.difficulty = Difficulty::Easy;
            p
        },
    ];
    assert!(
        same.iter()
            .all(|change| changed(*change).fingerprint() == base.fingerprint())
    );
    assert!(
        different
            .iter()
            .all(|change| changed(*change).fingerprint() != base.fingerprint())
    );
}

/// Stored contests have this digest: it must not change.
#[test]
fn the_fingerprint_of_a_catalogue_without_ratings_is_pinned() {
    let pinned = |catalogue: &Catalogue| catalogue.fingerprint().to_string();
    assert_eq!(
        pinned(&Catalogue::neetcode150()),
        "3d4dd50cc767393d20e86b460352740bc9f9fcfe1b5a169055767e8a876866f7"
    );
}

#[test]
fn problems_are_found_by_rating() {
    let rated = |n: u16, rating: Option<i16>| {
        let slug = format!("p-{n}");
        let rating = rating.map(|rating| Rating::new(rating).unwrap());
        Problem::new(&slug, &slug, Difficulty::Easy)
            .unwrap()
            .with_rating(rating)
    };
    let ratings = [Some(1_500), None, Some(0), Some(10_000), Some(1_500)];
    let retired = rated(9, Some(1_500)).with_retired(true);
    let problems = (0..).zip(ratings).map(|(n, rating)| rated(n, rating));
    let catalogue = Catalogue::new(problems.chain([retired])).unwrap();
    let found = |from, to| {
        let range = Rating::new(from).unwrap()..=Rating::new(to).unwrap();
        let found = catalogue.rated_within(&range);
        found
            .filter_map(|problem| problem.rating)
            .map(Rating::get)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(0, 10_000), [0, 1_500, 1_500, 10_000]);
    assert_eq!(found(1_500, 1_500), [1_500, 1_500]);
    assert_eq!(found(1, 1_499), [0; 0]);
    assert_eq!(found(1_501, 1_500), [0; 0], "an empty range");
    let ids: Vec<_> = catalogue
        .rated_within(&(Rating::MIN..=Rating::MAX))
        .map(|problem| (problem.rating, problem.id))
        .collect();
    assert!(ids.is_sorted(), "equal ratings by id");
}

#[test]
fn a_million_problems_are_welcome() {
    let catalogue = catalogue([300_000, 400_000, 300_000]);
    assert_eq!(catalogue.problems().len(), 1_000_000);
    let slug = Slug::new("hard-299999").unwrap();
    assert_eq!(
        catalogue.by_slug(&slug).map(|p| p.difficulty),
        Some(Difficulty::Hard)
    );
}
