//! Racing calls on contests (I1, I3).

use contest_core::prelude::*;

use crate::scene::Scene;
use crate::support::*;

const RACERS: usize = 32;

/// Concurrent creations through these processes. Returns the winner, after checking that there is one
/// and that every other call named it, or `allowed`.
async fn ensure_one_wins(scene: &Scene, engines: &[Engine], allowed: Option<ContestId>) -> Contest {
    let answers = race(engines.len(), |number| {
        let (engine, problem) = (engines[number].clone(), scene.problems[number % 12]);
        let request = scene.request(&[problem]);
        async move { engine.create_contest(ALICE, &request).await }
    });
    let (mut created, mut named) = (Vec::new(), Vec::new());
    for answer in answers.await {
        match answer {
            Ok(answer) => created.push(answer.contest),
            Err(Error::Refused(Refusal::ActiveContestExists { contest })) => named.push(contest),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(created.len(), 1, "{created:?}");
    let winner = created.remove(0);
    let known = |id: &ContestId| *id == winner.id || Some(*id) == allowed;
    assert!(named.iter().all(known), "{named:?}");
    winner
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i1_of_racing_creations_one_wins() {
    let scene = Scene::with(12).await;
    let engines: Vec<_> = (0..2 * RACERS).map(|number| scene.engine(number)).collect();
    let winner = ensure_one_wins(&scene, &engines, None).await;
    let seen = scene.audit(ALICE, START + HOUR / 2).await;
    assert_eq!((seen.contests.len(), seen.active), (1, Some(winner.id)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i1_of_racing_creations_over_an_expired_contest_one_wins() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let old = scene.create(ALICE, START, &[one]).await;
    // Half of the clocks are before the deadline of the old one.
    let mut engines = Vec::new();
    for micros in -16..16 {
        let now = Timestamp::from_micros(old.deadline.as_micros() + micros);
        engines.push(scene.process_at(now).await);
    }
    let winner = ensure_one_wins(&scene, &engines, Some(old.id)).await;
    assert!(winner.started_at >= old.deadline);
    let seen = scene.audit(ALICE, old.deadline + HOUR / 2).await;
    let listed: Vec<_> = seen.contests.iter().map(|c| (c.id, c.status)).collect();
    let expected = [
        (winner.id, ContestStatus::Active),
        (old.id, ContestStatus::Expired),
    ];
    assert_eq!(listed, expected);
    assert_eq!(seen.record.unwrap().ended.expired, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i1_creations_of_different_users_all_win() {
    let scene = Scene::with(12).await;
    let created = race(RACERS, |number| {
        let (engine, user) = (scene.engine(number), user(number as u128));
        async move { engine.create_contest(user, &request(3)).await }
    });
    assert!(created.await.iter().all(Result::is_ok));
}

/// Calls with the same ending as the winner succeed; the others get the winner's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i3_of_racing_endings_one_wins() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await.id;
    let mut engines = Vec::new();
    for number in 0..RACERS {
        let now = START + MINUTE + MICROSECOND * u32::try_from(number).unwrap();
        engines.push(scene.process_at(now).await);
    }
    let answers = race(RACERS, |number| {
        let engine = engines[number].clone();
        async move {
            match number % 4 {
                0 | 1 => engine.complete_contest(ALICE, contest).await,
                _ => engine.abandon_contest(ALICE, contest).await,
            }
        }
    });
    let stored = async || {
        let found = scene.at(minute(40)).contest(ALICE, contest).await.unwrap();
        (found.status, found.ended_at.unwrap())
    };
    let answers = answers.await;
    let stored = stored().await;
    for (number, answer) in answers.into_iter().enumerate() {
        let answered = match answer {
            Ok(contest) => (contest.status, contest.ended_at.unwrap()),
            Err(Error::Refused(Refusal::ContestNotAccepting {
                status, ended_at, ..
            })) => (status, ended_at),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(answered, stored, "racer {number}");
    }
    let finished = scene.timed_events(ALICE).await;
    assert_eq!(finished.len(), 2, "created, and finished once");
    scene.audit(ALICE, minute(40)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i3_no_mark_follows_an_ending() {
    let scene = Scene::with(15).await;
    for round in 0..8 {
        let user = user(round);
        let contest = scene.create(user, START, &scene.problems).await.id;
        scene.at(minute(1));
        let answers = race(scene.problems.len() + 1, |number| {
            let engine = scene.engine(number);
            let problem = scene.problems.get(number).copied();
            async move {
                let Some(problem) = problem else {
                    let completed = engine.complete_contest(user, contest).await.unwrap();
                    return Some(completed.completed_problems());
                };
                match engine.mark_solved(user, contest, problem).await {
                    Ok(_) | Err(Error::Refused(Refusal::ContestNotAccepting { .. })) => None,
                    Err(error) => panic!("{error}"),
                }
            }
        });
        let acknowledged: Vec<_> = answers.await.into_iter().flatten().collect();
        let seen = scene.audit(user, minute(2)).await;
        let later = seen.contests[0].completed_problems();
        assert_eq!(acknowledged, [later], "round {round}");
        assert_eq!(seen.solved.len(), later, "round {round}");
    }
}
