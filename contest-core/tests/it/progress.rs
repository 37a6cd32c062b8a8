//! Progress and activity through the engine.

use std::collections::BTreeSet;
use std::sync::Arc;

use contest_core::calendar::{Day, TimeZone};
use contest_core::engine::PaceWindow;
use contest_core::prelude::*;
use contest_core::progress::{
    Activity, ActivityWindow, ContestCounts, ContestResult, PointsResult, ProblemsResult,
    SolveTimes,
};
use contest_core::scoring::Points;
use contest_core::select::{SequentialSeeds, Slot};
use contest_core::time::ManualClock;
use proptest::prelude::*;

use crate::support::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::named(name).unwrap()
}

fn between(first: &str, last: &str, name: &str) -> ActivityWindow {
    ActivityWindow::between(day(first), day(last), zone(name)).unwrap()
}

/// An engine at a time, whose user 1 has solved a problem at each of these times.
async fn solved_at(now: &str, solves: &[&str]) -> Engine {
    let engine = engine_at(bundled(), Arc::new(ManualClock::new(at(now)))).await;
    let catalogue = engine.catalogue();
    let problems = catalogue.problems().iter();
    let solves: Vec<_> = problems
        .zip(solves)
        .map(|(problem, time)| NewSolve::new(problem.id, at(time)))
        .collect();
    engine.record_solves(user(1), &solves).await.unwrap();
    engine
}

fn solved(activity: &Activity) -> Vec<u64> {
    activity.days.iter().map(|day| day.solved).collect()
}

#[tokio::test]
async fn a_solve_at_a_boundary_belongs_to_the_day_that_begins() {
    let solves = ["2026-11-23T22:59:59.999999Z", "2026-11-23T23:00:00Z"];
    let engine = solved_at("2026-11-30T12:00:00Z", &solves).await;
    let days = between("2026-11-23", "2026-11-24", "Europe/Berlin");
    let activity = engine.activity(user(1), &days).await.unwrap();
    assert_eq!(solved(&activity), [1, 1]);
    let days = between("2026-11-23", "2026-11-24", "UTC");
    let activity = engine.activity(user(1), &days).await.unwrap();
    assert_eq!(solved(&activity), [2, 0]);
}

#[tokio::test]
async fn a_streak_goes_on_over_clock_changes_and_days_left_out() {
    // The 29th of March has 23 hours in Berlin, and each solve is at its last or first moment.
    let spring = [
        "2026-03-27T23:00:00Z",
        "2026-03-28T23:00:00Z",
        "2026-03-29T22:00:00Z",
        "2026-03-31T21:59:59Z",
    ];
    let engine = solved_at("2026-03-31T22:00:00Z", &spring).await;
    let days = between("2026-03-27", "2026-03-31", "Europe/Berlin");
    let activity = engine.activity(user(1), &days).await.unwrap();
    assert_eq!(solved(&activity), [0, 1, 1, 1, 1]);
    assert_eq!((activity.streaks.current, activity.streaks.longest), (4, 4));

    // Samoa had no 30th of December.
    let december = ["2011-12-29T20:00:00Z", "2011-12-30T20:00:00Z"];
    let engine = solved_at("2011-12-31T05:00:00Z", &december).await;
    let days = ActivityWindow::last_days(3, zone("Pacific/Apia")).unwrap();
    let activity = engine.activity(user(1), &days).await.unwrap();
    assert_eq!(solved(&activity), [0, 1, 1]);
    assert_eq!(activity.streaks.current, 2);
}

#[tokio::test]
async fn a_range_of_the_past_has_the_streaks_of_today() {
    let solves = [
        "2026-10-30T12:00:00Z",
        "2026-10-31T12:00:00Z",
        "2026-11-02T12:00:00Z",
    ];
    let engine = solved_at("2026-11-24T12:00:00Z", &solves).await;
    let streaks = async |first, last| {
        let days = between(first, last, "UTC");
        let activity = engine.activity(user(1), &days).await.unwrap();
        (activity.streaks.current, activity.streaks.longest)
    };
    // Streaks cover the user's whole history up to today, regardless of the window.
    assert_eq!(streaks("2026-10-01", "2026-10-31").await, (0, 2));
    assert_eq!(streaks("2026-11-01", "2026-11-30").await, (0, 2));
    assert_eq!(streaks("2026-11-01", "2026-11-03").await, (0, 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The same as taking the local date of each solve, and counting.
    #[test]
    fn activity_is_what_counting_solve_by_solve_gives(
        name in proptest::sample::select(&["UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana",
            "Pacific/Apia", "Asia/Kathmandu"][..]),
        now in 1_200_000_000_i64..1_800_000_000,
        hours_ago in proptest::collection::vec(0_i64..24 * 40, 0..60),
        count in 1_u16..60,
    ) {
        let now = Timestamp::from_micros(now * 1_000_000);
        let ago = |hours: &i64| Timestamp::from_micros(now.as_micros() - hours * 3_600_000_000);
        let solves: Vec<_> = hours_ago.iter().map(ago).collect();
        let texts: Vec<_> = solves.iter().map(ToString::to_string).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (activity, long) = runtime.block_on(async {
            let engine = solved_at(&now.to_string(), &texts).await;
            let window = |days| ActivityWindow::last_days(days, zone(name)).unwrap();
            let activity = engine.activity(user(1), &window(count)).await.unwrap();
            // Longer than any streak of forty days.
            (activity, engine.activity(user(1), &window(60)).await.unwrap())
        });
        let dates: Vec<_> = solves.iter().map(|solve| date(*solve, name)).collect();
        let counted = activity.days.iter().map(|day| {
            let shown = day.day.to_string();
            dates.iter().filter(|date| **date == shown).count() as u64
        });
        prop_assert_eq!(solved(&activity), counted.collect::<Vec<_>>());
        prop_assert_eq!(activity.days.last().unwrap().day.to_string(), date(now, name));
        prop_assert_eq!(activity.streaks, long.streaks);
        prop_assert_eq!(activity.streaks.current, current_streak(&long, &dates));
    }
}

/// The local date, computed by the calendar's crate itself.
fn date(instant: Timestamp, zone: &str) -> String {
    let instant = jiff::Timestamp::from_microsecond(instant.as_micros()).unwrap();
    let zone = jiff::tz::TimeZone::get(zone).unwrap();
    zone.to_datetime(instant).date().to_string()
}

/// Days back from today with a solve, regardless of the window; today may be missing.
fn current_streak(activity: &Activity, dates: &[String]) -> u32 {
    let dates: BTreeSet<_> = dates.iter().map(String::as_str).collect();
    let solved = |day: &Day| dates.contains(day.to_string().as_str());
    let mut back = activity.days.iter().rev().map(|day| &day.day).peekable();
    if back.peek().is_some_and(|today| !solved(today)) {
        back.next();
    }
    u32::try_from(back.take_while(|day| solved(day)).count()).unwrap()
}

/// An engine with slots of 100, no and 300 points and half an hour of grace, and its clock.
async fn graceful() -> (Engine, Arc<ManualClock>) {
    let clock = clock();
    let engine = Engine::builder(bundled())
        .clock(Arc::clone(&clock))
        .seeds(SequentialSeeds::new(7))
        .late_policy(LatePolicy::AcceptFor(30 * MINUTE))
        .build()
        .await
        .unwrap();
    (engine, clock)
}

fn one_of_each() -> ContestRequest {
    let [easy, medium, hard] = Difficulty::ALL.map(|level| Slot::of_difficulty(level..=level));
    let slots = vec![easy.with_points(100), medium, hard.with_points(300)];
    request(3).with_slots(slots).unwrap()
}

/// Marks a problem of a contest some minutes after its start.
async fn mark(engine: &Engine, clock: &ManualClock, contest: &Contest, place: usize, minutes: u32) {
    clock.set(contest.started_at + minutes * MINUTE);
    let problem = contest.problems[place].problem.id;
    engine
        .mark_solved(user(1), contest.id, problem)
        .await
        .unwrap();
}

async fn results(engine: &Engine) -> Vec<ContestResult> {
    let page = engine
        .contest_results(user(1), None, PageLimit::default())
        .await
        .unwrap();
    assert_eq!(page.next, None);
    page.items
}

#[tokio::test]
async fn a_result_has_problems_points_and_times_and_expired_is_its_own_state() {
    let (engine, clock) = graceful().await;
    let contest = engine
        .create_contest(user(1), &one_of_each())
        .await
        .unwrap()
        .contest;
    mark(&engine, &clock, &contest, 2, 20).await;
    mark(&engine, &clock, &contest, 0, 25).await;
    let running = &results(&engine).await[0];
    assert_eq!(running.status, ContestStatus::Active);
    assert_eq!((running.time_spent, running.ended_at), (25 * MINUTE, None));

    mark(&engine, &clock, &contest, 1, 65).await;
    let expired = &results(&engine).await[0];
    assert_eq!(expired.contest, contest.id);
    assert_eq!(expired.status, ContestStatus::Expired);
    assert_eq!(
        (expired.time_spent, expired.ended_at),
        (HOUR, Some(contest.deadline))
    );
    assert_eq!(
        expired.problems,
        ProblemsResult {
            total: 3,
            completed: 3,
            late: 1
        }
    );
    let points = PointsResult {
        total: 400.into(),
        completed: 400.into(),
        late: Points::ZERO,
    };
    assert_eq!(expired.points, Some(points));
    let problem = |place: usize| contest.problems[place].problem.id;
    let spent: Vec<_> = expired
        .timings
        .iter()
        .map(|t| (t.problem, t.spent, t.late_by))
        .collect();
    let expected = [
        (problem(2), 20 * MINUTE, None),
        (problem(0), 5 * MINUTE, None),
        (problem(1), 40 * MINUTE, Some(5 * MINUTE)),
    ];
    assert_eq!(spent, expected);
    let counts = engine.progress(user(1)).await.unwrap().contests;
    assert_eq!(
        counts,
        ContestCounts {
            expired: 1,
            ..ContestCounts::default()
        }
    );
    assert!(
        engine
            .contest_results(user(2), None, PageLimit::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn results_come_in_pages_latest_first_and_outlive_a_reset() {
    let (engine, clock) = graceful().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        clock.set(START + n * HOUR);
        let contest = engine
            .create_contest(user(1), &request(2))
            .await
            .unwrap()
            .contest;
        ids.push(contest.id);
        clock.advance(10 * MINUTE);
        engine.complete_contest(user(1), contest.id).await.unwrap();
    }
    engine.reset_progress(user(1)).await.unwrap();
    let limit = PageLimit::new(2).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = engine.contest_results(user(1), after, limit).await.unwrap();
        assert!(
            page.items
                .iter()
                .all(|result| result.time_spent == 10 * MINUTE)
        );
        seen.extend(page.items.iter().map(|result| result.contest));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ids.reverse();
    assert_eq!(seen, ids);
}

/// Contests an hour apart of which the first problem, easy, takes 1, 2, 3, … minutes, and the last,
/// hard, as many more.
async fn paced(contests: u32) -> Engine {
    let (engine, clock) = graceful().await;
    for n in 1..=contests {
        clock.set(START + n * HOUR);
        let contest = engine
            .create_contest(user(1), &one_of_each())
            .await
            .unwrap()
            .contest;
        mark(&engine, &clock, &contest, 0, n).await;
        mark(&engine, &clock, &contest, 2, 2 * n).await;
        engine.complete_contest(user(1), contest.id).await.unwrap();
    }
    engine
}

fn minutes(times: SolveTimes) -> (u64, Option<u64>) {
    (
        times.solves,
        times.median.map(|median| median.as_secs() / 60),
    )
}

#[tokio::test]
async fn pace_is_the_median_of_the_latest_contests_by_difficulty() {
    let engine = paced(10).await;
    let pace = engine.pace(user(1), &PaceWindow::default()).await.unwrap();
    assert_eq!(
        (pace.contests, pace.as_of),
        (10, START + 10 * HOUR + 20 * MINUTE)
    );
    assert_eq!(
        minutes(pace.by_difficulty.easy),
        (10, Some(5)),
        "the lower of 5 and 6"
    );
    assert_eq!(minutes(pace.by_difficulty.medium), (0, None));
    assert_eq!(minutes(pace.by_difficulty.hard), (10, Some(5)));

    let window = PaceWindow::latest(3).unwrap();
    let pace = engine.pace(user(1), &window).await.unwrap();
    assert_eq!(minutes(pace.by_difficulty.easy), (3, Some(9)));

    let within = |from: u32, to: u32| {
        let window = PaceWindow::default();
        window.started_within(START + from * HOUR..START + to * HOUR)
    };
    let refused = within(5, 2).unwrap_err();
    assert_eq!(refused.first, START + 5 * HOUR);
    assert!(within(5, 5).is_ok(), "nothing is in it");
    let within = |from, to| within(from, to).unwrap();
    let early = engine.pace(user(1), &within(2, 5)).await.unwrap();
    assert_eq!(
        minutes(early.by_difficulty.easy),
        (3, Some(3)),
        "2, 3 and 4: the end is not in"
    );
    let two = PaceWindow::latest(2)
        .unwrap()
        .started_within(START + 2 * HOUR..START + 5 * HOUR)
        .unwrap();
    let latest = engine.pace(user(1), &two).await.unwrap();
    assert_eq!(minutes(latest.by_difficulty.easy), (2, Some(3)), "3 and 4");
    let none = engine.pace(user(1), &within(20, 30)).await.unwrap();
    assert_eq!(
        (none.contests, minutes(none.by_difficulty.easy)),
        (0, (0, None))
    );
    let without = engine.pace(user(2), &PaceWindow::default()).await.unwrap();
    assert_eq!(without.contests, 0);
}

/// More contests than one page.
#[tokio::test]
async fn pace_reads_on_over_pages_and_stops_at_the_number_asked_for() {
    let (engine, clock) = graceful().await;
    for n in 1..=130 {
        clock.set(START + n * HOUR);
        let contest = engine
            .create_contest(user(1), &request(1))
            .await
            .unwrap()
            .contest;
        mark(&engine, &clock, &contest, 0, 1).await;
        engine.complete_contest(user(1), contest.id).await.unwrap();
    }
    let looked_at = async |window| engine.pace(user(1), &window).await.unwrap().contests;
    assert_eq!(looked_at(PaceWindow::default()).await, 50);
    assert_eq!(looked_at(PaceWindow::latest(101).unwrap()).await, 101);
    let all = PaceWindow::latest(200).unwrap();
    assert_eq!(looked_at(all.clone()).await, 130);
    assert_eq!(
        looked_at(
            all.started_within(START + 20 * HOUR..START + 125 * HOUR)
                .unwrap()
        )
        .await,
        105
    );
}
