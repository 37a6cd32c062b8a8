//! Cases about reading lists page by page.

use crate::conformance::actor::Actor;
use crate::conformance::failure::{During, Outcome, ensure_eq};
use crate::conformance::fixtures::{ALICE, BOB, HOUR, START, contest_id, minute};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::scene::Scene;
use crate::id::{ContestId, SolveEventId};
use crate::model::{NewSolve, SolveEvent};
use crate::store::{FinishKind, SolveEventPage};
use crate::time::Timestamp;

/// Creates contests one after the other, an hour apart; the first expires, the next is completed,
/// and so on. Returns their ids, latest first.
async fn create_some(scene: &Scene<'_>, numbers: std::ops::Range<u32>) -> Outcome<Vec<ContestId>> {
    let [one] = scene.first()?;
    let mut ids = Vec::new();
    for number in numbers {
        let at = START + HOUR * number;
        let new = scene.contest(at, &[one])?;
        scene.here(ALICE).create(&new).await?;
        if number % 2 == 1 {
            scene
                .here(ALICE)
                .finish(new.id, FinishKind::Complete, at)
                .await?;
        }
        ids.insert(0, new.id);
    }
    Ok(ids)
}

/// The ids of a page of contests.
async fn page(actor: Actor<'_>, before: Option<ContestId>, limit: u32) -> Outcome<Vec<ContestId>> {
    let listed = actor.contests(before, limit).await?;
    Ok(listed.into_iter().map(|contest| contest.id).collect())
}

pub(super) async fn pages_of_contests_are_latest_first(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let there = scene.there(ALICE);
    ensure_eq("listing before any", &page(there, None, 10).await?, &vec![])?;
    let ids = create_some(&scene, 0..7).await?;
    let [latest, .., earliest] = *ids.as_slice() else {
        return Ok(());
    };
    for (before, limit, skipped) in [
        (None, u32::MAX, 0),
        (None, 3, 0),
        (None, 7, 0),
        (None, 1, 0),
        (None, 0, 0),
        (Some(latest), 3, 1),
        (ids.get(3).copied(), 2, 4),
        (ids.get(3).copied(), 10, 4),
        (Some(earliest), 10, 7),
        // Cursors need not be ids of contests.
        (Some(contest_id(0, minute(-1))), 10, 7),
        (Some(contest_id(0, minute(10_000))), 10, 0),
    ] {
        let expected: Vec<_> = ids
            .iter()
            .copied()
            .skip(skipped)
            .take(limit as usize)
            .collect();
        let done = format!("listing {limit} contest(s) of 7 before {before:?}");
        ensure_eq(done, &page(there, before, limit).await?, &expected)?;
    }
    let listed = there.contests(None, 7).await?;
    for contest in listed {
        ensure_eq(
            "comparing a list with look-ups",
            &there.find(contest.id).await?,
            &contest,
        )?;
    }
    Ok(())
}

pub(super) async fn pages_of_contests_meet_while_contests_are_added(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let expected = create_some(&scene, 0..8).await?;
    let there = scene.there(ALICE);
    let (mut seen, mut before) = (Vec::new(), None);
    for round in 0..4 {
        let next = page(there, before, 2).await?;
        before = next.last().copied();
        seen.extend(next);
        create_some(&scene, 8 + 2 * round..10 + 2 * round).await?;
    }
    ensure_eq(
        "listing 8 contests two by two while others are added",
        &seen,
        &expected,
    )
}

/// The event's place in the order of histories.
fn place(event: &SolveEvent) -> (Timestamp, SolveEventId) {
    (event.at, event.id)
}

async fn events(
    actor: Actor<'_>,
    before: Option<(Timestamp, SolveEventId)>,
    limit: u32,
) -> Outcome<Vec<SolveEvent>> {
    let page = SolveEventPage { before, limit };
    let found = actor.store.solve_history(actor.user, page).await;
    found.during(format_args!("reading {limit} event(s) before {before:?}"))
}

pub(super) async fn pages_of_history_are_latest_first(under_test: &StoreUnderTest) -> Outcome {
    let scene = Scene::with(under_test, 12).await?;
    let here = scene.here(ALICE);
    // Seven events at one instant, others before and after it, recorded in another order.
    let (same, rest) = scene.problems.split_at(7);
    let solves: Vec<_> = rest
        .iter()
        .zip([3, -2, 1, -1, 2])
        .map(|(problem, minutes)| NewSolve::new(*problem, minute(minutes)))
        .collect();
    here.record(same, START).await?;
    let recorded = here.store.record_solves(ALICE, &solves).await;
    recorded.during("recording solves at different times")?;
    scene.here(BOB).record(same, START).await?;

    let there = scene.there(ALICE);
    let all = events(there, None, u32::MAX).await?;
    ensure_eq("reading the whole history (length)", &all.len(), &12)?;
    let mut sorted = all.clone();
    sorted.sort_unstable_by_key(|event| std::cmp::Reverse(place(event)));
    ensure_eq("reading the whole history (order)", &all, &sorted)?;
    for limit in [1, 2, 5, 12, 100] {
        let mut seen = Vec::new();
        loop {
            let next = events(there, seen.last().map(place), limit).await?;
            if next.is_empty() || seen.len() > all.len() {
                break;
            }
            seen.extend(next);
        }
        ensure_eq(
            format_args!("reading the history {limit} at a time"),
            &seen,
            &all,
        )?;
    }
    ensure_eq("reading no events", &events(there, None, 0).await?, &vec![])
}

pub(super) async fn pages_of_history_meet_while_events_are_added(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 24).await?;
    let here = scene.here(ALICE);
    let (early, late) = scene.problems.split_at(8);
    here.record(early, START).await?;
    let expected = events(here, None, u32::MAX).await?;
    let (mut seen, mut before) = (Vec::new(), None);
    let mut added = late.iter();
    for round in 0..4 {
        let next = events(scene.there(ALICE), before, 2).await?;
        before = next.last().map(place);
        seen.extend(next);
        // Later than what was read; and much earlier, so that it follows everything.
        for at in [minute(1 + round), minute(-1_000 - round)] {
            if let Some(problem) = added.next() {
                here.record(&[*problem], at).await?;
            }
        }
    }
    ensure_eq(
        "reading 8 events two by two while others are added",
        &seen,
        &expected,
    )
}
