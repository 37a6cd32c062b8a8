//! All kinds of calls at once for one user.

use std::collections::BTreeSet;
use std::sync::Arc;

use contest_core::prelude::*;
use contest_core::store::EventLog;
use futures::future::join_all;
use tokio::sync::Barrier;

use super::Dice;
use super::worker::{Kept, check_whole, request};

/// How often a call of each kind had an effect.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    calls: u64,
    created: u64,
    resets: u64,
    marked: i64,
    unmarked: i64,
}

impl Counts {
    fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            created: self.created + other.created,
            resets: self.resets + other.resets,
            marked: self.marked + other.marked,
            unmarked: self.unmarked + other.unmarked,
        }
    }
}

/// One of several tasks. A refusal is a valid answer.
struct Task {
    engine: Engine,
    user: UserId,
    dice: Dice,
    counts: Counts,
}

impl Task {
    async fn run(mut self, calls: u64) -> Counts {
        for _ in 0..calls {
            self.counts.calls += 1;
            match self.call().await {
                Ok(()) | Err(Error::Refused(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        self.counts
    }

    async fn call(&mut self) -> Result<(), Error> {
        let what = self.dice.below(20);
        match what {
            0..5 => {
                self.engine.create_contest(self.user, &request(5)).await?;
                self.counts.created += 1;
            }
            5..8 => self.record().await?,
            8 => {
                self.engine.reset_progress(self.user).await?;
                self.counts.resets += 1;
            }
            _ => self.change(what).await?,
        }
        Ok(())
    }

    async fn record(&mut self) -> Result<(), Error> {
        let catalogue = self.engine.catalogue();
        let mut solve = || {
            let place = self.dice.below(catalogue.problems().len() as u64);
            let problem = catalogue.problems()[usize::try_from(place).unwrap()].id;
            let at = i64::try_from(self.dice.below(1_000)).unwrap();
            NewSolve::new(problem, Timestamp::from_micros(at))
        };
        let solves = [solve(), solve()];
        self.engine
            .record_solves(self.user, &solves)
            .await
            .map(drop)
    }

    /// Changes the contest that is active at the moment.
    async fn change(&mut self, what: u64) -> Result<(), Error> {
        let Some(active) = self.engine.active_contest(self.user).await? else {
            return Ok(());
        };
        let place = usize::try_from(self.dice.below(5)).unwrap();
        let problem = active.problems[place].problem.id;
        let (engine, user) = (&self.engine, self.user);
        match what {
            9 => {
                engine.complete_contest(user, active.id).await?;
            }
            10 => {
                engine.abandon_contest(user, active.id).await?;
            }
            11..14 => {
                let unmarked = engine.unmark(user, active.id, problem).await?;
                self.counts.unmarked += i64::from(unmarked.changed);
            }
            _ => {
                let marked = engine.mark_solved(user, active.id, problem).await?;
                self.counts.marked += i64::from(marked.changed);
            }
        }
        Ok(())
    }
}

/// Runs tasks of `calls` each, spread over the engines. Checks that no call fails, and that in the end the
/// stored data agrees with the answers.
pub(crate) async fn race(
    engines: &[Engine],
    log: &(impl EventLog + ?Sized),
    user: UserId,
    tasks: usize,
    calls: u64,
) {
    let start = Arc::new(Barrier::new(tasks));
    let running = engines.iter().cycle().zip(0..tasks).map(|(engine, seed)| {
        let task = Task {
            engine: engine.clone(),
            user,
            dice: Dice(seed as u64),
            counts: Counts::default(),
        };
        let start = Arc::clone(&start);
        tokio::spawn(async move {
            start.wait().await;
            task.run(calls).await
        })
    });
    let counts = join_all(running).await;
    let counts = counts.into_iter().map(Result::unwrap);
    let counts = counts.fold(Counts::default(), Counts::and);
    println!("{counts:?}");
    let engine = &engines[0];
    check_whole(engine, log).await;
    let kept = Kept::of(engine, user).await.unwrap();
    assert_eq!(kept.contests.len() as u64, counts.created);
    assert_eq!(kept.epoch, counts.resets);
    let problems = kept.contests.values().flat_map(|one| &one.problems);
    let marks = problems.filter(|problem| problem.mark.is_some()).count();
    let marks = i64::try_from(marks).unwrap();
    assert_eq!(marks, counts.marked - counts.unmarked);
    let live = kept.solves.iter().filter(|solve| solve.is_solve());
    let of_epoch = live.filter(|solve| solve.epoch == kept.epoch);
    let solved: BTreeSet<_> = of_epoch.map(|solve| solve.problem).collect();
    let progress = engine.progress(user).await.unwrap();
    assert_eq!(progress.overall().solved, solved.len() as u64);
    let open = kept.contests.values().filter(|one| one.ending.is_none());
    assert!(open.count() <= 1);
}
