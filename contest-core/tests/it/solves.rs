//! Recording solves that happened outside a contest (I7), and contests that repeat solved problems.

use std::time::Duration;

use contest_core::prelude::*;

use crate::scene::Scene;
use crate::support::*;

const fn unknown(number: u128) -> ProblemId {
    ProblemId::from_uuid(uuid::Uuid::from_u128(0xdead << 64 | number))
}

/// A problem becomes solved once; each later solve is stored as a repeated solve, and the same time is
/// the same solve.
#[tokio::test]
async fn i7_the_first_solve_of_a_problem_stays() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    assert_eq!(scene.record(ALICE, minute(5), &[one, two]).await, (2, 0));
    for at in [minute(1), minute(5), minute(9)] {
        assert_eq!(scene.record(ALICE, at, &[two]).await, (0, 1), "at {at}");
    }
    let recorded = scene.record(ALICE, minute(7), &[three, two, one]).await;
    assert_eq!(recorded, (1, 2));
    let seen = scene.audit(ALICE, minute(10)).await;
    assert_eq!(seen.progress.overall().solved, 3);
    let of = |problem| {
        let live = seen.live().into_iter();
        let own = live.filter(|(id, ..)| *id == problem);
        own.map(|(_, at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(of(one), [5, 7].map(minute));
    assert_eq!(of(two), [1, 5, 7, 9].map(minute));
    assert_eq!(of(three), [minute(7)]);
}

#[tokio::test]
async fn i7_each_solve_has_its_own_time() {
    let scene = Scene::with(12).await;
    let problems = scene.problems.iter().zip(0..);
    let mut solves: Vec<_> = problems
        .map(|(problem, n)| NewSolve::new(*problem, minute(-1_000 * n)))
        .collect();
    // The last microsecond before 1970.
    solves[11].solved_at = Some(Timestamp::from_micros(-1));
    let recorded = scene.at(START).record_solves(ALICE, &solves).await;
    assert_eq!(recorded.unwrap().recorded, 12);
    let limit = PageLimit::default();
    let history = scene.at(START).attempt_history(ALICE, None, limit).await;
    let history = history.unwrap().items;
    let history: Vec<_> = history
        .iter()
        .map(|solve| NewSolve::new(solve.problem, solve.at))
        .collect();
    assert_eq!(history, solves, "latest first");
    scene.audit(ALICE, START).await;
}

#[tokio::test]
async fn i7_of_several_solves_of_a_problem_each_time_is_recorded_once() {
    let scene = Scene::with(3).await;
    let [id] = scene.first();
    let earlier = before(START);
    let solves = [START, earlier, START].map(|at| NewSolve::new(id, at));
    let engine = scene.at(START);
    let recorded = engine.record_solves(ALICE, &solves).await.unwrap();
    assert_eq!((recorded.recorded, recorded.already_solved), (1, 0));
    let seen = scene.audit(ALICE, START).await;
    assert_eq!(seen.live(), [(id, earlier, None), (id, START, None)]);
    let again = engine.record_solves(ALICE, &solves).await.unwrap();
    assert_eq!((again.recorded, again.already_solved), (0, 1));
    assert_eq!(scene.audit(ALICE, START).await, seen);
}

#[tokio::test]
async fn i7_a_batch_is_recorded_whole_or_not_at_all() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    scene.record(ALICE, START, &[three]).await;
    let before = scene.audit(ALICE, START).await;
    let (x, y) = (unknown(1), unknown(2));
    for (batch, problems) in [
        (vec![one, x, two], vec![x]),
        (vec![one, y, two, x, three], vec![y, x]),
        (vec![x], vec![x]),
    ] {
        let solves: Vec<_> = batch.iter().map(|id| NewSolve::new(*id, START)).collect();
        let answer = scene.at(START).record_solves(ALICE, &solves).await;
        assert_eq!(refusal(answer), Refusal::UnknownProblems { problems });
        assert_eq!(scene.audit(ALICE, START).await, before);
    }
    assert_eq!(scene.record(ALICE, START, &[]).await, (0, 0));
    assert_eq!(scene.audit(ALICE, START).await, before);
}

/// A device whose clock is ahead gets its batch recorded, and can say what became of it.
#[tokio::test]
async fn solves_dated_a_little_ahead_count_as_now_and_the_answer_says_how_many() {
    let scene = Scene::with(12).await;
    let second = Duration::from_secs(1);
    let times = [START - HOUR, START, START + 2 * second, START + 60 * second];
    let solves: Vec<_> = scene.problems.iter().zip(times).collect();
    let dated = solves.into_iter().map(|(id, at)| NewSolve::new(*id, at));
    let solves: Vec<_> = dated.chain([NewSolve::now(scene.problems[4])]).collect();
    let recorded = scene.at(START).record_solves(ALICE, &solves).await.unwrap();
    assert_eq!((recorded.recorded, recorded.taken_as_now), (5, 2));
    let seen = scene.audit(ALICE, START).await;
    assert!(seen.live().into_iter().all(|(_, at, _)| at <= START));
    let too_far = NewSolve::new(scene.problems[5], START + 61 * second);
    let refused = scene.at(START).record_solves(ALICE, &[too_far]).await;
    assert_eq!(refusal(refused).code(), "solve_in_future");
}

/// Stores differ in which years they can keep. The types and this rule admit what all can.
#[tokio::test]
async fn solves_are_of_the_years_every_store_can_keep() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let before = Timestamp::from_micros(Timestamp::MIN.as_micros() - 1);
    for at in [before, Timestamp::from_micros(i64::MIN)] {
        let solves = [NewSolve::new(one, START), NewSolve::new(two, at)];
        let refused = refusal(scene.at(START).record_solves(ALICE, &solves).await);
        assert_eq!(refused.code(), "limit_exceeded", "{at}");
    }
    assert_eq!(
        scene.record(ALICE, START, &[one]).await,
        (1, 0),
        "none was recorded"
    );
    let first = [NewSolve::new(one, Timestamp::MIN)];
    let recorded = scene.at(START).record_solves(ALICE, &first).await;
    assert_eq!(recorded.unwrap().already_solved, 1);
    scene.audit(ALICE, START).await;
}

/// Too many, then the future, then unknown problems.
#[tokio::test]
async fn recording_refuses_in_the_documented_order() {
    let scene = Scene::with(12).await;
    let future = START + HOUR;
    let refused = async |solves: &[NewSolve]| {
        refusal(scene.at(START).record_solves(ALICE, solves).await).code()
    };
    let all = vec![NewSolve::new(unknown(1), future); 10_001];
    assert_eq!(refused(&all).await, "limit_exceeded");
    assert_eq!(refused(&all[..1]).await, "solve_in_future");
    let known = NewSolve::new(unknown(1), START);
    assert_eq!(refused(&[known]).await, "unknown_problems");
}

#[tokio::test]
async fn i7_retired_problems_are_recorded() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    scene.publish(&Catalogue::default()).await;
    assert_eq!(scene.record(ALICE, START, &[one, two]).await, (2, 0));
    let seen = scene.audit(ALICE, START).await;
    assert_eq!(seen.solved, [one, two].into());
    assert_eq!(seen.progress.overall().solved, 0, "none is in use");
    scene.publish(&scene.catalogue).await;
    let seen = scene.audit(ALICE, START).await;
    assert_eq!(seen.progress.overall().solved, 2, "they came back");
}

#[tokio::test]
async fn i7_recording_leaves_contests_alone() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    let stored = scene.stored(&contest).await;
    scene.record(ALICE, minute(1), &[one]).await;
    assert_eq!(scene.stored(&contest).await, stored);
}

/// It is longer than the pages in which the log is read.
#[tokio::test]
async fn an_import_can_be_repeated() {
    let scene = Scene::with(12).await;
    let history: Vec<_> = (0..1_300)
        .zip(scene.problems.iter().cycle())
        .map(|(n, problem)| NewSolve::new(*problem, minute(-n)))
        .collect();
    let first = scene.at(START).record_solves(ALICE, &history).await;
    assert_eq!(first.unwrap().recorded, 12);
    let before = scene.audit(ALICE, START).await;
    assert_eq!(before.log.len(), 1_300);
    let again = scene.at(START).record_solves(ALICE, &history).await;
    let again = again.unwrap();
    assert_eq!((again.recorded, again.already_solved), (0, 12));
    assert_eq!(scene.audit(ALICE, START).await, before);
}

/// Times up to the allowance ahead mean now, and imports never move the time of the last commit.
#[tokio::test]
async fn i17_recorded_times_a_little_ahead_mean_now() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    let solves = [(one, START + MINUTE), (two, START + MICROSECOND)];
    let solves = solves.map(|(problem, at)| NewSolve::new(problem, at));
    scene.at(START).record_solves(ALICE, &solves).await.unwrap();
    let seen = scene.audit(ALICE, START).await;
    assert!(seen.live().iter().all(|(_, at, _)| *at == START));
    assert_eq!(seen.record.unwrap().last_commit_at, None);
    let ahead = [NewSolve::new(three, START + MINUTE + MICROSECOND)];
    let refused = refusal(scene.at(START).record_solves(ALICE, &ahead).await);
    assert_eq!(refused, Refusal::SolveInFuture { problem: three });
    let contest = scene.create(ALICE, START, &[three]).await;
    scene.record(ALICE, minute(30), &[one]).await;
    let seen = scene.audit(ALICE, minute(30)).await;
    assert_eq!(seen.record.unwrap().last_commit_at, Some(START));
    scene.complete(minute(1), &contest).await;
    let found = scene.find(minute(1), &contest).await;
    assert_eq!(found.ended_at, Some(minute(1)));
}

#[tokio::test]
async fn solves_name_the_contest_that_recorded_them() {
    let scene = Scene::with(12).await;
    let [marked, imported, both] = scene.first();
    let contest = scene.create(ALICE, START, &[marked, both]).await;
    scene.record(ALICE, minute(1), &[both]).await;
    scene.mark(minute(2), &contest, marked).await;
    scene.mark(minute(3), &contest, both).await;
    scene.record(ALICE, minute(4), &[imported]).await;
    let (outside, inside) = (None, Some(contest.id));
    let live = scene.audit(ALICE, minute(4)).await.live();
    let expected = [
        (both, minute(1), outside),
        (marked, minute(2), inside),
        (both, minute(3), inside),
        (imported, minute(4), outside),
    ];
    assert_eq!(live, expected);
    scene.unmark(minute(5), &contest, marked).await;
    scene.unmark(minute(5), &contest, both).await;
    let live = scene.audit(ALICE, minute(5)).await.live();
    assert_eq!(live, [expected[0], expected[3]]);
}

#[tokio::test]
async fn i10_only_repeats_may_be_solved() {
    let scene = Scene::with(12).await;
    let [solved, retired, fresh] = scene.first();
    scene.record(ALICE, START, &[solved]).await;
    scene.publish(&without(&scene.catalogue, retired)).await;
    let problems = [solved, retired, fresh];
    let selected = async |request: ContestRequest| {
        let request = request.with_shortage_policy(ShortagePolicy::BestEffort);
        let selection = scene.at(START).select(ALICE, request.selection()).await;
        let selection = selection.unwrap();
        let mut problems = selection.problems;
        problems.sort_unstable_by_key(|id| scene.problems.iter().position(|other| other == id));
        (problems, selection.repeats)
    };
    let plain = selected(scene.request(&problems)).await;
    assert_eq!(plain, (vec![fresh], [].into()));
    let repeating = selected(scene.repeating(&problems)).await;
    assert_eq!(repeating, (vec![solved, fresh], [solved].into()));
}

/// A mark of a solved problem is a repeated solve: the log gains and loses it, and the progress stays.
#[tokio::test]
async fn i7_a_repeat_keeps_the_first_solve() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let first = scene.create(ALICE, START, &[one]).await;
    scene.mark(minute(1), &first, one).await;
    scene.complete(minute(2), &first).await;
    let before = scene.audit(ALICE, minute(3)).await;
    let request = scene.repeating(&[one]);
    let again = scene.create_as(ALICE, minute(4), &request).await;
    for (now, mark) in [(5, true), (6, false), (7, true)] {
        let (at, marked) = if mark {
            let at = Some(minute(now));
            (at, scene.mark(minute(now), &again, one).await)
        } else {
            (None, scene.unmark(minute(now), &again, one).await)
        };
        assert_eq!(marked, (at, true));
        let seen = scene.audit(ALICE, minute(8)).await;
        assert_eq!(seen.solved, before.solved);
        assert_eq!(seen.progress.by_difficulty, before.progress.by_difficulty);
        let mut live = before.live();
        live.extend(at.map(|at| (one, at, Some(again.id))));
        assert_eq!(seen.live(), live);
    }
}

#[tokio::test]
async fn i7_a_repeat_that_is_not_solved_is_like_any_other() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let request = scene.repeating(&[one]);
    let contest = scene.create_as(ALICE, START, &request).await;
    scene.mark(minute(1), &contest, one).await;
    let seen = scene.audit(ALICE, minute(2)).await;
    assert_eq!(seen.live(), [(one, minute(1), Some(contest.id))]);
    assert_eq!(seen.solved, [one].into());
    scene.unmark(minute(2), &contest, one).await;
    let seen = scene.audit(ALICE, minute(3)).await;
    assert_eq!((seen.live(), seen.solved), (Vec::new(), [].into()));
}

/// A user could fill the disk with solves, and make every read of the log long.
#[tokio::test]
async fn solves_recorded_on_a_day_are_limited() {
    let clock = clock();
    let limits = Limits::default().with_solves_per_day(3);
    let builder = Engine::builder(bundled()).clock(clock.clone());
    let engine = builder.limits(limits).build().await.unwrap();
    let problem = engine.catalogue().problems()[0].id;
    let earlier = |seconds: u32| NewSolve::new(problem, before(START) - MICROSECOND * seconds);
    let record = async |user, solves: &[NewSolve]| engine.record_solves(user, solves).await;
    record(ALICE, &[earlier(1), earlier(2)]).await.unwrap();
    let expected = Refusal::DailyLimit {
        what: "solves",
        limit: 3,
        next_at: START + 24 * HOUR,
        wait: 24 * HOUR,
    };
    // All or none, and a repeated solve takes no space.
    let refused = refusal(record(ALICE, &[earlier(3), earlier(4)]).await);
    assert_eq!(refused, expected);
    record(ALICE, &[earlier(2), earlier(3)]).await.unwrap();
    assert_eq!(refusal(record(ALICE, &[earlier(4)]).await), expected);
    record(ALICE, &[earlier(1), earlier(2), earlier(3)])
        .await
        .unwrap();
    record(BOB, &[earlier(1)]).await.unwrap();
    clock.advance(24 * HOUR);
    record(ALICE, &[earlier(4), earlier(5), earlier(6)])
        .await
        .unwrap();
    // A contest of that day does not forget its solves.
    engine.create_contest(ALICE, &request(1)).await.unwrap();
    assert!(record(ALICE, &[earlier(7)]).await.is_err());
}
