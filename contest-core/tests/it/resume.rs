//! Resuming abandoned contests.

use contest_core::prelude::*;
use contest_core::progress::ContestCounts;

use crate::scene::Scene;
use crate::support::*;

/// A contest of the user, from the start, of the first problem, abandoned after two minutes.
async fn abandoned(scene: &Scene, user: UserId) -> Contest {
    let [one] = scene.first();
    let contest = scene.create(user, START, &[one]).await;
    scene.abandon(minute(2), &contest).await;
    contest
}

/// Checks that the contest cannot be resumed at `now`, for this reason, and that nothing changes.
async fn ensure_refused(scene: &Scene, now: Timestamp, contest: &Contest, reason: &Refusal) {
    let before = scene.audit(contest.user, now).await;
    let answer = scene.at(now).resume_contest(contest.user, contest.id).await;
    assert_eq!(refusal(answer), *reason, "at {now}");
    assert_eq!(scene.audit(contest.user, now).await, before);
}

fn not_abandoned(contest: &Contest, status: ContestStatus) -> Refusal {
    let contest = contest.id;
    Refusal::ContestNotAbandoned { contest, status }
}

fn active(contest: &Contest) -> Refusal {
    let contest = contest.id;
    Refusal::ActiveContestExists { contest }
}

fn passed(contest: &Contest) -> Refusal {
    let (contest, deadline) = (contest.id, contest.deadline);
    Refusal::DeadlinePassed { contest, deadline }
}

#[tokio::test]
async fn resuming_takes_an_abandonment_back() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one, two]).await;
    scene.mark(minute(1), &contest, two).await;
    let mut running = scene.find(minute(1), &contest).await;
    scene.abandon(minute(2), &contest).await;
    let resumed = scene.resume(minute(5), &contest).await;
    running.as_of = minute(5);
    assert_eq!(resumed, running);
    let one_active = ContestCounts {
        active: 1,
        ..ContestCounts::default()
    };
    let seen = scene.audit(ALICE, minute(6)).await;
    assert_eq!(seen.counts(), one_active);
    let request = scene.request(&[one]);
    let second = scene.at(minute(6)).create_contest(ALICE, &request).await;
    assert_eq!(refusal(second), active(&contest));
    scene.unmark(minute(7), &contest, two).await;
    scene.mark(minute(7), &contest, one).await;
    scene.complete(minute(8), &contest).await;
    let seen = scene.audit(ALICE, minute(9)).await;
    let completed = ContestCounts {
        completed: 1,
        ..ContestCounts::default()
    };
    assert_eq!((seen.counts(), seen.solved), (completed, [one].into()));
}

/// Its newly marked problems can be unmarked again, unless another entry of this epoch has them solved.
#[tokio::test]
async fn i6_resuming_unsolves_only_problems_solved_in_that_contest_alone() {
    let scene = Scene::with(12).await;
    let problems @ [only, first, between, after] = scene.first();
    scene.record(ALICE, START, &[first]).await;
    let request = scene.repeating(&problems);
    let contest = scene.create_as(ALICE, START, &request).await;
    for problem in problems {
        scene.mark(minute(1), &contest, problem).await;
    }
    scene.record(ALICE, minute(2), &[between]).await;
    scene.abandon(minute(3), &contest).await;
    scene.record(ALICE, minute(4), &[after]).await;
    scene.resume(minute(5), &contest).await;
    let seen = scene.audit(ALICE, minute(5)).await;
    assert_eq!(seen.solved, problems.into());
    let open = seen.record.unwrap().open.unwrap();
    assert_eq!(open.newly_marked, [only]);
    for problem in problems {
        scene.unmark(minute(6), &contest, problem).await;
    }
    let seen = scene.audit(ALICE, minute(6)).await;
    assert_eq!(seen.solved, [first, between, after].into());
}

#[tokio::test]
async fn resuming_an_active_contest_changes_nothing() {
    let scene = Scene::with(12).await;
    let contest = abandoned(&scene, ALICE).await;
    let resumed = scene.resume(minute(3), &contest).await;
    let seen = scene.audit(ALICE, minute(9)).await;
    for now in [minute(3), minute(9), before(contest.deadline)] {
        let mut again = scene.resume(now, &contest).await;
        again.as_of = resumed.as_of;
        assert_eq!(again, resumed);
    }
    assert_eq!(scene.audit(ALICE, minute(9)).await, seen);
}

#[tokio::test]
async fn i3_only_abandoned_contests_are_resumed() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let completed = scene.create(user(1), START, &[one]).await;
    scene.complete(minute(2), &completed).await;
    let reason = not_abandoned(&completed, ContestStatus::Completed);
    for now in [minute(3), completed.deadline] {
        ensure_refused(&scene, now, &completed, &reason).await;
    }
    let expired = scene.create(user(2), START, &[one]).await;
    let reason = not_abandoned(&expired, ContestStatus::Expired);
    ensure_refused(&scene, expired.deadline, &expired, &reason).await;
    let next = scene.create(user(2), minute(70), &[two]).await;
    scene.complete(minute(71), &next).await;
    // Settled, even for a clock that is behind.
    for now in [minute(30), minute(72)] {
        ensure_refused(&scene, now, &expired, &reason).await;
    }
}

#[tokio::test]
async fn i2_contests_are_resumed_before_their_deadline() {
    let scene = Scene::with(12).await;
    let contest = abandoned(&scene, ALICE).await;
    for now in [contest.deadline, minute(90)] {
        ensure_refused(&scene, now, &contest, &passed(&contest)).await;
    }
    let resumed = scene.resume(before(contest.deadline), &contest).await;
    assert_eq!(resumed.status, ContestStatus::Active);
}

#[tokio::test]
async fn i1_an_active_contest_keeps_a_resumption_out() {
    let scene = Scene::with(12).await;
    let first = abandoned(&scene, ALICE).await;
    let [_, two] = scene.first();
    let second = scene.create(ALICE, minute(4), &[two]).await;
    for now in [minute(4), before(first.deadline)] {
        ensure_refused(&scene, now, &first, &active(&second)).await;
    }
    scene.abandon(minute(10), &second).await;
    // And now either can be resumed again.
    scene.resume(minute(11), &first).await;
    ensure_refused(&scene, minute(12), &second, &active(&first)).await;
}

#[tokio::test]
async fn resuming_settles_the_expired_contest() {
    let scene = Scene::with(12).await;
    let contest = abandoned(&scene, ALICE).await;
    let [_, two] = scene.first();
    let short = scene.request_of(&[two], 10);
    let short = scene.create_as(ALICE, minute(10), &short).await;
    scene.mark(minute(11), &short, two).await;
    scene.resume(minute(20), &contest).await;
    let found = scene.find(minute(20), &short).await;
    assert_eq!(
        (found.status, found.ended_at),
        (ContestStatus::Expired, Some(minute(20)))
    );
    let seen = scene.audit(ALICE, minute(21)).await;
    let counts = ContestCounts {
        active: 1,
        expired: 1,
        ..ContestCounts::default()
    };
    assert_eq!((seen.counts(), seen.solved), (counts, [two].into()));
    assert_eq!(seen.record.unwrap().ended.expired, 1);
}

#[tokio::test]
async fn resuming_refuses_in_the_documented_order() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let completed = scene.create(ALICE, minute(-1), &[one]).await;
    scene.complete(START, &completed).await;
    let late = abandoned(&scene, ALICE).await;
    scene.create(ALICE, minute(59), &[two]).await;
    let now = minute(61);
    // It was completed, and another is active.
    let reason = not_abandoned(&completed, ContestStatus::Completed);
    ensure_refused(&scene, now, &completed, &reason).await;
    // It is too late, and another is active.
    ensure_refused(&scene, now, &late, &passed(&late)).await;
    let unknown = ContestId::new(START, 77);
    let answer = scene.at(now).resume_contest(ALICE, unknown).await;
    let reason = Refusal::ContestNotFound { contest: unknown };
    assert_eq!(refusal(answer), reason);
}

/// Contests of the user that were abandoned and can be resumed.
async fn some_abandoned(scene: &Scene, user: UserId, count: usize) -> Vec<ContestId> {
    let mut contests = Vec::new();
    for problem in scene.problems.iter().cycle().take(count) {
        let contest = scene.create(user, START, &[*problem]).await;
        scene.abandon(START, &contest).await;
        contests.push(contest.id);
    }
    contests
}

/// Resumes or creates concurrently; all but one get the winner's id.
async fn ensure_one_wins(
    scene: &Scene,
    user: UserId,
    resumed: Vec<Option<ContestId>>,
) -> ContestId {
    let [one] = scene.first();
    let request = scene.request(&[one]);
    let answers = race(resumed.len(), |number| {
        let (engine, contest) = (scene.engine(number), resumed[number]);
        let request = request.clone();
        async move {
            if let Some(contest) = contest {
                return engine.resume_contest(user, contest).await.map(|c| c.id);
            }
            let created = engine.create_contest(user, &request).await;
            created.map(|created| created.contest.id)
        }
    });
    let (mut won, mut named) = (Vec::new(), Vec::new());
    for answer in answers.await {
        match answer {
            Ok(contest) => won.push(contest),
            Err(Error::Refused(Refusal::ActiveContestExists { contest })) => named.push(contest),
            Err(error) => panic!("{error}"),
        }
    }
    // Resuming the active contest returns it unchanged.
    won.dedup();
    assert_eq!(won.len(), 1, "{won:?}");
    assert!(named.iter().all(|contest| *contest == won[0]));
    won[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i1_of_racing_resumptions_one_wins() {
    let scene = Scene::with(12).await;
    for round in 0..4 {
        let user = user(round);
        let contests = some_abandoned(&scene, user, 8).await;
        scene.at(minute(2));
        let contests = contests.into_iter().map(Some).cycle().take(32).collect();
        let winner = ensure_one_wins(&scene, user, contests).await;
        let seen = scene.audit(user, minute(3)).await;
        assert_eq!(seen.active, Some(winner), "round {round}");
        assert_eq!(seen.counts().abandoned, 7, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i1_of_racing_resumptions_and_creations_one_wins() {
    let scene = Scene::with(12).await;
    for round in 0..8 {
        let user = user(round);
        let old = some_abandoned(&scene, user, 2).await;
        scene.at(minute(2));
        let attempts = old
            .into_iter()
            .cycle()
            .take(16)
            .flat_map(|c| [Some(c), None]);
        let winner = ensure_one_wins(&scene, user, attempts.collect()).await;
        let seen = scene.audit(user, minute(3)).await;
        assert_eq!(seen.active, Some(winner), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i3_no_resumption_undoes_a_completion() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    for round in 0..32 {
        let user = user(round);
        let contest = scene.create(user, START, &[one]).await.id;
        scene.at(minute(1));
        let answers = race(24, |number| {
            let engine = scene.engine(number);
            async move {
                let answer = match number % 4 {
                    0 => engine.abandon_contest(user, contest).await,
                    // Late, so that there is something to undo.
                    1 if number > 12 => engine.complete_contest(user, contest).await,
                    _ => engine.resume_contest(user, contest).await,
                };
                answer.map(|contest| contest.status)
            }
        });
        let mut completed = false;
        for answer in answers.await {
            match answer {
                Ok(status) => completed |= status == ContestStatus::Completed,
                Err(Error::Refused(
                    Refusal::ContestNotAccepting { .. } | Refusal::ContestNotAbandoned { .. },
                )) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let counted = scene.audit(user, minute(2)).await.counts().completed == 1;
        assert_eq!(completed, counted, "round {round}");
    }
}
