//! Cases about extra time.

use crate::conformance::failure::{Outcome, ensure, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{ALICE, HOUR, START, just_before, minute, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::race;
use crate::conformance::scene::Scene;
use crate::lifecycle::{NotAccepting, check_accepting};
use crate::model::{Ending, EndingKind};
use crate::store::{CreateContestError, ExtendError, FinishKind};

pub(super) async fn i2_extra_time_moves_the_deadline(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    let mut expected = scene.here(ALICE).create(&new).await?;
    expected.deadline = minute(75);
    let extended = scene.here(ALICE).extend(new.id, minute(75), minute(1));
    ensure_eq("extending a contest", &extended.await?, &expected)?;
    let seen = scene.audit(ALICE, new.deadline).await?;
    ensure_eq("listing it", &seen.contests, &vec![expected.clone()])?;
    ensure_eq(
        "asking who is active at the old deadline",
        &seen.active,
        &Some(new.id),
    )?;
    let there = scene.there(ALICE);
    there.mark(new.id, one, just_before(minute(75))).await?;
    let seen = scene.audit(ALICE, minute(75)).await?;
    ensure_eq("asking at the new deadline", &seen.active, &None)?;
    let next = scene.contest(minute(80), &[two])?;
    let (_, settled) = there.create_over(&next).await?;
    ensure_eq("creating the next one (settled)", &settled, &Some(new.id))?;
    let ending = scene.here(ALICE).find(new.id).await?.ending;
    let expired = Ending {
        kind: EndingKind::Expired,
        at: minute(75),
    };
    ensure_eq("looking at the ending", &ending, &Some(expired))
}

pub(super) async fn extending_never_moves_a_deadline_back(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    let (here, there) = (scene.here(ALICE), scene.there(ALICE));
    let created = here.create(&new).await?;
    let again = here.extend(new.id, new.deadline, minute(1)).await?;
    ensure_eq("extending to the deadline it has", &again, &created)?;
    let extended = here.extend(new.id, minute(90), minute(2)).await?;
    let again = there.extend(new.id, minute(90), minute(3)).await?;
    ensure_eq("extending to the same deadline again", &again, &extended)?;
    for earlier in [just_before(minute(90)), new.deadline, START] {
        ensure_matches!(
            format_args!("extending to {earlier} what is due at {}", minute(90)),
            there.store.extend_contest(ALICE, new.id, earlier, minute(4)).await,
            Err(ExtendError::EarlierDeadline { deadline }) if deadline == minute(90),
        )?;
    }
    let seen = scene.audit(ALICE, minute(5)).await?;
    ensure_eq("listing it", &seen.contests, &vec![extended])
}

pub(super) async fn i2_extensions_are_accepted_from_start_to_deadline(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let deadline = START + HOUR;
    let instants = [
        just_before(START),
        START,
        just_before(deadline),
        deadline,
        minute(90),
    ];
    for (now, number) in instants.into_iter().zip(0..) {
        let user = user(number);
        let new = scene.contest(START, &[one])?;
        let created = scene.here(user).create(&new).await?;
        let expected = check_accepting(None, START, deadline, now);
        let answer = under_test
            .other
            .extend_contest(user, new.id, minute(120), now);
        ensure_matches!(
            format_args!("extending at {now} a contest from {START}, due an hour later: {expected:?}"),
            answer.await,
            Ok(_) if expected.is_ok(),
            Err(ExtendError::NotAccepting(reason)) if expected == Err(reason),
        )?;
        let found = scene.here(user).find(new.id).await?;
        let due = if expected.is_ok() {
            minute(120)
        } else {
            created.deadline
        };
        ensure_eq("looking at the deadline", &found.deadline, &due)?;
    }
    Ok(())
}

pub(super) async fn i3_ended_contests_are_not_extended(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    for (kind, number) in [Some(FinishKind::Complete), Some(FinishKind::Abandon), None]
        .into_iter()
        .zip(0..)
    {
        let user = user(number);
        let new = scene.contest(START, &[one])?;
        let here = scene.here(user);
        here.create(&new).await?;
        match kind {
            Some(kind) => drop(here.finish(new.id, kind, minute(2)).await?),
            // Settled by the next one.
            None => drop(here.create(&scene.contest(minute(70), &[two])?).await?),
        }
        let before = scene.audit(user, minute(71)).await?;
        let ended = scene.there(user).find(new.id).await?;
        let reason = ended.ending.map(NotAccepting::from);
        for now in [START, minute(3), minute(71)] {
            let answer = under_test
                .other
                .extend_contest(user, new.id, minute(200), now);
            ensure_matches!(
                format_args!("extending at {now} what has ended: {:?}", ended.ending),
                answer.await,
                Err(ExtendError::NotAccepting(given)) if Some(given) == reason,
            )?;
        }
        let after = scene.audit(user, minute(71)).await?;
        after.ensure_same(&before, "trying to extend what has ended")?;
    }
    Ok(())
}

pub(super) async fn i1_extra_time_keeps_a_second_contest_out(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&new).await?;
    let extended = scene.here(ALICE).extend(new.id, minute(90), minute(59));
    extended.await?;
    for at in [new.deadline, just_before(minute(90))] {
        let second = scene.contest(at, &[two])?;
        ensure_matches!(
            format_args!("creating at {at} a contest next to one extended until {}", minute(90)),
            under_test.other.create_contest(ALICE, &second).await,
            Err(CreateContestError::ActiveContestExists { contest }) if contest == new.id,
        )?;
    }
    let third = scene.contest(minute(90), &[two])?;
    scene.there(ALICE).create(&third).await.map(|_| ())
}

pub(super) async fn of_racing_extensions_the_latest_deadline_stays(
    under_test: &StoreUnderTest,
) -> Outcome {
    const RACERS: usize = 32;
    let scene = Scene::with(under_test, 12).await?;
    let [one] = scene.first()?;
    let new = scene.contest(START, &[one])?;
    scene.here(ALICE).create(&new).await?;
    // In an order of their own, each of them later than the deadline it has.
    let asked = |number: usize| minute(61 + i64::try_from(number * 7 % RACERS).unwrap_or(0));
    let contest = new.id;
    let answers = race(under_test, RACERS, |number, store| async move {
        let answer = store.extend_contest(ALICE, contest, asked(number), minute(1));
        (asked(number), answer.await)
    });
    for (asked, answer) in answers.await? {
        ensure_matches!(
            format_args!("extending to {asked}, one of {RACERS} at once"),
            answer,
            Ok(ref record) if record.deadline == asked,
            Err(ExtendError::EarlierDeadline { deadline }) if deadline > asked,
        )?;
    }
    let latest = (0..RACERS).map(asked).max();
    let found = scene.there(ALICE).find(contest).await?.deadline;
    ensure_eq("looking at the deadline", &Some(found), &latest)
}

pub(super) async fn i1_of_an_extension_and_a_creation_one_wins(
    under_test: &StoreUnderTest,
) -> Outcome {
    const ROUNDS: u64 = 16;
    let scene = Scene::with(under_test, 12).await?;
    let [one, two] = scene.first()?;
    for round in 0..ROUNDS {
        let user = user(round);
        let old = scene.contest(START, &[one])?;
        scene.here(user).create(&old).await?;
        let (contest, deadline) = (old.id, old.deadline);
        let next = scene.contest(deadline, &[two])?;
        // The clocks disagree: one is just before the deadline, and the other at it.
        let answers = race(under_test, 2, |number, store| {
            let next = next.clone();
            async move {
                if number == 0 {
                    let now = just_before(deadline);
                    let extended = store.extend_contest(user, contest, minute(90), now);
                    return extended.await.map_err(|error| error.to_string()).map(drop);
                }
                let created = store.create_contest(user, &next).await;
                created.map_err(|error| error.to_string()).map(drop)
            }
        });
        let answers = answers.await?;
        let done = format!("extending and creating at once (round {round})");
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        ensure(won == 1, &done, "one of them is done", &answers)?;
        let seen = scene.audit(user, deadline).await?;
        let extended = answers.first().is_some_and(Result::is_ok);
        let active = if extended { contest } else { next.id };
        ensure_eq(done, &seen.active, &Some(active))?;
    }
    Ok(())
}
