//! Random work on a store, and the check that nothing acknowledged is missing afterwards.

use std::fmt;

use contest_core::prelude::*;
use contest_core::store::{ContestPage, ContestRepository, SolveRepository};
use contest_sqlx::sqlite::SqliteStore;
use uuid::Uuid;

use crate::sqlite::support::Dice;

/// How many problems each contest has.
const CONTEST: u16 = 5;

/// The users that work is done for. The first one also takes marks back.
const USERS: u64 = 4;

pub(super) fn user(number: u64) -> UserId {
    Uuid::from_u128(0x1000 + u128::from(number)).into()
}

/// So many problems that users do not run out of them.
pub(super) fn catalogue(size: u32) -> Catalogue {
    let problem = |number: u32| {
        let difficulty = Difficulty::ALL[number as usize % 3];
        let topics = [format!("Topic {}", number % 7), "All".to_owned()];
        let problem = Problem::new(format!("p-{number}"), format!("P {number}"), difficulty);
        let topics = topics.map(|topic| Topic::new(topic).unwrap());
        problem.unwrap().with_topics(topics).with_position(number)
    };
    Catalogue::new((0..size).map(problem)).unwrap()
}

/// A write that was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Created(UserId, ContestId),
    Marked(UserId, ContestId, ProblemId),
    Ended(UserId, ContestId),
    Solved(UserId, ProblemId),
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(user, contest) => write!(f, "created {user} {contest}"),
            Self::Marked(user, contest, problem) => write!(f, "marked {user} {contest} {problem}"),
            Self::Ended(user, contest) => write!(f, "ended {user} {contest}"),
            Self::Solved(user, problem) => write!(f, "solved {user} {problem}"),
        }
    }
}

impl Done {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split_whitespace().collect();
        Some(match *words {
            ["created", u, c] => Self::Created(u.parse().ok()?, c.parse().ok()?),
            ["marked", u, c, p] => Self::Marked(u.parse().ok()?, c.parse().ok()?, p.parse().ok()?),
            ["ended", u, c] => Self::Ended(u.parse().ok()?, c.parse().ok()?),
            ["solved", u, p] => Self::Solved(u.parse().ok()?, p.parse().ok()?),
            _ => return None,
        })
    }
}

/// Somebody who does random work.
pub(super) struct Worker {
    pub(super) engine: Engine,
    pub(super) dice: Dice,
}

impl Worker {
    pub(super) async fn new(store: SqliteStore, seed: u64) -> Self {
        Self {
            engine: Engine::builder(store).build().await.unwrap(),
            dice: Dice(seed),
        }
    }

    /// Does something. Refusals are fine, failures of the store are not.
    pub(super) async fn step(&mut self) -> Result<Option<Done>, Error> {
        let number = self.dice.below(USERS);
        let outcome = self.try_step(user(number)).await;
        match outcome {
            Err(error @ (Error::Store(_) | Error::TimedOut { .. })) => Err(error),
            Err(_) => Ok(None),
            // What this user marks may be taken back.
            Ok(Some(Done::Marked(..))) if number == 0 => Ok(None),
            Ok(done) => Ok(done),
        }
    }

    async fn try_step(&mut self, user: UserId) -> Result<Option<Done>, Error> {
        let what = self.dice.below(10);
        if what < 3 {
            return self.create(user).await;
        }
        if what < 4 {
            return self.solve(user).await;
        }
        let Some(active) = self.engine.active_contest(user).await? else {
            return Ok(None);
        };
        if what < 5 {
            self.engine.complete_contest(user, active.id).await?;
            return Ok(Some(Done::Ended(user, active.id)));
        }
        let problems: Vec<_> = active.problems.iter().map(|p| p.problem.id).collect();
        let problem = self.dice.pick(&problems);
        if what < 7 && user == self::user(0) {
            self.engine.unmark(user, active.id, problem).await?;
            return Ok(None);
        }
        self.engine.mark_solved(user, active.id, problem).await?;
        Ok(Some(Done::Marked(user, active.id, problem)))
    }

    async fn create(&mut self, user: UserId) -> Result<Option<Done>, Error> {
        let count = ProblemCount::new(CONTEST).unwrap();
        let request = ContestRequest::new(count, ContestDuration::from_minutes(60).unwrap());
        let created = self.engine.create_contest(user, &request).await?;
        Ok(Some(Done::Created(user, created.id)))
    }

    async fn solve(&mut self, user: UserId) -> Result<Option<Done>, Error> {
        let catalogue = self.engine.catalogue();
        let problems: Vec<_> = catalogue.problems().iter().map(|p| p.id).collect();
        let mut solve = || {
            let at = i64::try_from(self.dice.below(1_000_000)).unwrap();
            NewSolve::new(self.dice.pick(&problems), Timestamp::from_micros(at))
        };
        let solves = [solve(), solve(), solve()];
        self.engine.record_solves(user, &solves).await?;
        Ok(Some(Done::Solved(user, solves[0].problem)))
    }
}

/// Everything acknowledged is there.
pub(super) async fn check_done(store: &SqliteStore, done: &[Done]) {
    for &done in done {
        let there = match done {
            Done::Created(user, contest) => {
                store.find_contest(user, contest).await.unwrap().is_some()
            }
            Done::Marked(user, contest, problem) => {
                let contest = store.find_contest(user, contest).await.unwrap().unwrap();
                let marked = |p: &&_| is_marked(p, problem);
                contest.problems.iter().any(|p| marked(&p))
                    && has_solved(store, user, problem).await
            }
            Done::Ended(user, contest) => {
                let contest = store.find_contest(user, contest).await.unwrap().unwrap();
                contest.ending.is_some()
            }
            Done::Solved(user, problem) => has_solved(store, user, problem).await,
        };
        assert!(there, "acknowledged and lost: {done}");
    }
}

fn is_marked(assigned: &contest_core::model::AssignedProblem, problem: ProblemId) -> bool {
    assigned.problem == problem && assigned.completed_at.is_some()
}

async fn has_solved(store: &SqliteStore, user: UserId, problem: ProblemId) -> bool {
    let solved = store.solved_among(user, &[problem]).await.unwrap();
    solved.contains(&problem)
}

/// Nothing is there by half.
pub(super) async fn check_whole(store: &SqliteStore) {
    for number in 0..USERS {
        let page = ContestPage {
            before: None,
            limit: 100_000,
        };
        let contests = store.list_contests(user(number), page).await.unwrap();
        let partial =
            |c: &&contest_core::model::ContestRecord| c.problems.len() != usize::from(CONTEST);
        assert_eq!(contests.iter().find(partial), None, "a half contest");
        let open = contests.iter().filter(|c| c.ending.is_none()).count();
        assert!(open <= 1, "{open} contests of user {number} are open");
    }
    assert_eq!(store.verify().await.unwrap(), []);
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(store.reader())
        .await
        .unwrap();
    assert_eq!(sound, "ok");
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_all(store.reader());
    assert!(dangling.await.unwrap().is_empty());
}
