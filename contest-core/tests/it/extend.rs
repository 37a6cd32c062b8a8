//! Extra time.

use contest_core::prelude::*;

use crate::scene::Scene;
use crate::support::*;

async fn extend(
    scene: &Scene,
    now: Timestamp,
    contest: &Contest,
    deadline: Timestamp,
) -> Result<Contest, Error> {
    let engine = scene.at(now);
    engine
        .extend_contest(contest.user, contest.id, deadline)
        .await
}

#[tokio::test]
async fn i2_extra_time_moves_the_deadline() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    let extended = extend(&scene, minute(1), &contest, minute(75)).await;
    let mut expected = contest.clone();
    (expected.deadline, expected.as_of) = (minute(75), minute(1));
    assert_eq!(extended.unwrap(), expected);
    assert_eq!(
        scene.active(ALICE, contest.deadline).await,
        Some(contest.id)
    );
    scene.mark(before(minute(75)), &contest, one).await;
    assert_eq!(scene.audit(ALICE, minute(75)).await.active, None);
    let request = scene.request(&[two]);
    let next = scene.at(minute(80)).create_contest(ALICE, &request).await;
    assert_eq!(next.unwrap().settled, Some(contest.id));
    let found = scene.find(minute(80), &contest).await;
    assert_eq!(
        (found.status, found.ended_at),
        (ContestStatus::Expired, Some(minute(75)))
    );
}

#[tokio::test]
async fn extending_never_moves_a_deadline_back() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    let seen = scene.audit(ALICE, START).await;
    let again = extend(&scene, minute(1), &contest, contest.deadline).await;
    assert_eq!(again.unwrap().deadline, contest.deadline);
    assert_eq!(scene.audit(ALICE, START).await, seen);
    extend(&scene, minute(2), &contest, minute(90))
        .await
        .unwrap();
    let seen = scene.audit(ALICE, minute(5)).await;
    extend(&scene, minute(3), &contest, minute(90))
        .await
        .unwrap();
    for earlier in [before(minute(90)), contest.deadline, START] {
        let refused = refusal(extend(&scene, minute(4), &contest, earlier).await);
        let expected = Refusal::EarlierDeadline {
            contest: contest.id,
            deadline: minute(90),
        };
        assert_eq!(refused, expected, "to {earlier}");
    }
    assert_eq!(scene.audit(ALICE, minute(5)).await, seen);
    // Repeating it succeeds, even after the end.
    let again = extend(&scene, minute(91), &contest, minute(90)).await;
    assert_eq!(again.unwrap().status, ContestStatus::Expired);
}

/// A clock that is behind the start does not lock the user out.
#[tokio::test]
async fn i2_extensions_are_accepted_from_start_to_deadline() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let deadline = START + HOUR;
    let instants = [
        (before(START), true),
        (START, true),
        (before(deadline), true),
        (deadline, false),
        (minute(90), false),
    ];
    for ((now, accepts), number) in instants.into_iter().zip(0..) {
        let contest = scene.create(user(number), START, &[one]).await;
        let answer = extend(&scene, now, &contest, minute(120)).await;
        if accepts {
            answer.unwrap();
        } else {
            assert_eq!(refusal(answer).code(), "contest_not_accepting", "at {now}");
        }
        let due = if accepts { minute(120) } else { deadline };
        assert_eq!(scene.find(now, &contest).await.deadline, due);
        scene.audit(user(number), now).await;
    }
}

#[tokio::test]
async fn i3_ended_contests_are_not_extended() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    for number in 0..3 {
        let user = user(number);
        let contest = scene.create(user, START, &[one]).await;
        match number {
            0 => drop(scene.complete(minute(2), &contest).await),
            1 => drop(scene.abandon(minute(2), &contest).await),
            // The next contest settles it.
            _ => drop(scene.create(user, minute(70), &[two]).await),
        }
        let before = scene.audit(user, minute(71)).await;
        let ended = scene.find(minute(71), &contest).await;
        for now in [START, minute(3), minute(71)] {
            let reason = Refusal::ContestNotAccepting {
                contest: contest.id,
                status: ended.status,
                ended_at: ended.ended_at.unwrap(),
            };
            let refused = refusal(extend(&scene, now, &contest, minute(200)).await);
            assert_eq!(refused, reason, "at {now}");
        }
        assert_eq!(scene.audit(user, minute(71)).await, before);
    }
}

#[tokio::test]
async fn i1_extra_time_keeps_a_second_contest_out() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    extend(&scene, minute(59), &contest, minute(90))
        .await
        .unwrap();
    let request = scene.request(&[two]);
    for at in [contest.deadline, before(minute(90))] {
        let second = scene.at(at).create_contest(ALICE, &request).await;
        let active = Refusal::ActiveContestExists {
            contest: contest.id,
        };
        assert_eq!(refusal(second), active, "at {at}");
    }
    scene.create(ALICE, minute(90), &[two]).await;
}

/// The length is checked first, then whether it has ended, then its deadline.
#[tokio::test]
async fn extending_refuses_in_the_documented_order() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    scene.complete(minute(1), &contest).await;
    let refused = async |deadline| {
        let answer = extend(&scene, minute(2), &contest, deadline).await;
        refusal(answer).code()
    };
    assert_eq!(refused(minute(601)).await, "limit_exceeded");
    assert_eq!(refused(minute(5)).await, "contest_not_accepting");
    let held = extend(&scene, minute(2), &contest, contest.deadline).await;
    assert_eq!(held.unwrap().status, ContestStatus::Completed);
    let nowhere = scene
        .at(minute(2))
        .extend_contest(BOB, contest.id, minute(601));
    assert_eq!(refusal(nowhere.await).code(), "contest_not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_racing_extensions_the_latest_deadline_stays() {
    const RACERS: usize = 32;
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    // In another order, each of them later than the current deadline.
    let asked = |number: usize| minute(61 + i64::try_from(number * 7 % RACERS).unwrap());
    let answers = race(RACERS, |number| {
        let (engine, contest, deadline) = (scene.engine(number), contest.id, asked(number));
        async move { engine.extend_contest(ALICE, contest, deadline).await }
    });
    for (number, answer) in answers.await.into_iter().enumerate() {
        match answer {
            Ok(contest) => assert_eq!(contest.deadline, asked(number)),
            Err(Error::Refused(Refusal::EarlierDeadline { deadline, .. })) => {
                assert!(deadline > asked(number));
            }
            Err(error) => panic!("{error}"),
        }
    }
    let latest = (0..RACERS).map(asked).max().unwrap();
    assert_eq!(scene.find(START, &contest).await.deadline, latest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i1_of_an_extension_and_a_creation_one_wins() {
    const ROUNDS: u128 = 16;
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    // The clocks disagree: one is just before the deadline, and the other at it.
    let deadline = START + HOUR;
    let (early, late) = (
        scene.process_at(before(deadline)).await,
        scene.process_at(deadline).await,
    );
    for round in 0..ROUNDS {
        let user = user(round);
        let old = scene.create(user, START, &[one]).await.id;
        let next = scene.request(&[two]);
        let answers = race(2, |number| {
            let (early, late, next) = (early.clone(), late.clone(), next.clone());
            async move {
                if number == 0 {
                    let extended = early.extend_contest(user, old, minute(90)).await;
                    return extended.map(|contest| contest.id);
                }
                let created = late.create_contest(user, &next).await;
                created.map(|created| created.contest.id)
            }
        });
        let answers = answers.await;
        let won: Vec<_> = answers.iter().flatten().copied().collect();
        assert_eq!(won.len(), 1, "round {round}: {answers:?}");
        let seen = scene.audit(user, deadline).await;
        assert_eq!(seen.active, Some(won[0]), "round {round}");
    }
}
