//! Random work that does everything an event can tell of.

use std::sync::Arc;
use std::time::Duration;

use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::time::{Clock as _, ManualClock};
use uuid::Uuid;

use super::place::Logged;
use crate::sqlite::support::Dice;

/// Those the work is done for.
pub(super) const USERS: u64 = 3;

const START: i64 = 1_800_000_000_000_000;

pub(super) fn user(number: u64) -> UserId {
    Uuid::from_u128(0x2000 + u128::from(number)).into()
}

pub(super) fn catalogue() -> Catalogue {
    let problem = |number: u32| {
        let difficulty = Difficulty::ALL[number as usize % 3];
        let problem = Problem::new(format!("p-{number}"), format!("P {number}"), difficulty);
        let topic = Topic::new(format!("Topic {}", number % 7)).unwrap();
        problem.unwrap().with_topics([topic]).with_position(number)
    };
    Catalogue::new((0..60).map(problem)).unwrap()
}

/// Somebody who does random work.
pub(super) struct Worker {
    engine: Engine,
    clock: Arc<ManualClock>,
    dice: Dice,
}

impl Worker {
    /// Its day begins later the greater the seed is.
    pub(super) async fn new(store: Arc<dyn Logged>, seed: u64) -> Self {
        let hours = i64::try_from(seed).unwrap() * 3_600_000_000;
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(START + hours)));
        let engine = Engine::builder(store)
            .clock(Arc::clone(&clock))
            .seeds(SequentialSeeds::new(seed))
            .late_policy(LatePolicy::AcceptFor(Duration::from_mins(30)))
            .resume_policy(ResumePolicy::BeforeDeadline);
        Self {
            engine: engine.build().await.unwrap(),
            clock,
            dice: Dice(seed),
        }
    }

    /// Does something. Refusals are fine, failures of the store are not.
    pub(super) async fn step(&mut self) {
        let minutes = self.dice.below(20);
        self.clock.advance(Duration::from_mins(minutes));
        let user = user(self.dice.below(USERS));
        let outcome = self.try_step(user).await;
        let failed = matches!(outcome, Err(Error::Store(_) | Error::TimedOut { .. }));
        assert!(!failed, "{outcome:?}");
    }

    async fn try_step(&mut self, user: UserId) -> Result<(), Error> {
        let engine = self.engine.clone();
        match self.dice.below(40) {
            0..8 => {
                let count = ProblemCount::new(3).unwrap();
                let length = ContestDuration::from_minutes(60).unwrap();
                let request = ContestRequest::new(count, length);
                engine.create_contest(user, &request).await.map(drop)
            }
            8..12 => self.solve(user).await,
            12 => engine.reset_progress(user).await.map(drop),
            _ => self.go_on(user).await,
        }
    }

    async fn solve(&mut self, user: UserId) -> Result<(), Error> {
        let catalogue = self.engine.catalogue();
        let problems: Vec<_> = catalogue.problems().iter().map(|p| p.id).collect();
        let first = self.dice.pick(&problems);
        let others = problems.iter().filter(|id| **id != first).copied().take(2);
        let now = self.clock.now();
        let solves: Vec<_> = [first]
            .into_iter()
            .chain(others)
            .map(|id| NewSolve::new(id, now))
            .collect();
        self.engine.record_solves(user, &solves).await.map(drop)
    }

    /// Does something with the latest contest.
    async fn go_on(&mut self, user: UserId) -> Result<(), Error> {
        let engine = self.engine.clone();
        let contests = engine.contests(user, None, PageLimit::default()).await?;
        let Some(contest) = contests.items.first() else {
            return Ok(());
        };
        let problems: Vec<_> = contest.problems.iter().map(|p| p.problem.id).collect();
        let (id, problem) = (contest.id, self.dice.pick(&problems));
        match self.dice.below(12) {
            0..5 => engine.mark_solved(user, id, problem).await.map(drop),
            5..7 => engine.unmark(user, id, problem).await.map(drop),
            7 => engine.complete_contest(user, id).await.map(drop),
            8 => engine.abandon_contest(user, id).await.map(drop),
            9..11 => engine.resume_contest(user, id).await.map(drop),
            _ => {
                let later = contest.deadline + Duration::from_mins(10);
                engine.extend_contest(user, id, later).await.map(drop)
            }
        }
    }
}
