//! Publishing catalogues, while others read, write and publish.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contest_core::catalogue::Revision;
use contest_core::conformance::{Fault, Faults, Gate};
use contest_core::model::{PerDifficulty, Rating};
use contest_core::prelude::*;
use contest_core::rules::{Publication, PublicationCounts, PublishOptions};
use contest_core::store::{Intercepted, StoreCall};
use futures::FutureExt;

use crate::scene::Scene;
use crate::support::*;

/// Two processes over an empty store.
async fn empty() -> [Engine; 2] {
    let store = MemoryStore::new();
    let one = process(store.clone(), clock(), 1).await;
    [one, process(store, clock(), 1_000).await]
}

/// Publishes a catalogue, and checks that both processes show it afterwards.
async fn ensure_published(engines: &[Engine; 2], published: &Catalogue, revision: u64) {
    publish(&engines[0], published).await;
    for engine in engines {
        let loaded = engine.reload_catalogue().await.unwrap();
        assert_eq!(loaded.problems(), published.problems());
        assert_eq!(loaded.revision().number, revision);
    }
}

/// The four counts: added, changed, retired and restored.
fn counts(publication: &Publication) -> [u64; 4] {
    let PublicationCounts {
        added,
        changed,
        retired,
        restored,
        ..
    } = publication.counts;
    [added, changed, retired, restored]
}

#[tokio::test]
async fn catalogue_is_empty_before_the_first_publication() {
    let engines = empty().await;
    for engine in &engines {
        let loaded = engine.catalogue();
        assert_eq!((loaded.revision().number, loaded.problems().len()), (0, 0));
    }
    let nothing = publish(&engines[0], &Catalogue::default()).await;
    assert_eq!((counts(&nothing), nothing.commit), ([0; 4], None));
    assert_eq!(engines[0].catalogue().revision().number, 0);
}

#[tokio::test]
async fn catalogue_reads_back_as_published() {
    let bare = Problem::new("a", "A", Difficulty::Medium).unwrap();
    let problems = [
        odd(),
        long(),
        bare,
        problem(7).with_retired(true),
        problem(1),
    ];
    let published = Catalogue::new(problems).unwrap();
    ensure_published(&empty().await, &published, 1).await;
}

/// A problem with unusual values in each field.
fn odd() -> Problem {
    let title = "Drei gewinnt – 三数之和 🏆 'quoted' \"twice\" \\ %";
    let topics = ["Zebra", "Heap / Priority Queue", "äöü", "apple", "{a,b}"];
    Problem::new("3sum", title, Difficulty::Hard)
        .unwrap()
        .with_id(ProblemId::from_uuid(uuid::Uuid::from_u128(3)))
        .with_topics(topics.map(|topic| Topic::new(topic).unwrap()))
        .with_link("https://example.com/3sum?a=1&b=%20#x")
        .unwrap()
        .with_position(u32::MAX)
        .with_rating(Rating::MAX)
}

/// A problem with the longest values in each field.
fn long() -> Problem {
    let topics = (10..30).map(|n| Topic::new(format!("{n}{}", "ü".repeat(98))).unwrap());
    Problem::new("a".repeat(200), "ü".repeat(500), Difficulty::Easy)
        .unwrap()
        .with_topics(topics)
        .with_rating(Rating::MIN)
}

#[tokio::test]
async fn catalogue_revision_grows_with_changes_only() {
    let engines = empty().await;
    let catalogue = numbered(6);
    let retitled = changed(&catalogue, |problem| titled(problem, "Another title"));
    let rated = changed(&catalogue, |problem| problem.with_rating(Rating::MIN));
    let steps = [
        (&catalogue, 1, [6, 0, 0, 0]),
        (&catalogue, 1, [0; 4]),
        (&retitled, 2, [0, 6, 0, 0]),
        (&retitled, 2, [0; 4]),
        (&catalogue, 3, [0, 6, 0, 0]),
        (&rated, 4, [0, 6, 0, 0]),
        (&rated, 4, [0; 4]),
        (&catalogue, 5, [0, 6, 0, 0]),
    ];
    for (number, (published, revision, expected)) in steps.into_iter().enumerate() {
        let engine = &engines[number % 2];
        let planned = engine.plan_publication(published).await.unwrap();
        let done = publish(engine, published).await;
        assert_eq!([counts(&planned), counts(&done)], [expected; 2]);
        assert_eq!(done.commit.is_some(), expected != [0; 4]);
        assert_eq!(engine.catalogue().revision().number, revision);
    }
    let problem = catalogue.problems()[0].id;
    engines[0].record_solve(ALICE, problem).await.unwrap();
    engines[0].create_contest(ALICE, &request(2)).await.unwrap();
    assert_eq!(
        engines[1]
            .reload_catalogue()
            .await
            .unwrap()
            .revision()
            .number,
        5
    );
}

fn titled(mut problem: Problem, title: &str) -> Problem {
    title.clone_into(&mut problem.title);
    problem
}

#[tokio::test]
async fn catalogue_retires_problems_a_publication_lacks() {
    let engines = empty().await;
    let (all, fewer) = (numbered(6), numbered(4));
    let retired = changed(&all, |problem| {
        let gone = problem.position >= 4;
        problem.with_retired(gone)
    });
    ensure_published(&engines, &all, 1).await;
    for expected in [[0, 0, 2, 0], [0; 4]] {
        let done = publish(&engines[0], &fewer).await;
        assert_eq!(counts(&done), expected);
        let loaded = engines[1].reload_catalogue().await.unwrap();
        assert_eq!(loaded.problems(), retired.problems());
        assert_eq!(loaded.revision().number, 2);
    }
    let planned = engines[0].plan_publication(&all).await.unwrap();
    assert_eq!(counts(&planned), [0, 0, 0, 2]);
    ensure_published(&engines, &all, 3).await;
}

/// A plan publishes nothing.
#[tokio::test]
async fn planning_a_publication_publishes_nothing() {
    let engines = empty().await;
    publish(&engines[0], &numbered(6)).await;
    let before = engines[0].catalogue();
    // One added, one changed, one retired, and the others unchanged.
    let next = changed(&numbered(7), |problem| match problem.position {
        1 => titled(problem, "Another title"),
        2 => problem.with_retired(true),
        _ => problem,
    });
    let planned = engines[1].plan_publication(&next).await.unwrap();
    assert_eq!(counts(&planned), [1, 1, 1, 0]);
    let commit = planned.commit.unwrap();
    assert_eq!(commit.problems.len(), 3, "others stay as they are");
    let after = engines[1].reload_catalogue().await.unwrap();
    assert_eq!(after.revision(), before.revision());
    let done = publish(&engines[0], &next).await;
    assert_eq!(done.counts, planned.counts);
}

#[tokio::test]
async fn catalogue_takes_over_every_field() {
    let engines = empty().await;
    let plain = numbered(6);
    let odd = changed(&plain, |problem| {
        let mut odd = titled(problem, "Something else");
        odd.difficulty = match odd.difficulty {
            Difficulty::Easy => Difficulty::Medium,
            Difficulty::Medium => Difficulty::Hard,
            Difficulty::Hard => Difficulty::Easy,
        };
        odd.topics.reverse();
        odd.links = vec!["https://example.com/".to_owned()];
        odd.position = 100 - odd.position;
        odd.with_rating(Rating::MAX).with_retired(true)
    });
    let bare = changed(&plain, |problem| problem.with_topics([]));
    ensure_published(&engines, &plain, 1).await;
    ensure_published(&engines, &odd, 2).await;
    ensure_published(&engines, &bare, 3).await;
    ensure_published(&engines, &plain, 4).await;
}

fn renamed(mut problem: Problem, slug: &str) -> Problem {
    problem.slug = Slug::new(slug).unwrap();
    problem
}

#[tokio::test]
async fn catalogue_lets_problems_trade_slugs() {
    let engines = empty().await;
    // 0 and 1 swap; 2 takes a new slug and 3 takes 2's.
    let names = ["problem-1", "problem-0", "new", "problem-2", "problem-4"];
    let problems = (0..5).zip(names);
    let traded = problems.map(|(number, name)| renamed(problem(number), name));
    ensure_published(&engines, &numbered(5), 1).await;
    ensure_published(&engines, &Catalogue::new(traded).unwrap(), 2).await;
    ensure_published(&engines, &numbered(5), 3).await;
}

#[tokio::test]
async fn catalogue_keeps_slugs_of_problems_a_publication_lacks() {
    let engines = empty().await;
    let stored = changed(&numbered(6), |problem| {
        let gone = problem.position == 4;
        problem.with_retired(gone)
    });
    ensure_published(&engines, &stored, 1).await;
    for number in 4..6 {
        let owner = ids(&stored)[number as usize];
        // A new problem uses a slug whose owner is missing, together with valid changes.
        let newcomer = ProblemId::from_uuid(uuid::Uuid::from_u128(99));
        let newcomer = problem(number).with_id(newcomer);
        let retitled = titled(problem(0), "Another title");
        let next = Catalogue::new([newcomer, problem(8), retitled]).unwrap();
        let expected = Refusal::SlugTaken {
            slug: Slug::new(format!("problem-{number}")).unwrap(),
            stored: owner,
        };
        let refused = refusal(engines[0].publish_catalogue(&next).await);
        assert_eq!(refused, expected);
        assert_eq!(refusal(engines[0].plan_publication(&next).await), expected);
        let loaded = engines[1].reload_catalogue().await.unwrap();
        assert_eq!(loaded.problems(), stored.problems());
        assert_eq!(loaded.revision().number, 1);
    }
}

/// Half a file retires half the problems, whose solves no longer count.
#[tokio::test]
async fn a_publication_that_retires_more_than_a_tenth_is_refused_unless_the_caller_says_so() {
    for (problems, kept, allowed) in [
        (100, 90, true),
        (100, 89, false),
        (100, 2, false),
        (9, 8, false),
        (10, 9, true),
        (10, 0, false),
    ] {
        let [engine, other] = empty().await;
        publish(&engine, &numbered(problems)).await;
        let fewer = numbered(kept);
        let planned = engine.plan_publication(&fewer).await.unwrap();
        let retired = u64::from(problems - kept);
        assert_eq!(counts(&planned), [0, 0, retired, 0]);
        assert_eq!(planned.in_use_before, u64::from(problems));
        let published = engine.publish_catalogue(&fewer).await;
        if allowed {
            assert_eq!(counts(&published.unwrap()), [0, 0, retired, 0]);
            continue;
        }
        let in_use = u64::from(problems);
        let expected = Refusal::TooManyRetired { retired, in_use };
        assert_eq!(refusal(published), expected);
        let unchanged = other.reload_catalogue().await.unwrap();
        assert_eq!(unchanged.revision().number, 1);
        let options = PublishOptions::default().with_any_number_retired();
        let published = engine.publish_catalogue_with(&fewer, options).await;
        assert_eq!(counts(&published.unwrap()), [0, 0, retired, 0]);
        // Retired problems retire no second time, and do not count as in use.
        publish(&engine, &fewer).await;
    }
}

#[tokio::test]
async fn a_new_problem_with_a_link_or_the_title_of_a_retired_one_is_pointed_out() {
    let [engine, _other] = empty().await;
    let link = "https://example.com/problems/7";
    let before = changed(&numbered(40), |problem| match problem.position {
        7 => problem.with_link(link).unwrap(),
        8 => titled(problem, "The eighth"),
        _ => problem,
    });
    publish(&engine, &before).await;
    let slugs = ["by-link", "by-title", "of-another"];
    let [by_link, by_title, of_another] =
        slugs.map(|slug| Problem::new(slug, slug, Difficulty::Easy).unwrap());
    let kept = before
        .problems()
        .iter()
        .map(|problem| Problem::clone(problem));
    let kept = kept.filter(|problem| !(7..10).contains(&problem.position));
    let new = [
        by_link.with_link(link).unwrap(),
        titled(by_title, "The eighth"),
        titled(of_another, "Another title"),
    ];
    let published = publish(&engine, &Catalogue::new(kept.chain(new)).unwrap()).await;
    assert_eq!(counts(&published), [3, 0, 3, 0]);
    let renamed = published.renamed.iter().map(|renamed| {
        let [from, to] = [&renamed.from, &renamed.to].map(Slug::as_str);
        (renamed.id, from, to)
    });
    let [seven, eight] = [7, 8].map(|at| ids(&before)[at]);
    assert_eq!(
        renamed.collect::<Vec<_>>(),
        [
            (seven, "problem-7", "by-link"),
            (eight, "problem-8", "by-title")
        ]
    );
    // With the id of the old problem, it is one changed problem.
    let renamed = changed(&before, |problem| match problem.position {
        7 => Problem::new("by-link", "T", Difficulty::Easy)
            .unwrap()
            .with_id(problem.id),
        _ => problem,
    });
    let [engine, _other] = empty().await;
    publish(&engine, &before).await;
    let published = publish(&engine, &renamed).await;
    assert_eq!(
        (counts(&published), published.renamed),
        ([0, 1, 0, 0], vec![])
    );
}

#[tokio::test]
async fn catalogue_may_have_thousands_of_problems() {
    let engines = empty().await;
    let many = numbered(2_000);
    ensure_published(&engines, &many, 1).await;
    let half = changed(&many, |problem| {
        let odd = problem.position % 2 == 1;
        problem.with_retired(odd)
    });
    ensure_published(&engines, &half, 2).await;
    let solves: Vec<_> = ids(&many)
        .iter()
        .map(|id| NewSolve::new(*id, START))
        .collect();
    let recorded = engines[1].record_solves(ALICE, &solves).await.unwrap();
    assert_eq!(recorded.recorded, 2_000);
    let progress = engines[1].progress(ALICE).await.unwrap();
    assert_eq!(progress.overall().solved, 1_000);
}

/// How often two catalogues alternate while others read.
const TURNS: usize = 20;

/// Steps that publish two catalogues alternately.
fn turns(
    engine: &Engine,
    catalogues: [Catalogue; 2],
) -> Vec<impl Future<Output = ()> + Send + use<>> {
    let turns = catalogues.into_iter().cycle().take(TURNS);
    let publication = |published: Catalogue| {
        let engine = engine.clone();
        async move { drop(publish(&engine, &published).await) }
    };
    turns.map(publication).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn catalogue_is_loaded_of_one_revision() {
    let [engine, other] = empty().await;
    publish(&engine, &numbered(60)).await;
    let [one, two] = ["One", "Two"].map(|title| changed(&numbered(60), |p| titled(p, title)));
    publish(&engine, &two).await;
    while_doing(turns(&engine, [one, two]), async || {
        let loaded = other.reload_catalogue().await.unwrap();
        let titles: BTreeSet<_> = loaded.problems().iter().map(|p| p.title.as_str()).collect();
        // Revision 2 has title two, revision 3 has one, and so on.
        let expected = ["Two", "One"][(loaded.revision().number % 2) as usize];
        assert_eq!(titles, [expected].into());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn catalogue_publications_that_race_come_one_after_the_other() {
    const PUBLISHERS: u32 = 8;
    let store = MemoryStore::with_catalogue(numbered(4));
    let (mut engines, mut own) = (Vec::new(), Vec::new());
    for number in 0..PUBLISHERS {
        let seed = u64::from(number + 1) * 1_000;
        engines.push(process(store.clone(), clock(), seed).await);
        let problems = (number..number + 20).map(problem);
        let title = format!("By {number}");
        own.push(Catalogue::new(problems.map(|problem| titled(problem, &title))).unwrap());
    }
    let published = race(engines.len(), |number| {
        let (engine, own) = (engines[number].clone(), own[number].clone());
        async move { publish(&engine, &own).await.commit.unwrap().revision }
    });
    let published = published.await;
    let numbers: BTreeSet<_> = published.iter().map(|revision| revision.number).collect();
    let last = u64::from(PUBLISHERS) + 1;
    assert_eq!(numbers, (2..=last).collect());
    let loaded = engines[0].reload_catalogue().await.unwrap();
    assert_eq!(loaded.revision().number, last);
    let winner = published
        .iter()
        .position(|revision| revision.number == last);
    let in_use = loaded.problems().iter().filter(|problem| !problem.retired);
    let in_use: Vec<_> = in_use.cloned().collect();
    assert_eq!(in_use, own[winner.unwrap()].problems());
}

/// If two publishers plan on one revision, the later one plans again on the earlier one's result: its
/// catalogue is stored as a whole, and ordinals are assigned once.
#[tokio::test]
async fn two_publishers_never_undo_each_other() {
    let [one, other] = empty().await;
    publish(&one, &numbered(6)).await;
    // The other process has seen nothing of it.
    assert_eq!(other.catalogue().revision().number, 0);
    let done = publish(&other, &numbered(9)).await;
    assert_eq!(counts(&done), [3, 0, 0, 0]);
    let done = publish(&one, &numbered(12)).await;
    assert_eq!(counts(&done), [3, 0, 0, 0]);
    let loaded = other.reload_catalogue().await.unwrap();
    let ordinals: BTreeMap<_, _> = loaded
        .stored_problems()
        .map(|stored| (stored.ordinal, stored.problem.id))
        .collect();
    assert_eq!(ordinals.len(), 12);
    let first: BTreeSet<_> = ids(&numbered(6)).into_iter().collect();
    let kept: BTreeSet<_> = ordinals.values().take(6).copied().collect();
    assert_eq!(kept, first, "ordinals are never given anew");
}

/// The catalogue with one of its problems made hard, and the one with it retired.
fn moved_and_retired(catalogue: &Catalogue, problem: ProblemId) -> [Catalogue; 2] {
    let hard = changed(catalogue, |mut other| {
        if other.id == problem {
            other.difficulty = Difficulty::Hard;
        }
        other
    });
    [hard, without(catalogue, problem)]
}

async fn solved_by_difficulty(engine: &Engine) -> PerDifficulty<u64> {
    let progress = engine.progress(ALICE).await.unwrap();
    progress.by_difficulty.map(|tally| tally.solved)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i8_a_problem_changes_difficulty_in_one_step() {
    let scene = Scene::with(6).await;
    let [easy] = scene.first();
    let [moved, retired] = moved_and_retired(&scene.catalogue, easy);
    scene.record(ALICE, START, &scene.problems).await;
    let (engine, there) = (scene.engine(0), scene.engine(1));
    let steps = [
        (moved, PerDifficulty::new(1, 2, 3)),
        (retired, PerDifficulty::new(1, 2, 2)),
    ];
    for (published, counts) in steps {
        let before = solved_by_difficulty(&there).await;
        let turns = turns(&engine, [published.clone(), scene.catalogue.clone()]);
        while_doing(turns, async || {
            there.reload_catalogue().await.unwrap();
            let seen = solved_by_difficulty(&there).await;
            assert!(seen == before || seen == counts, "{seen:?}");
        })
        .await;
        scene.publish(&published).await;
        there.reload_catalogue().await.unwrap();
        assert_eq!(solved_by_difficulty(&there).await, counts);
        scene.audit(ALICE, START).await;
        scene.publish(&scene.catalogue).await;
        there.reload_catalogue().await.unwrap();
        assert_eq!(solved_by_difficulty(&there).await, before);
    }
}

/// All problems are solved, so that the totals of a catalogue are the user's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i8_counts_are_of_the_revision_that_loads() {
    let scene = Scene::with(6).await;
    let [easy] = scene.first();
    let catalogues = moved_and_retired(&scene.catalogue, easy);
    scene.record(ALICE, START, &scene.problems).await;
    let there = scene.engine(1);
    while_doing(turns(&scene.engine(0), catalogues), async || {
        let before = there.reload_catalogue().await.unwrap();
        let progress = there.progress(ALICE).await.unwrap();
        assert_eq!(
            progress.by_difficulty.map(|tally| tally.solved),
            before.totals()
        );
        let topics = progress.by_topic.values();
        assert!(topics.into_iter().all(|tally| tally.solved == tally.total));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i8_solves_that_race_a_publication_are_counted() {
    const SOLVERS: usize = 12;
    let scene = Arc::new(Scene::with(12).await);
    let rotated = changed(&scene.catalogue, |mut problem| {
        problem.difficulty = match problem.difficulty {
            Difficulty::Easy => Difficulty::Hard,
            Difficulty::Medium => Difficulty::Easy,
            Difficulty::Hard => Difficulty::Medium,
        };
        let gone = problem.position >= 6;
        problem.with_retired(gone)
    });
    for round in 0..6 {
        let published = [&scene.catalogue, &rotated][round % 2];
        let done = race(SOLVERS + 1, |number| {
            let (scene, published) = (Arc::clone(&scene), published.clone());
            async move {
                let engine = scene.engine(number);
                if number == SOLVERS {
                    return drop(publish(&engine, &published).await);
                }
                let user = user((round * SOLVERS + number) as u128);
                let contest = engine.create_contest(user, &request(1)).await.unwrap();
                let (contest, marked) =
                    (contest.contest.id, contest.contest.problems[0].problem.id);
                engine.mark_solved(user, contest, marked).await.unwrap();
                let recorded = scene.problems[number];
                engine.record_solve(user, recorded).await.unwrap();
            }
        });
        done.await;
        for number in 0..SOLVERS {
            let user = user((round * SOLVERS + number) as u128);
            assert_eq!(scene.audit(user, START).await.log.len(), 2);
        }
    }
}

/// A process can follow from any revision, even one of a history that a restore has replaced.
#[tokio::test]
async fn a_process_follows_from_any_revision() {
    let [one, other] = empty().await;
    for size in [3, 9, 6, 12] {
        publish(&one, &numbered(size)).await;
        assert_ne!(one.catalogue().revision(), Revision::default());
        let followed = other.reload_catalogue().await.unwrap();
        assert_eq!(followed.problems(), one.catalogue().problems());
    }
}

/// A reload that began before a publication does not have it.
#[tokio::test]
async fn a_publication_is_seen_by_its_engine_though_an_older_reload_is_under_way() {
    let faults = Faults::default();
    let engine = engine(Intercepted::new(MemoryStore::new(), faults.clone())).await;
    let [committing, loaded] = [Gate::new(), Gate::new()];
    let hold = Fault::HoldBefore(committing.clone());
    faults.on_next(StoreCall::CommitPublication, hold);
    // After the load at the beginning of the publication.
    let hold = Fault::HoldAfter(loaded.clone());
    faults.on_nth(StoreCall::LoadCatalogue, 1, hold);

    let catalogue = numbered(3);
    let mut publishing = Box::pin(engine.publish_catalogue(&catalogue));
    assert!((&mut publishing).now_or_never().is_none());
    committing.reached().await;
    let mut reloading = Box::pin(engine.reload_catalogue());
    assert!((&mut reloading).now_or_never().is_none());
    loaded.reached().await;
    committing.open();
    assert!(
        (&mut publishing).now_or_never().is_none(),
        "it joins the reload"
    );
    loaded.open();
    publishing.await.unwrap();
    assert_eq!(engine.catalogue().problems(), catalogue.problems());
    reloading.await.unwrap();
    assert_eq!(engine.catalogue().problems(), catalogue.problems());
}
