//! A case of many random steps, each compared with the [`Oracle`] (I8, and everything else).

use crate::conformance::actor::{Actor, publish};
use crate::conformance::chance::Chance;
use crate::conformance::failure::{Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{MICROSECOND, START, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::oracle::{Event, Oracle};
use crate::conformance::scene::Scene;
use crate::conformance::snapshot::Snapshot;
use crate::conformance::step::{Step, perform};
use crate::id::UserId;
use crate::model::SolveEvent;

/// How many sequences, each of its own seed and user.
const SEEDS: u64 = 3;

/// How many steps each has.
const STEPS: u32 = 150;

pub(super) async fn i8_everything_equals_a_recount_after_random_steps(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 60).await?;
    for seed in 0..SEEDS {
        publish(&*under_test.store, &scene.catalogue).await?;
        let mut sequence = Sequence {
            scene: &scene,
            user: user(seed),
            chance: Chance::new(seed),
            oracle: Oracle::new(user(seed), scene.catalogue.clone()),
            history: Vec::new(),
        };
        for number in 0..STEPS {
            let step = sequence.chance.next_step(&scene, &sequence.oracle)?;
            let compared = sequence.compare(&step).await;
            let context = format!("step {number} of seed {seed}: {step:?}");
            compared.map_err(|failure| failure.after(context))?;
        }
    }
    // What one user did and published left the counts of the others right.
    for seed in 0..SEEDS {
        scene.audit(user(seed), START).await?;
    }
    Ok(())
}

/// A sequence of steps of one user.
struct Sequence<'a> {
    scene: &'a Scene<'a>,
    user: UserId,
    chance: Chance,
    oracle: Oracle,
    /// What the history was before.
    history: Vec<SolveEvent>,
}

impl Sequence<'_> {
    /// Does a step through one handle, and compares everything through the other.
    async fn compare(&mut self, step: &Step) -> Outcome {
        let store = self.scene.under_test.handle(self.chance.toss());
        let expected = self.oracle.perform(step)?;
        let answer = perform(Actor::new(&*store, self.user), step).await?;
        ensure_eq("comparing the answer", &answer, &expected)?;
        let seen = self.scene.audit(self.user, self.chance.now).await?;
        ensure_eq(
            "comparing what is solved",
            &seen.solved,
            &self.oracle.solved(),
        )?;
        ensure_eq("comparing solves", &seen.solves, &self.oracle.solves())?;
        ensure_eq(
            "comparing contests",
            &seen.contests,
            &self.oracle.contests(),
        )?;
        ensure_eq("comparing the epoch", &seen.epoch, &self.oracle.epoch())?;
        self.compare_history(&seen)?;
        self.history = seen.history;
        self.compare_intervals().await
    }

    fn compare_history(&self, seen: &Snapshot) -> Outcome {
        let events = seen.history.iter();
        let events = events.map(|e| (e.at, e.problem, e.kind, e.contest));
        ensure_eq(
            "comparing the history",
            &in_order(events.collect()),
            &in_order(self.oracle.events().to_vec()),
        )?;
        let mut gone = self.history.iter();
        let gone = gone.find(|event| !seen.history.contains(event));
        ensure(
            gone.is_none(),
            "comparing the history with what it was one step before",
            "every event is there, unchanged",
            gone,
        )
    }

    async fn compare_intervals(&self) -> Outcome {
        let third = self.chance.now.saturating_since(START) / 3;
        let end = self.chance.now + MICROSECOND;
        let bounds = [START, START + third, START + third * 2, end];
        let intervals = bounds.iter().zip(bounds.iter().skip(1));
        let expected = intervals.map(|(from, until)| self.oracle.solves_between(*from, *until));
        let there = self.scene.there(self.user);
        let counts = there.solves_within(&bounds).await?;
        ensure_eq("comparing counts by time", &counts, &expected.collect())
    }
}

/// A problem changes once at a time, so that time and problem order its events.
fn in_order(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_unstable_by_key(|(at, problem, ..)| (*at, *problem));
    events
}

#[cfg(all(test, feature = "memory"))]
mod tests {
    use super::*;
    use crate::conformance::step::Answer;
    use crate::memory::MemoryStore;

    /// What the steps of all seeds are answered, by name.
    async fn answers() -> Outcome<std::collections::BTreeMap<String, usize>> {
        let under_test = StoreUnderTest::new(MemoryStore::new());
        let scene = Scene::with(&under_test, 60).await?;
        let mut seen = std::collections::BTreeMap::new();
        for seed in 0..SEEDS {
            let mut chance = Chance::new(seed);
            let mut oracle = Oracle::new(user(seed), scene.catalogue.clone());
            for _ in 0..STEPS {
                let step = chance.next_step(&scene, &oracle)?;
                let solved = oracle.solved();
                let answer = oracle.perform(&step)?;
                let due = |id| {
                    oracle
                        .contests()
                        .iter()
                        .find(|c| c.id == id)
                        .map(|c| c.deadline)
                };
                let name = match (&step, &answer) {
                    (Step::Mark { contest, .. }, Answer::Marked(marked))
                        if marked.changed && marked.completed_at >= due(*contest) =>
                    {
                        "Late".to_owned()
                    }
                    (Step::Create(new), Answer::Created)
                        if new.problems.iter().any(|id| solved.contains(id)) =>
                    {
                        "Repeating".to_owned()
                    }
                    _ => format!("{answer:?}"),
                };
                let name = name.split(['(', ' ']).next().unwrap_or_default();
                *seen.entry(name.to_owned()).or_default() += 1;
            }
        }
        Ok(seen)
    }

    #[tokio::test]
    async fn chance_meets_every_answer() {
        let seen = answers().await.unwrap();
        for answer in [
            "Created",
            "Repeating",
            "ActiveExists",
            "Unavailable",
            "Marked",
            "Late",
            "NotInContest",
            "Finished",
            "NotAccepting",
            "Extended",
            "EarlierDeadline",
            "Resumed",
            "NotAbandoned",
            "DeadlinePassed",
            "Reset",
            "Recorded",
            "Unknown",
            "Published",
        ] {
            assert!(seen.contains_key(answer), "{answer} is not among {seen:?}");
        }
    }
}
