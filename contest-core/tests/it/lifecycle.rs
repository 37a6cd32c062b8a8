//! The life of a contest (I2, I3).

use contest_core::prelude::*;
use contest_core::progress::ContestCounts;
use contest_core::rules::FinishKind;

use crate::scene::Scene;
use crate::support::*;

const KINDS: [(FinishKind, ContestStatus); 2] = [
    (FinishKind::Complete, ContestStatus::Completed),
    (FinishKind::Abandon, ContestStatus::Abandoned),
];

async fn finish(
    scene: &Scene,
    now: Timestamp,
    contest: &Contest,
    kind: FinishKind,
) -> Result<Contest, Error> {
    let engine = scene.at(now);
    match kind {
        FinishKind::Complete => engine.complete_contest(contest.user, contest.id).await,
        FinishKind::Abandon => engine.abandon_contest(contest.user, contest.id).await,
    }
}

fn ended(contest: &Contest, status: ContestStatus, ended_at: Timestamp) -> Refusal {
    Refusal::ContestNotAccepting {
        contest: contest.id,
        status,
        ended_at,
    }
}

#[tokio::test]
async fn i2_a_contest_is_active_until_its_deadline() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    for (now, active) in [
        (START, true),
        (before(contest.deadline), true),
        (contest.deadline, false),
        (minute(1_000_000), false),
        // An earlier instant again: reading at a later one changed nothing.
        (minute(30), true),
    ] {
        let expected = active.then_some(contest.id);
        assert_eq!(scene.active(ALICE, now).await, expected, "at {now}");
        let counts = ContestCounts {
            active: u64::from(active),
            expired: u64::from(!active),
            ..ContestCounts::default()
        };
        assert_eq!(scene.audit(ALICE, now).await.counts(), counts, "at {now}");
    }
}

#[tokio::test]
async fn i2_reading_settles_nothing() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let contest = scene.create(ALICE, START, &[one]).await;
    let (record, stored) = (
        scene.audit(ALICE, START).await.record,
        scene.stored(&contest).await,
    );
    for now in [contest.deadline, contest.deadline + HOUR] {
        assert_eq!(scene.audit(ALICE, now).await.record, record);
        assert_eq!(scene.stored(&contest).await, stored);
    }
}

/// Instants around the start and the deadline of a contest from [`START`], one hour long, and whether
/// it accepts work then. A clock that is behind its start does not lock the user out.
fn instants() -> [(Timestamp, bool); 6] {
    let deadline = START + HOUR;
    [
        (minute(-5_000), true),
        (before(START), true),
        (START, true),
        (before(deadline), true),
        (deadline, false),
        (minute(90), false),
    ]
}

#[tokio::test]
async fn i2_marks_are_accepted_from_start_to_deadline() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    for ((now, accepts), number) in instants().into_iter().zip(0..) {
        let contest = scene.create(user(number), START, &[one]).await;
        let marked = scene.at(now).mark_solved(user(number), contest.id, one);
        let marked = marked.await;
        if accepts {
            assert!(marked.unwrap().changed, "marking at {now}");
            assert_eq!(scene.unmark(now, &contest, one).await, (None, true));
        } else {
            let expired = ended(&contest, ContestStatus::Expired, contest.deadline);
            assert_eq!(refusal(marked), expired, "marking at {now}");
        }
        scene.audit(user(number), now).await;
    }
}

#[tokio::test]
async fn i2_endings_are_accepted_from_start_to_deadline() {
    let scene = Scene::with(12).await;
    let [one] = scene.first();
    let mut number = 0;
    for (now, accepts) in instants() {
        for (kind, status) in KINDS {
            number += 1;
            let contest = scene.create(user(number), START, &[one]).await;
            let answer = finish(&scene, now, &contest, kind).await;
            if accepts {
                assert_eq!(answer.unwrap().status, status, "{kind:?} at {now}");
            } else {
                let expired = ended(&contest, ContestStatus::Expired, contest.deadline);
                assert_eq!(refusal(answer), expired, "{kind:?} at {now}");
            }
            let stored = scene.stored(&contest).await.ending;
            assert_eq!(stored.is_some(), accepts, "{kind:?} at {now}");
            scene.audit(user(number), now).await;
        }
    }
}

/// Repeating succeeds; everything else is refused with how the contest ended.
#[tokio::test]
async fn i3_an_ending_is_stored_and_stays() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    for ((kind, status), number) in KINDS.into_iter().zip(0..) {
        let user = user(number);
        let contest = scene.create(user, START, &[one, two]).await;
        scene.mark(minute(1), &contest, one).await;
        let ended = finish(&scene, minute(2), &contest, kind).await.unwrap();
        assert_eq!((ended.status, ended.ended_at), (status, Some(minute(2))));
        let before = scene.audit(user, minute(3)).await;
        assert_eq!(before.active, None);
        // Earlier, in between, later, and past the deadline: nothing is accepted any more.
        for now in [START, minute(2), minute(3), minute(90)] {
            ensure_ended(&scene, now, &ended, [one, two]).await;
        }
        assert_eq!(scene.audit(user, minute(3)).await, before);
    }
}

/// Checks that an ended contest, whose first problem is marked, accepts no other ending and no change
/// of its marks.
async fn ensure_ended(
    scene: &Scene,
    now: Timestamp,
    contest: &Contest,
    [one, two]: [ProblemId; 2],
) {
    let reason = ended(contest, contest.status, contest.ended_at.unwrap());
    for (kind, status) in KINDS {
        let answer = finish(scene, now, contest, kind).await;
        if status == contest.status {
            assert_eq!(answer.unwrap().ended_at, contest.ended_at);
        } else {
            assert_eq!(refusal(answer), reason, "{kind:?} at {now}");
        }
    }
    let (completed_at, changed) = scene.mark(now, contest, one).await;
    assert_eq!((completed_at, changed), (Some(minute(1)), false));
    let marked = scene.at(now).mark_solved(contest.user, contest.id, two);
    assert_eq!(refusal(marked.await), reason, "marking at {now}");
    let unmarked = scene.at(now).unmark(contest.user, contest.id, one);
    assert_eq!(refusal(unmarked.await), reason, "unmarking at {now}");
    assert_eq!(scene.unmark(now, contest, two).await, (None, false));
}

/// It is not the record's open contest, so it is expired by any clock.
#[tokio::test]
async fn i3_a_settled_contest_stays_expired() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    let old = scene.create(ALICE, START, &[one, two]).await;
    scene.mark(minute(1), &old, one).await;
    let new = scene.create(ALICE, minute(70), &[three]).await;
    let mut settled = scene.find(minute(70), &old).await;
    assert_eq!(
        (settled.status, settled.ended_at),
        (ContestStatus::Expired, Some(old.deadline))
    );
    for now in [minute(30), minute(80)] {
        ensure_ended(&scene, now, &settled, [one, two]).await;
    }
    scene.complete(minute(80), &new).await;
    settled.as_of = minute(80);
    assert_eq!(scene.find(minute(80), &old).await, settled);
}

#[tokio::test]
async fn i3_an_ending_makes_room_at_once() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let mut at = START;
    for (kind, _) in KINDS.into_iter().cycle().take(6) {
        let contest = scene.create(ALICE, at, &[one, two]).await;
        assert_eq!(contest.started_at, at);
        at = at + HOUR / 4;
        finish(&scene, at, &contest, kind).await.unwrap();
        // The next one begins at the very instant this one ended.
    }
    let counts = ContestCounts {
        completed: 3,
        abandoned: 3,
        ..ContestCounts::default()
    };
    assert_eq!(scene.audit(ALICE, at).await.counts(), counts);
}
