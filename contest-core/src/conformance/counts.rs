//! Cases about counts (I8).

use std::collections::BTreeMap;

use crate::conformance::actor::{Actor, publish};
use crate::conformance::failure::{During, Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{
    ALICE, MICROSECOND, START, catalogue_of, changed, just_before, minute, problem, user,
};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::while_doing;
use crate::conformance::scene::Scene;
use crate::model::{ContestCounts, Difficulty, NewSolve, PerDifficulty, Topic};
use crate::time::Timestamp;

pub(super) async fn counts_of_an_unknown_user_are_zero(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    scene.here(ALICE).record(&scene.problems, START).await?;
    let there = scene.there(user(77));
    ensure_eq(
        "counting by difficulty",
        &there.by_difficulty().await?,
        &PerDifficulty::default(),
    )?;
    ensure_eq(
        "counting by topic",
        &there.by_topic().await?,
        &BTreeMap::new(),
    )?;
    let bounds = [minute(-10), START, minute(10)];
    ensure_eq(
        "counting by time",
        &there.solves_within(&bounds).await?,
        &vec![0, 0],
    )?;
    let contests = there.contest_counts(START).await?;
    ensure_eq("counting contests", &contests, &ContestCounts::default())?;
    let seen = scene.audit(user(77), START).await?;
    ensure_eq("reading the history", &seen.history, &Vec::new())
}

pub(super) async fn i8_a_problem_counts_in_each_of_its_topics(
    under_test: &StoreUnderTest,
) -> Outcome {
    let topics = ["Graphs", "graphs", "Trees"].map(Topic::new);
    let topics: Vec<_> = topics
        .into_iter()
        .collect::<Result<_, _>>()
        .during("naming topics")?;
    let problems = [
        problem(0)?.with_topics(topics.clone()),
        problem(1)?.with_topics(topics.first().cloned()),
        problem(2)?.with_topics([]),
        problem(3)?.with_topics(topics.last().cloned()),
    ];
    let scene = Scene::of(under_test, catalogue_of(problems)?).await?;
    let [all, one, none] = scene.first()?;
    scene.here(ALICE).record(&[all, one, none], START).await?;
    let expected: BTreeMap<_, _> = topics.into_iter().zip([2, 1, 1]).collect();
    let counts = scene.there(ALICE).by_topic().await?;
    ensure_eq("counting by topic", &counts, &expected)?;
    scene.audit(ALICE, START).await.map(|_| ())
}

pub(super) async fn i8_counts_follow_every_change_of_the_catalogue(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two, three, four] = scene.first()?;
    scene
        .here(ALICE)
        .record(&[one, two, three, four], START)
        .await?;
    let renamed = Topic::new("Renamed").during("naming a topic")?;
    let harder = changed(&scene.catalogue, |mut problem| {
        problem.difficulty = Difficulty::Hard;
        problem
    })?;
    let retopicked = changed(&harder, |problem| problem.with_topics([renamed.clone()]))?;
    let without = changed(&retopicked, |problem| {
        let gone = problem.id == two;
        problem.with_retired(gone)
    })?;
    let nothing = catalogue_of([])?;
    for (published, done, expected) in [
        (&harder, "making all hard", PerDifficulty::new(0, 0, 4)),
        (&retopicked, "changing topics", PerDifficulty::new(0, 0, 4)),
        (&without, "retiring one", PerDifficulty::new(0, 0, 3)),
        (&nothing, "retiring all", PerDifficulty::default()),
        (
            &without,
            "taking all but one back",
            PerDifficulty::new(0, 0, 3),
        ),
        (
            &scene.catalogue,
            "taking all back as they were",
            PerDifficulty::new(2, 1, 1),
        ),
    ] {
        publish(&*under_test.store, published).await?;
        let audited = scene.audit(ALICE, START).await;
        let seen = audited.map_err(|failure| failure.after(format_args!("after {done}")))?;
        ensure_eq(
            format_args!("{done}, then counting"),
            &seen.by_difficulty,
            &expected,
        )?;
    }
    Ok(())
}

pub(super) async fn i8_a_batch_is_counted_in_one_step(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 60).await?;
    // Problems take turns in difficulty: each three are one of each.
    let batches = scene.problems.chunks(3).map(|three| {
        let (store, three) = (scene.store(), three.to_vec());
        async move {
            Actor::new(&*store, ALICE)
                .record(&three, START)
                .await
                .map(|_| ())
        }
    });
    let there = scene.there(ALICE);
    while_doing(batches.collect(), || async move {
        let counts = there.by_difficulty().await?;
        ensure(
            counts.easy == counts.medium && counts.medium == counts.hard,
            "counting while batches of an easy, a medium and a hard problem are recorded",
            "as many of each",
            counts,
        )?;
        let events = there.history().await?.len();
        let dated = there.solves_between(START, START + MICROSECOND).await?;
        ensure(
            events.is_multiple_of(3) && dated.is_multiple_of(3),
            "reading the history and counting by time meanwhile",
            "multiples of three",
            (events, dated),
        )
    })
    .await
}

/// Records one solve at each of these times.
async fn solve_at(scene: &Scene<'_>, times: &[Timestamp]) -> Outcome {
    let pairs = scene.problems.iter().zip(times);
    let solves: Vec<_> = pairs.map(|(id, at)| NewSolve::new(*id, *at)).collect();
    let recorded = scene.store().record_solves(ALICE, &solves).await;
    let recorded = recorded.during("recording solves at different times")?;
    ensure_eq(
        "recording solves",
        &recorded.recorded,
        &(times.len() as u64),
    )
}

pub(super) async fn i8_intervals_are_half_open(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let (from, until) = (minute(10), minute(20));
    let times = [
        just_before(from),
        from,
        just_before(until),
        until,
        minute(-5),
    ];
    solve_at(&scene, &times).await?;
    let there = scene.there(ALICE);
    for (bounds, expected) in [
        (vec![], vec![]),
        (vec![from], vec![]),
        (vec![from, until], vec![2]),
        (vec![just_before(from), from], vec![1]),
        (
            vec![from, from + MICROSECOND, until, until + MICROSECOND],
            vec![1, 1, 1],
        ),
        (
            vec![minute(-5), START, from, until, minute(30)],
            vec![1, 1, 2, 1],
        ),
        (vec![minute(21), minute(22)], vec![0]),
    ] {
        let counts = there.solves_within(&bounds).await?;
        let done = format!("counting solves at {times:?} between {bounds:?}");
        ensure_eq(done, &counts, &expected)?;
    }
    Ok(())
}

pub(super) async fn i8_intervals_count_current_solves_in_use(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [retired, kept, marked, unmarked] = scene.first()?;
    let here = scene.here(ALICE);
    let new = scene.contest(START, &[marked, unmarked])?;
    here.create(&new).await?;
    here.mark(new.id, marked, minute(1)).await?;
    here.mark(new.id, unmarked, minute(1)).await?;
    here.unmark(new.id, unmarked, minute(3)).await?;
    here.record(&[retired, kept], minute(2)).await?;
    let without = changed(&scene.catalogue, |problem| {
        let gone = problem.id == retired;
        problem.with_retired(gone)
    })?;
    let bounds = [minute(1), minute(2), minute(3), minute(4)];
    let counts = scene.there(ALICE).solves_within(&bounds).await?;
    ensure_eq("counting by time", &counts, &vec![1, 2, 0])?;
    publish(&*under_test.store, &without).await?;
    let counts = scene.there(ALICE).solves_within(&bounds).await?;
    ensure_eq(
        "counting by time after one is retired",
        &counts,
        &vec![1, 1, 0],
    )
}

pub(super) async fn i8_intervals_may_be_many(under_test: &StoreUnderTest) -> Outcome {
    const DAY: i64 = 24 * 60;
    let scene = Scene::with(under_test, 60).await?;
    let times: Vec<_> = (0..60).map(|number| minute(number * number)).collect();
    solve_at(&scene, &times).await?;
    let bounds: Vec<_> = (-366..=366).map(|day| minute(day * DAY)).collect();
    let expected: Vec<_> = bounds
        .iter()
        .zip(bounds.iter().skip(1))
        .map(|(from, until)| times.iter().filter(|at| (from..until).contains(at)).count() as u64)
        .collect();
    let counts = scene.there(ALICE).solves_within(&bounds).await?;
    ensure_eq("counting solves of 732 days", &counts, &expected)
}
