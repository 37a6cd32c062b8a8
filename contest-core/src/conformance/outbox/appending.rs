//! Cases about what is in the log.

use std::collections::BTreeSet;

use crate::conformance::actor::Actor;
use crate::conformance::chance::Chance;
use crate::conformance::failure::{During, Outcome, ensure_eq};
use crate::conformance::fixtures::{ALICE, BOB, START, minute, under_key, unknown_problem, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::oracle::Oracle;
use crate::conformance::outbox::logged::Logged;
use crate::conformance::step::{Answer, Step, perform};
use crate::id::ContestId;
use crate::lifecycle::LatePolicy;
use crate::model::{EndingKind, EventKind, EventNumber, NewSolve};
use crate::store::{FinishKind, Mark, NewContest};

pub(in crate::conformance) async fn events_tell_the_life_of_a_contest(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    let [one, two] = logged.scene.first()?;
    let (here, there) = (logged.scene.here(ALICE), logged.scene.there(ALICE));
    let new = logged.scene.contest(START, &[one, two])?;
    let contest = new.id;
    here.create(&new).await?;
    here.mark(contest, two, minute(1)).await?;
    there.mark(contest, one, minute(2)).await?;
    there.unmark(contest, two, minute(3)).await?;
    here.extend(contest, minute(90), minute(4)).await?;
    here.finish(contest, FinishKind::Abandon, minute(5)).await?;
    there.resume(contest, minute(6)).await?;
    here.finish(contest, FinishKind::Complete, minute(7))
        .await?;
    here.reset(minute(8)).await?;
    let finished = |ending| EventKind::ContestFinished { contest, ending };
    let solved = |problem| EventKind::ProblemSolved {
        problem,
        contest: Some(contest),
    };
    let deadline = minute(90);
    let unsolved = EventKind::ProblemUnsolved {
        problem: two,
        contest,
    };
    let expected = [
        (START, EventKind::ContestCreated { contest }),
        (minute(1), solved(two)),
        (minute(2), solved(one)),
        (minute(3), unsolved),
        (minute(4), EventKind::ContestExtended { contest, deadline }),
        (minute(5), finished(EndingKind::Abandoned)),
        (minute(6), EventKind::ContestResumed { contest }),
        (minute(7), finished(EndingKind::Completed)),
        (minute(8), EventKind::ProgressReset { epoch: 1 }),
    ];
    logged
        .ensure_told(ALICE, "living through a contest", &expected)
        .await
}

fn expired(contest: ContestId) -> EventKind {
    EventKind::ContestFinished {
        contest,
        ending: EndingKind::Expired,
    }
}

/// By a creation, a resumption and a reset.
pub(in crate::conformance) async fn events_tell_what_was_settled_first(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    let [one] = logged.scene.first()?;
    let here = logged.scene.here(ALICE);
    let lasting = |from: i64, minutes: i64| -> Outcome<NewContest> {
        let plain = logged.scene.contest(minute(from), &[one])?;
        let deadline = minute(from + minutes);
        Ok(NewContest { deadline, ..plain })
    };
    let first = lasting(0, 10)?;
    here.create(&first).await?;
    let second = lasting(11, 60)?;
    here.create(&second).await?;
    here.finish(second.id, FinishKind::Abandon, minute(12))
        .await?;
    let third = lasting(13, 10)?;
    here.create(&third).await?;
    here.resume(second.id, minute(24)).await?;
    here.reset(minute(80)).await?;
    let created = |contest| EventKind::ContestCreated { contest };
    let abandoned = EventKind::ContestFinished {
        contest: second.id,
        ending: EndingKind::Abandoned,
    };
    let resumed = EventKind::ContestResumed { contest: second.id };
    let expected = [
        (START, created(first.id)),
        (minute(11), expired(first.id)),
        (minute(11), created(second.id)),
        (minute(12), abandoned),
        (minute(13), created(third.id)),
        (minute(24), expired(third.id)),
        (minute(24), resumed),
        (minute(80), expired(second.id)),
        (minute(80), EventKind::ProgressReset { epoch: 1 }),
    ];
    let done = "settling contests by creating, resuming and resetting";
    logged.ensure_told(ALICE, done, &expected).await
}

pub(in crate::conformance) async fn events_tell_each_solve_outside_a_contest(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    let [one, two, three] = logged.scene.first()?;
    let here = logged.scene.here(ALICE);
    here.record(&[two], minute(5)).await?;
    // In the order given, each with its own time, and nothing of what was solved before.
    let batch = [(three, 4), (two, 6), (one, -9)];
    let solves = batch.map(|(problem, at)| NewSolve::new(problem, minute(at)));
    let recorded = here.store.record_solves(ALICE, &solves).await;
    recorded.during("recording solves of several times")?;
    let outside = |problem| EventKind::ProblemSolved {
        problem,
        contest: None,
    };
    let expected = [
        (minute(5), outside(two)),
        (minute(4), outside(three)),
        (minute(-9), outside(one)),
    ];
    logged
        .ensure_told(ALICE, "recording solves", &expected)
        .await
}

/// Marks are told, also where they record no solve or take none back, and late ones.
pub(in crate::conformance) async fn events_tell_marks_whatever_was_solved(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    let [one, two] = logged.scene.first()?;
    let here = logged.scene.here(ALICE);
    let new = NewContest {
        late_policy: LatePolicy::AcceptFor(crate::conformance::fixtures::HOUR),
        ..logged.scene.contest(START, &[one, two])?
    };
    let contest = new.id;
    here.create(&new).await?;
    here.record(&[one], minute(1)).await?;
    here.mark(contest, one, minute(2)).await?;
    here.unmark(contest, one, minute(3)).await?;
    here.mark(contest, two, minute(61)).await?;
    let solved = |problem, contest| EventKind::ProblemSolved { problem, contest };
    let unsolved = EventKind::ProblemUnsolved {
        problem: one,
        contest,
    };
    let expected = [
        (START, EventKind::ContestCreated { contest }),
        (minute(1), solved(one, None)),
        (minute(2), solved(one, Some(contest))),
        (minute(3), unsolved),
        (minute(61), solved(two, Some(contest))),
    ];
    let done = "marking what was solved elsewhere, and marking late";
    logged.ensure_told(ALICE, done, &expected).await
}

/// Steps that are refused or find everything as they want it, with a contest that is active.
fn idle_steps(new: &NewContest, next: NewContest) -> Vec<Step> {
    let (contest, now) = (new.id, minute(3));
    let unknown = ContestId::new(START, 99);
    let problem = new.problems.first().copied().unwrap_or(unknown_problem(1));
    let mark = |problem, mark| Step::Mark {
        contest,
        problem,
        mark,
        now,
    };
    let deadline = new.deadline;
    let finish = |contest, now| Step::Finish {
        contest,
        kind: FinishKind::Complete,
        now,
    };
    let extend = |contest, deadline, now| Step::Extend {
        contest,
        deadline,
        now,
    };
    vec![
        Step::Create(new.clone()),
        Step::Create(next),
        mark(problem, Mark::Solved),
        mark(unknown_problem(2), Mark::Solved),
        mark(unknown_problem(2), Mark::Unsolved),
        Step::Mark {
            contest,
            problem,
            mark: Mark::Solved,
            now: minute(999),
        },
        finish(unknown, now),
        finish(contest, minute(999)),
        extend(contest, deadline, now),
        extend(contest, minute(1), now),
        extend(unknown, deadline, now),
        extend(contest, minute(1000), minute(999)),
        Step::Resume { contest, now },
        Step::Resume {
            contest: unknown,
            now,
        },
        Step::Reset { now },
        Step::Record(vec![NewSolve::new(problem, START)]),
        Step::Record(vec![NewSolve::new(unknown_problem(3), START)]),
        Step::Record(Vec::new()),
    ]
}

pub(in crate::conformance) async fn events_say_nothing_of_steps_that_change_nothing(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    let [one, two] = logged.scene.first()?;
    let here = logged.scene.here(ALICE);
    let new = under_key(logged.scene.contest(START, &[one, two])?, "key", 1)?;
    here.create(&new).await?;
    here.mark(new.id, one, minute(1)).await?;
    let before = logged.told(ALICE).await?;
    let next = logged.scene.contest(minute(2), &[two])?;
    for step in idle_steps(&new, next) {
        let answer = perform(here, &step).await?;
        let done = format!("{step:?}, answered {answer:?}");
        logged.ensure_told(ALICE, &done, &before).await?;
    }
    // Nor of another user's attempts, for neither of them.
    for step in idle_steps(&new, new.clone()) {
        if let Step::Create(_) | Step::Record(_) | Step::Reset { .. } = step {
            continue;
        }
        let answer = perform(logged.scene.there(BOB), &step).await?;
        ensure_eq("trying as another user", &answer, &Answer::NotFound)?;
    }
    logged
        .ensure_told(ALICE, "another user's attempts", &before)
        .await?;
    logged.ensure_told(BOB, "attempts", &[]).await
}

pub(in crate::conformance) async fn events_are_numbered_by_user(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    for (problem, number) in logged.scene.problems.iter().zip(0..) {
        let who = if number % 3 == 0 { BOB } else { ALICE };
        let here = logged.scene.here(who);
        here.record(&[*problem], minute(number)).await?;
    }
    let told = (
        logged.told(ALICE).await?.len(),
        logged.told(BOB).await?.len(),
    );
    ensure_eq("recording solves of two users in turns", &told, &(8, 4))?;
    logged
        .ensure_told(user(77), "what other users did", &[])
        .await
}

pub(in crate::conformance) async fn events_are_read_page_by_page(
    under_test: &StoreUnderTest,
) -> Outcome {
    let logged = Logged::with(under_test, 12).await?;
    logged.tell(BOB, 3).await?;
    logged.tell(ALICE, 9).await?;
    for (after, limit, expected) in [
        (0, 4, vec![1, 2, 3, 4]),
        (4, 4, vec![5, 6, 7, 8]),
        (8, 4, vec![9]),
        (9, 4, vec![]),
        (u64::MAX, 4, vec![]),
        (3, 0, vec![]),
        (2, u32::MAX, (3..=9).collect()),
    ] {
        let done = format!("reading at most {limit} of 9 events after {after}");
        let events = logged
            .log
            .events_after(ALICE, EventNumber(after), limit)
            .await;
        let numbers = events.during(&done)?.into_iter().map(|e| e.number.0);
        ensure_eq(done, &numbers.collect(), &expected)?;
    }
    Ok(())
}

/// The same sequences as in the case of the same kind about everything else.
pub(in crate::conformance) async fn events_are_those_of_the_model_after_random_steps(
    under_test: &StoreUnderTest,
) -> Outcome {
    const SEEDS: u64 = 2;
    const STEPS: u32 = 120;
    let logged = Logged::with(under_test, 60).await?;
    for seed in 0..SEEDS {
        let user = user(seed);
        let mut chance = Chance::new(seed);
        let mut oracle = Oracle::new(user, logged.scene.catalogue.clone());
        crate::conformance::actor::publish(&*under_test.store, &logged.scene.catalogue).await?;
        for number in 0..STEPS {
            let step = chance.next_step(&logged.scene, &oracle)?;
            oracle.perform(&step)?;
            let store = under_test.handle(chance.toss());
            perform(Actor::new(&*store, user), &step).await?;
            let done = format!("step {number} of seed {seed}: {step:?}");
            logged.ensure_told(user, &done, oracle.told()).await?;
        }
    }
    // Each user's events tell of its own contests only.
    let mut contests = BTreeSet::new();
    for seed in 0..SEEDS {
        for (_, kind) in logged.told(user(seed)).await? {
            if let EventKind::ContestCreated { contest } = kind {
                let first = contests.insert(contest);
                ensure_eq("looking for contests told twice", &first, &true)?;
            }
        }
    }
    Ok(())
}
