//! Counts (I8): progress and days.

use std::collections::BTreeMap;

use contest_core::calendar::TimeZone;
use contest_core::model::PerDifficulty;
use contest_core::prelude::*;
use contest_core::progress::{ActivityWindow, ContestCounts};

use crate::scene::Scene;
use crate::support::*;

fn solved(seen: &crate::scene::Seen) -> PerDifficulty<u64> {
    seen.progress.by_difficulty.map(|tally| tally.solved)
}

/// The number of problems solved on each of the last days.
async fn days(scene: &Scene, now: Timestamp, days: u16) -> Vec<u64> {
    let window = ActivityWindow::last_days(days, TimeZone::UTC).unwrap();
    let activity = scene.at(now).activity(ALICE, &window).await.unwrap();
    activity.days.iter().map(|day| day.solved).collect()
}

const DAY: i64 = 24 * 60;

#[tokio::test]
async fn counts_of_an_unknown_user_are_zero() {
    let scene = Scene::with(12).await;
    scene.record(ALICE, START, &scene.problems).await;
    let seen = scene.audit(user(77), START).await;
    assert_eq!(solved(&seen), PerDifficulty::default());
    assert_eq!(seen.counts(), ContestCounts::default());
    assert_eq!((seen.record, seen.log), (None, Vec::new()));
    let window = ActivityWindow::last_days(2, TimeZone::UTC).unwrap();
    let activity = scene.at(START).activity(user(77), &window).await.unwrap();
    assert!(activity.days.iter().all(|day| day.solved == 0));
    assert_eq!((activity.streaks.current, activity.streaks.longest), (0, 0));
}

#[tokio::test]
async fn i8_a_problem_counts_in_each_of_its_topics() {
    let topics = ["Graphs", "Graph", "Trees"].map(|name| Topic::new(name).unwrap());
    let problems = [
        problem(0).with_topics(topics.clone()),
        problem(1).with_topics([topics[0].clone()]),
        problem(2).with_topics([]),
        problem(3).with_topics([topics[2].clone()]),
    ];
    let scene = Scene::of(Catalogue::new(problems).unwrap(), LatePolicy::Reject).await;
    let [all, one, none] = scene.first();
    scene.record(ALICE, START, &[all, one, none]).await;
    let seen = scene.audit(ALICE, START).await;
    let counted = seen.progress.by_topic.into_iter();
    let counted: BTreeMap<_, _> = counted.map(|(topic, of)| (topic, of.solved)).collect();
    let expected: BTreeMap<_, _> = topics.into_iter().zip([2, 1, 1]).collect();
    assert_eq!(counted, expected);
}

#[tokio::test]
async fn i8_counts_follow_every_change_of_the_catalogue() {
    let scene = Scene::with(12).await;
    let problems: [_; 4] = scene.first();
    scene.record(ALICE, START, &problems).await;
    let renamed = Topic::new("Renamed").unwrap();
    let harder = changed(&scene.catalogue, |mut problem| {
        problem.difficulty = Difficulty::Hard;
        problem
    });
    let retopicked = changed(&harder, |problem| problem.with_topics([renamed.clone()]));
    let fewer = without(&retopicked, problems[1]);
    for (published, expected) in [
        (&harder, PerDifficulty::new(0, 0, 4)),
        (&retopicked, PerDifficulty::new(0, 0, 4)),
        (&fewer, PerDifficulty::new(0, 0, 3)),
        (&Catalogue::default(), PerDifficulty::default()),
        (&fewer, PerDifficulty::new(0, 0, 3)),
        (&scene.catalogue, PerDifficulty::new(2, 1, 1)),
    ] {
        scene.publish(published).await;
        assert_eq!(solved(&scene.audit(ALICE, START).await), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i8_a_batch_is_counted_in_one_step() {
    let scene = Scene::with(60).await;
    // Difficulties alternate: of three consecutive problems, each is of another.
    let engine = scene.engine(0);
    let batches = scene.problems.chunks(3).map(|three| {
        let solves: Vec<_> = three.iter().map(|id| NewSolve::new(*id, START)).collect();
        let engine = engine.clone();
        async move { _ = engine.record_solves(ALICE, &solves).await.unwrap() }
    });
    let batches: Vec<_> = batches.collect();
    let there = scene.engine(1);
    while_doing(batches, async || {
        let progress = there.progress(ALICE).await.unwrap();
        let counts = progress.by_difficulty.map(|tally| tally.solved);
        assert!(counts.easy == counts.medium && counts.medium == counts.hard);
        let log = crate::scene::log(&scene.store, ALICE).await;
        assert!(log.len().is_multiple_of(3));
    })
    .await;
}

/// A solve at midnight belongs to the day that begins.
#[tokio::test]
async fn i8_intervals_are_half_open() {
    let scene = Scene::with(12).await;
    let midnight = minute(DAY);
    let times = [
        before(midnight),
        midnight,
        before(minute(2 * DAY)),
        minute(2 * DAY),
    ];
    let pairs = scene.problems.iter().zip(times);
    let solves: Vec<_> = pairs.map(|(id, at)| NewSolve::new(*id, at)).collect();
    let now = minute(2 * DAY);
    scene.at(now).record_solves(ALICE, &solves).await.unwrap();
    assert_eq!(days(&scene, now, 4).await, [0, 1, 2, 1]);
}

/// Days count the problems solved then, including problems retired since; removed marks do not count.
#[tokio::test]
async fn i8_intervals_count_current_solves_in_use() {
    let scene = Scene::with(12).await;
    let [retired, kept, marked, unmarked] = scene.first();
    let contest = scene.create(ALICE, START, &[marked, unmarked]).await;
    scene.mark(minute(1), &contest, marked).await;
    scene.mark(minute(1), &contest, unmarked).await;
    scene.unmark(minute(3), &contest, unmarked).await;
    scene.record(ALICE, minute(DAY), &[retired, kept]).await;
    // Again on the same day, and again on the next.
    scene.record(ALICE, minute(DAY + 1), &[kept]).await;
    scene.record(ALICE, minute(2 * DAY), &[kept]).await;
    let expected = [0, 1, 2, 1];
    assert_eq!(days(&scene, minute(2 * DAY), 4).await, expected);
    scene.publish(&without(&scene.catalogue, retired)).await;
    assert_eq!(days(&scene, minute(2 * DAY), 4).await, expected);
    scene
        .at(minute(2 * DAY))
        .reset_progress(ALICE)
        .await
        .unwrap();
    assert_eq!(days(&scene, minute(2 * DAY), 4).await, expected);
}

#[tokio::test]
async fn i8_intervals_may_be_many() {
    let scene = Scene::with(60).await;
    let times: Vec<_> = (0..60).map(|number| minute(number * number)).collect();
    let pairs = scene.problems.iter().zip(&times);
    let solves: Vec<_> = pairs.map(|(id, at)| NewSolve::new(*id, *at)).collect();
    let now = minute(366 * DAY);
    scene.at(now).record_solves(ALICE, &solves).await.unwrap();
    let counted = (-365..=366).map(|day| {
        let range = minute(day * DAY)..minute((day + 1) * DAY);
        times.iter().filter(|at| range.contains(at)).count() as u64
    });
    assert_eq!(days(&scene, now, 732).await, counted.collect::<Vec<_>>());
}
