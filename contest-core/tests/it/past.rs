//! History does not change (I18).

use contest_core::calendar::TimeZone;
use contest_core::engine::PaceWindow;
use contest_core::prelude::*;
use contest_core::progress::{Activity, ActivityWindow, ContestResult, Pace};
use contest_core::user::AttemptRecord;

use crate::scene::Scene;
use crate::support::*;

/// The reads of a user's history.
#[derive(Debug, Clone, PartialEq)]
struct Past {
    activity: Activity,
    results: Vec<ContestResult>,
    history: Vec<AttemptRecord>,
    pace: Pace,
    difficulties: Vec<Difficulty>,
}

async fn past(scene: &Scene, now: Timestamp) -> Past {
    let engine = scene.at(now);
    engine.reload_catalogue().await.unwrap();
    let window = ActivityWindow::last_days(7, TimeZone::UTC).unwrap();
    let limit = PageLimit::default();
    let contests = engine.contests(ALICE, None, limit).await.unwrap().items;
    let entries = contests.iter().flat_map(|contest| &contest.problems);
    Past {
        activity: engine.activity(ALICE, &window).await.unwrap(),
        results: engine
            .contest_results(ALICE, None, limit)
            .await
            .unwrap()
            .items,
        history: engine
            .attempt_history(ALICE, None, limit)
            .await
            .unwrap()
            .items,
        pace: engine.pace(ALICE, &PaceWindow::default()).await.unwrap(),
        difficulties: entries.map(|entry| entry.difficulty).collect(),
    }
}

const DAY: i64 = 24 * 60;

/// A user who solved problems on three days in a row, in contests and elsewhere, some repeatedly.
async fn practised(scene: &Scene) -> Timestamp {
    let problems @ [one, two, three] = scene.first();
    let contest = scene.create(ALICE, START, &problems).await;
    scene.mark(minute(10), &contest, one).await;
    scene.mark(minute(15), &contest, two).await;
    scene.complete(minute(20), &contest).await;
    scene.record(ALICE, minute(DAY), &[three, one]).await;
    scene.record(ALICE, minute(2 * DAY), &[one]).await;
    minute(2 * DAY + 1)
}

#[tokio::test]
async fn i18_retiring_and_reclassifying_changes_nothing_of_the_past() {
    let scene = Scene::with(12).await;
    let now = practised(&scene).await;
    let before = past(&scene, now).await;
    let solved: Vec<_> = before.activity.days.iter().map(|day| day.solved).collect();
    assert_eq!(solved, [0, 0, 0, 0, 2, 2, 1]);
    assert_eq!(before.activity.streaks.current, 3);
    let [one, two, _] = scene.first();
    let harder = changed(&scene.catalogue, |mut problem| {
        problem.difficulty = Difficulty::Hard;
        problem
    });
    let retired = changed(&harder, |problem| {
        let gone = [one, two].contains(&problem.id);
        problem.with_retired(gone)
    });
    for (published, counted) in [
        (&harder, 3),
        (&retired, 1),
        (&Catalogue::default(), 0),
        (&scene.catalogue, 3),
    ] {
        scene.publish(published).await;
        assert_eq!(past(&scene, now).await, before);
        let seen = scene.audit(ALICE, now).await;
        assert_eq!(
            seen.progress.overall().solved,
            counted,
            "by today's catalogue"
        );
    }
}

#[tokio::test]
async fn i18_a_reset_changes_nothing_of_the_past() {
    let scene = Scene::with(12).await;
    let now = practised(&scene).await;
    let before = past(&scene, now).await;
    scene.at(now).reset_progress(ALICE).await.unwrap();
    assert_eq!(past(&scene, now).await, before);
    // And a repeated solve counts again, on its day and in the streak.
    let [one] = scene.first();
    scene.record(ALICE, minute(3 * DAY), &[one]).await;
    let after = past(&scene, minute(3 * DAY)).await;
    assert_eq!(after.activity.streaks.current, 4);
    assert_eq!(after.history.len(), before.history.len() + 1);
    assert_eq!(after.results.len(), before.results.len());
}

/// The pace uses the difficulty at the time.
#[tokio::test]
async fn i18_the_pace_goes_by_the_difficulty_of_then() {
    let scene = Scene::with(12).await;
    let now = practised(&scene).await;
    let hard = changed(&scene.catalogue, |mut problem| {
        problem.difficulty = Difficulty::Hard;
        problem
    });
    scene.publish(&hard).await;
    let pace = past(&scene, now).await.pace.by_difficulty;
    assert_eq!(
        [pace.easy.solves, pace.medium.solves, pace.hard.solves],
        [1, 1, 0]
    );
}

/// Unmarking removes a solve from its day; nothing else does.
#[tokio::test]
async fn i18_days_count_different_problems() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    for at in [1, 2, 3] {
        scene.record(ALICE, minute(at), &[one]).await;
    }
    scene.mark(minute(4), &contest, one).await;
    scene.mark(minute(4), &contest, two).await;
    let today = async || {
        let activity = past(&scene, minute(5)).await.activity;
        activity.days.last().unwrap().solved
    };
    assert_eq!(today().await, 2);
    scene.unmark(minute(5), &contest, two).await;
    assert_eq!(today().await, 1);
    scene.unmark(minute(5), &contest, one).await;
    assert_eq!(today().await, 1, "it was solved elsewhere");
}

/// The streaks, and the days of the last month with a solve.
async fn days_in_a_row(scene: &Scene, now: Timestamp) -> (u32, u32, usize) {
    let engine = scene.at(now);
    engine.reload_catalogue().await.unwrap();
    let window = ActivityWindow::last_days(30, TimeZone::UTC).unwrap();
    let Activity { days, streaks, .. } = engine.activity(ALICE, &window).await.unwrap();
    assert_eq!(
        engine.streaks(ALICE, &TimeZone::UTC).await.unwrap(),
        streaks
    );
    let active = days.iter().filter(|day| day.solved > 0).count();
    (streaks.current, streaks.longest, active)
}

#[tokio::test]
async fn i18_retiring_the_problem_of_a_day_breaks_no_streak() {
    let scene = Scene::with(12).await;
    for (day, problem) in (0..10).zip(&scene.problems) {
        scene.record(ALICE, minute(day * DAY), &[*problem]).await;
    }
    let now = minute(9 * DAY + 1);
    assert_eq!(days_in_a_row(&scene, now).await, (10, 10, 10));
    scene
        .publish(&without(&scene.catalogue, scene.problems[7]))
        .await;
    assert_eq!(days_in_a_row(&scene, now).await, (10, 10, 10));
    scene.publish(&Catalogue::default()).await;
    assert_eq!(days_in_a_row(&scene, now).await, (10, 10, 10));
}

#[tokio::test]
async fn i18_solving_again_in_contests_is_activity() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    scene.record(ALICE, minute(-100 * DAY), &[one]).await;
    let again = scene.repeating(&[one]);
    for day in 0..7 {
        let contest = scene.create_as(ALICE, minute(day * DAY), &again).await;
        scene.mark(minute(day * DAY + 1), &contest, one).await;
        scene.complete(minute(day * DAY + 2), &contest).await;
    }
    assert_eq!(days_in_a_row(&scene, minute(6 * DAY + 3)).await, (7, 7, 7));
}

/// Longer than any window, and than the days that are counted at a time.
#[tokio::test]
async fn i18_a_streak_has_no_longest_length() {
    let scene = Scene::with(3).await;
    let [one] = scene.first();
    let days = (0..2_500).map(|day| NewSolve::new(one, minute(-day * DAY)));
    let days: Vec<_> = days.collect();
    let recorded = scene.at(START).record_solves(ALICE, &days).await;
    assert_eq!(recorded.unwrap().recorded, 1);
    assert_eq!(days_in_a_row(&scene, START).await, (2_500, 2_500, 30));
    let tomorrow = minute(DAY);
    let until_yesterday = days_in_a_row(&scene, tomorrow).await;
    assert_eq!(until_yesterday, (2_500, 2_500, 29), "today is not over");
    let missed = days_in_a_row(&scene, minute(2 * DAY)).await;
    assert_eq!(missed, (0, 2_500, 28));
}
