//! Cases about publishing and loading the catalogue.

use uuid::Uuid;

use crate::catalogue::Catalogue;
use crate::conformance::actor::{load, publish};
use crate::conformance::failure::{During, Outcome, ensure, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{
    ALICE, START, catalogue, catalogue_of, changed, ids, problem, renamed, titled,
};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::id::ProblemId;
use crate::model::{Difficulty, Problem, Rating, Topic};
use crate::store::PublishError;

pub(super) async fn catalogue_is_empty_before_the_first_publication(
    under_test: &StoreUnderTest,
) -> Outcome {
    for store in [&under_test.store, &under_test.other] {
        let loaded = load(&**store).await?;
        let seen = (loaded.revision(), loaded.problems().len());
        ensure_eq("loading (revision, problems)", &seen, &(0, 0))?;
    }
    let revision = publish(&*under_test.store, &Catalogue::default()).await?;
    ensure_eq("publishing nothing over nothing", &revision, &0)
}

pub(super) async fn catalogue_reads_back_as_published(under_test: &StoreUnderTest) -> Outcome {
    let bare = Problem::new("a", "A", Difficulty::Medium).during("making a problem")?;
    let retired = problem(7)?.with_retired(true);
    let published = catalogue_of([odd_problem()?, long_problem()?, bare, retired, problem(1)?])?;
    ensure_published(under_test, &published, 1).await
}

/// A problem with something unusual in each field.
fn odd_problem() -> Outcome<Problem> {
    let odd = Problem::new(
        "3sum",
        "Drei gewinnt – 三数之和 🏆 'quoted' \"twice\" \\ %",
        Difficulty::Hard,
    );
    let topics = ["Zebra", "Heap / Priority Queue", "äöü", "apple", "{a,b}"].map(Topic::new);
    let topics: Result<Vec<_>, _> = topics.into_iter().collect();
    Ok(odd
        .during("making a problem")?
        .with_id(ProblemId::from_uuid(Uuid::from_u128(3)))
        .with_topics(topics.during("naming topics")?)
        .with_link("https://example.com/3sum?a=1&b=%20#x")
        .during("linking")?
        .with_position(u32::MAX)
        .with_rating(Rating::MAX))
}

/// A problem with as much as fits in each field.
fn long_problem() -> Outcome<Problem> {
    let long = Problem::new("a".repeat(200), "ü".repeat(1_000), Difficulty::Easy);
    let topics: Result<Vec<_>, _> = (10..30)
        .map(|n| Topic::new(format!("{n}{}", "ü".repeat(98))))
        .collect();
    Ok(long
        .during("making a problem")?
        .with_topics(topics.during("naming topics")?)
        .with_rating(Rating::MIN))
}

/// Publishes a catalogue, and checks that both handles show it afterwards.
async fn ensure_published(
    under_test: &StoreUnderTest,
    published: &Catalogue,
    revision: u64,
) -> Outcome {
    let returned = publish(&*under_test.store, published).await?;
    ensure_eq("publishing (revision)", &returned, &revision)?;
    for store in [&under_test.store, &under_test.other] {
        let loaded = load(&**store).await?;
        ensure_eq("loading", &loaded.problems(), &published.problems())?;
        ensure_eq("loading (revision)", &loaded.revision(), &revision)?;
    }
    Ok(())
}

pub(super) async fn catalogue_revision_grows_with_changes_only(
    under_test: &StoreUnderTest,
) -> Outcome {
    let catalogue = catalogue(6)?;
    let retitled = changed(&catalogue, |problem| titled(problem, "Another title"))?;
    let rated = changed(&catalogue, |problem| problem.with_rating(Rating::MIN))?;
    let steps = [
        ("publishing it", &catalogue, 1),
        ("publishing it again", &catalogue, 1),
        ("changing titles", &retitled, 2),
        ("publishing the change again", &retitled, 2),
        ("changing titles back", &catalogue, 3),
        ("giving ratings", &rated, 4),
        ("giving them again", &rated, 4),
        ("taking them back", &catalogue, 5),
    ];
    for (done, published, revision) in steps {
        let published = published.clone().with_revision(77);
        let returned = publish(&*under_test.other, &published).await?;
        ensure_eq(done, &returned, &revision)?;
    }
    let scene = Scene::of(under_test, catalogue).await?;
    let [a, b] = scene.first()?;
    let alice = scene.here(ALICE);
    alice.record(&[a], START).await?;
    alice.create(&scene.contest(START, &[b])?).await?;
    let revision = load(&*under_test.other).await?.revision();
    ensure_eq("solving and creating a contest (revision)", &revision, &5)
}

pub(super) async fn catalogue_retires_what_a_publication_lacks(
    under_test: &StoreUnderTest,
) -> Outcome {
    let all = catalogue(6)?;
    let missing = ids(&all).into_iter().skip(4).collect::<Vec<_>>();
    let fewer = catalogue_of((0..4).map(problem).collect::<Outcome<Vec<_>>>()?)?;
    let retired = changed(&all, |problem| {
        let gone = missing.contains(&problem.id);
        problem.with_retired(gone)
    })?;
    ensure_published(under_test, &all, 1).await?;
    for done in ["publishing four of six", "publishing the four again"] {
        let revision = publish(&*under_test.store, &fewer).await?;
        ensure_eq(format_args!("{done} (revision)"), &revision, &2)?;
        let loaded = load(&*under_test.other).await?;
        ensure_eq(done, &loaded.problems(), &retired.problems())?;
    }
    ensure_published(under_test, &all, 3).await
}

pub(super) async fn catalogue_takes_over_every_field(under_test: &StoreUnderTest) -> Outcome {
    let plain = catalogue(6)?;
    let odd = changed(&plain, |problem| {
        let mut odd = titled(problem, "Something else");
        odd.difficulty = match odd.difficulty {
            Difficulty::Easy => Difficulty::Medium,
            Difficulty::Medium => Difficulty::Hard,
            Difficulty::Hard => Difficulty::Easy,
        };
        odd.topics.reverse();
        odd.link = Some("https://example.com/".to_owned());
        odd.position = 100 - odd.position;
        odd.with_rating(Rating::MAX).with_retired(true)
    })?;
    let bare = changed(&plain, |problem| problem.with_topics([]))?;
    ensure_published(under_test, &plain, 1).await?;
    ensure_published(under_test, &odd, 2).await?;
    ensure_published(under_test, &bare, 3).await?;
    ensure_published(under_test, &plain, 4).await
}

pub(super) async fn catalogue_lets_problems_trade_slugs(under_test: &StoreUnderTest) -> Outcome {
    let before = catalogue(6)?;
    // 0 and 1 swap; 2 takes a new slug and 3 takes 2's.
    let names = ["problem-1", "problem-0", "new", "problem-2"];
    let mut problems: Vec<_> = (0..6).map(problem).collect::<Outcome<_>>()?;
    for (problem, name) in problems.iter_mut().zip(names) {
        *problem = renamed(problem.clone(), name)?;
    }
    ensure_published(under_test, &before, 1).await?;
    ensure_published(under_test, &catalogue_of(problems)?, 2).await?;
    ensure_published(under_test, &before, 3).await
}

pub(super) async fn catalogue_keeps_slugs_of_problems_a_publication_lacks(
    under_test: &StoreUnderTest,
) -> Outcome {
    let before = catalogue(6)?;
    let retired = changed(&before, |problem| {
        let gone = problem.position == 4;
        problem.with_retired(gone)
    })?;
    ensure_published(under_test, &retired, 1).await?;
    for (number, owner) in (4..6).zip(ids(&before).into_iter().skip(4)) {
        // A newcomer wants a slug whose owner is missing, next to changes that would be fine.
        let newcomer = ProblemId::from_uuid(Uuid::from_u128(99));
        let mut problems = vec![problem(number)?.with_id(newcomer), problem(8)?];
        problems.push(titled(problem(0)?, "Another title"));
        let answer = under_test
            .store
            .publish_catalogue(&catalogue_of(problems)?)
            .await;
        ensure_matches!(
            format_args!("publishing another problem under the slug of {owner}"),
            &answer,
            Err(PublishError::SlugTaken { slug, stored })
                if *stored == owner && slug.as_str() == format!("problem-{number}"),
        )?;
        let loaded = load(&*under_test.other).await?;
        ensure_eq(
            "loading afterwards",
            &loaded.problems(),
            &retired.problems(),
        )?;
        ensure_eq("loading afterwards (revision)", &loaded.revision(), &1)?;
    }
    Ok(())
}

pub(super) async fn catalogue_may_have_thousands_of_problems(
    under_test: &StoreUnderTest,
) -> Outcome {
    let many = catalogue(2_000)?;
    ensure_published(under_test, &many, 1).await?;
    let half = changed(&many, |problem| {
        let odd = problem.position % 2 == 1;
        problem.with_retired(odd)
    })?;
    ensure_published(under_test, &half, 2).await?;
    let scene = Scene::of(under_test, many).await?;
    let recorded = scene.here(ALICE).record(&scene.problems, START).await?;
    ensure_eq("recording 2,000 solves", &recorded.recorded, &2_000)?;
    let solved = scene.audit(ALICE, START).await?.solved.len();
    ensure(
        solved == 2_000,
        "asking what is solved",
        "all 2,000",
        solved,
    )
}
