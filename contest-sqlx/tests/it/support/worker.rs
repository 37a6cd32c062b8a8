//! Random work through an engine, and the check that no acknowledged write is lost.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::ops::Range;

use contest_core::model::{EventKind, EventNumber};
use contest_core::prelude::*;
use contest_core::store::{
    AttemptPage, ContestPage, ContestSelector, EventLog, StoreError, TimeOrder,
};
use contest_core::user::{AttemptRecord, ContestRecord};

use super::{Dice, user};

/// The number of problems in a contest.
const CONTEST: u16 = 5;

/// The number of users. The first user also undoes marks and resets progress.
pub(crate) const USERS: u64 = 4;

/// A catalogue of this many problems.
pub(crate) fn catalogue(size: u32) -> Catalogue {
    let problem = |number: u32| {
        let difficulty = Difficulty::ALL[number as usize % 3];
        let topics = [format!("Topic {}", number % 7), "All".to_owned()];
        let problem = Problem::new(format!("p-{number}"), format!("P {number}"), difficulty);
        let topics = topics.map(|topic| Topic::new(topic).unwrap());
        problem.unwrap().with_topics(topics).with_position(number)
    };
    Catalogue::new((0..size).map(problem)).unwrap()
}

/// A contest of this many problems.
pub(crate) fn request(count: u16) -> ContestRequest {
    let count = ProblemCount::new(count).unwrap();
    ContestRequest::new(count, ContestDuration::from_minutes(60).unwrap())
}

/// A write that was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Created(UserId, ContestId),
    Marked(UserId, ContestId, ProblemId),
    Ended(UserId, ContestId),
    Solved(UserId, ProblemId),
    Reset(UserId, u64),
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(user, contest) => write!(f, "created {user} {contest}"),
            Self::Marked(user, contest, problem) => write!(f, "marked {user} {contest} {problem}"),
            Self::Ended(user, contest) => write!(f, "ended {user} {contest}"),
            Self::Solved(user, problem) => write!(f, "solved {user} {problem}"),
            Self::Reset(user, epoch) => write!(f, "reset {user} {epoch}"),
        }
    }
}

impl Done {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split_whitespace().collect();
        Some(match *words {
            ["created", u, c] => Self::Created(u.parse().ok()?, c.parse().ok()?),
            ["marked", u, c, p] => Self::Marked(u.parse().ok()?, c.parse().ok()?, p.parse().ok()?),
            ["ended", u, c] => Self::Ended(u.parse().ok()?, c.parse().ok()?),
            ["solved", u, p] => Self::Solved(u.parse().ok()?, p.parse().ok()?),
            ["reset", u, e] => Self::Reset(u.parse().ok()?, e.parse().ok()?),
            _ => return None,
        })
    }

    const fn user(self) -> UserId {
        match self {
            Self::Created(user, _)
            | Self::Marked(user, ..)
            | Self::Ended(user, _)
            | Self::Solved(user, _)
            | Self::Reset(user, _) => user,
        }
    }
}

/// A process or a task that does random work.
pub(crate) struct Worker {
    pub(crate) engine: Engine,
    pub(crate) dice: Dice,
    users: Range<u64>,
}

impl Worker {
    pub(crate) fn new(engine: &Engine, seed: u64) -> Self {
        Self {
            engine: engine.clone(),
            dice: Dice(seed),
            users: 0..USERS,
        }
    }

    /// One that works for one user only.
    pub(crate) fn of_user(engine: &Engine, number: u64, seed: u64) -> Self {
        Self {
            users: number..number + 1,
            ..Self::new(engine, seed)
        }
    }

    /// Makes a random call for one of the users. Refusals are allowed, failures are not.
    pub(crate) async fn step(&mut self) -> Result<Option<Done>, Error> {
        let number = self.users.start + self.dice.below(self.users.end - self.users.start);
        match self.try_step(number).await {
            Err(Error::Refused(_)) => Ok(None),
            // This user's marks may be undone.
            Ok(Some(Done::Marked(..))) if number == 0 => Ok(None),
            other => other,
        }
    }

    async fn try_step(&mut self, number: u64) -> Result<Option<Done>, Error> {
        let user = user(number);
        let what = self.dice.below(20);
        match what {
            0..6 => return self.create(user).await,
            6 | 7 => return self.solve(user).await,
            8 if number == 0 => {
                let epoch = self.engine.reset_progress(user).await?.epoch.number;
                return Ok(Some(Done::Reset(user, epoch)));
            }
            _ => {}
        }
        let Some(active) = self.engine.active_contest(user).await? else {
            return Ok(None);
        };
        match what {
            9 => {
                self.engine.complete_contest(user, active.id).await?;
                return Ok(Some(Done::Ended(user, active.id)));
            }
            10 => {
                self.engine.abandon_contest(user, active.id).await?;
                return Ok(Some(Done::Ended(user, active.id)));
            }
            _ => {}
        }
        let problems: Vec<_> = active.problems.iter().map(|p| p.problem.id).collect();
        let problem = self.dice.pick(&problems);
        if what < 14 && number == 0 {
            self.engine.unmark(user, active.id, problem).await?;
            return Ok(None);
        }
        self.engine.mark_solved(user, active.id, problem).await?;
        Ok(Some(Done::Marked(user, active.id, problem)))
    }

    async fn create(&self, user: UserId) -> Result<Option<Done>, Error> {
        let created = self.engine.create_contest(user, &request(CONTEST)).await?;
        Ok(Some(Done::Created(user, created.contest.id)))
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

/// All stored data of a user.
pub(crate) struct Kept {
    pub(crate) contests: HashMap<ContestId, ContestRecord>,
    pub(crate) solves: Vec<AttemptRecord>,
    pub(crate) epoch: u64,
}

impl Kept {
    pub(crate) async fn of(engine: &Engine, user: UserId) -> Result<Self, StoreError> {
        let contests = ContestPage {
            before: None,
            limit: 100_000,
        };
        let solves = AttemptPage {
            order: TimeOrder::OldestFirst,
            after: None,
            limit: 1_000_000,
        };
        let store = engine.store();
        let contests = store.list_contests(user, contests).await?.items;
        let snapshot = store.load_user(user, &ContestSelector::None).await?;
        Ok(Self {
            contests: contests.into_iter().map(|one| (one.id, one)).collect(),
            solves: store.list_attempts(user, solves).await?.items,
            epoch: snapshot.record.map_or(0, |record| record.epoch.number),
        })
    }

    fn has(&self, done: Done) -> bool {
        let live = |problem, contest| {
            let found =
                |solve: &AttemptRecord| solve.problem == problem && solve.contest == contest;
            self.solves
                .iter()
                .any(|solve| solve.is_solve() && found(solve))
        };
        match done {
            Done::Created(_, id) => self.contests.contains_key(&id),
            Done::Marked(_, id, problem) => {
                let entry = self.contests.get(&id).and_then(|one| one.problem(problem));
                entry.is_some_and(|entry| entry.mark.is_some()) && live(problem, Some(id))
            }
            Done::Ended(_, id) => self.contests.get(&id).is_some_and(|c| c.ending.is_some()),
            Done::Solved(_, problem) => live(problem, None),
            Done::Reset(_, epoch) => self.epoch >= epoch,
        }
    }
}

/// Checks that all acknowledged writes are stored.
pub(crate) async fn check_done(engine: &Engine, done: &[Done]) {
    let mut kept: HashMap<UserId, Kept> = HashMap::new();
    for &done in done {
        let user = done.user();
        let kept = match kept.entry(user) {
            Entry::Occupied(kept) => kept.into_mut(),
            Entry::Vacant(place) => place.insert(Kept::of(engine, user).await.unwrap()),
        };
        assert!(kept.has(done), "acknowledged and lost: {done}");
    }
}

/// Checks that the data is consistent: the record of every user equals a recount, and the events have no gaps
/// and match the data.
pub(crate) async fn check_whole(engine: &Engine, log: &(impl EventLog + ?Sized)) {
    for user in engine.users(None, 1_000).await.unwrap() {
        assert_eq!(engine.verify_user(user).await.unwrap(), [], "{user}");
        let kept = Kept::of(engine, user).await.unwrap();
        let full = |contest: &ContestRecord| contest.problems.len() == usize::from(CONTEST);
        assert!(kept.contests.values().all(full), "a half contest");
        check_events(engine, log, user, &kept).await;
    }
}

/// Checks that the events of a user are numbered from one to the last of the record, and that there is one
/// event of each kind for each value.
async fn check_events(engine: &Engine, log: &(impl EventLog + ?Sized), user: UserId, kept: &Kept) {
    let snapshot = engine.store().load_user(user, &ContestSelector::None).await;
    let record = snapshot.unwrap().record.unwrap();
    let events = log.events_after(user, EventNumber(0), u32::MAX >> 1).await;
    let events = events.unwrap();
    let numbers = events.iter().map(|event| event.number.0);
    assert!(numbers.eq(1..=record.last_event.0), "{user}: a gap");
    let (mut created, mut ended, mut solved, mut resets) = (0, 0, 0_i64, 0);
    for event in &events {
        match event.kind {
            EventKind::ContestCreated { .. } => created += 1,
            EventKind::ContestFinished { .. } => ended += 1,
            EventKind::ProblemSolved { .. } => solved += 1,
            EventKind::ProblemUnsolved { .. } => solved -= 1,
            EventKind::ProgressReset { .. } => resets += 1,
            _ => {}
        }
    }
    assert_eq!(created, kept.contests.len(), "{user}");
    let has_ended = |contest: &&ContestRecord| contest.ending.is_some();
    assert_eq!(ended, kept.contests.values().filter(has_ended).count());
    let live = kept.solves.iter().filter(|solve| solve.is_solve()).count();
    assert_eq!(usize::try_from(solved).unwrap(), live, "{user}");
    assert_eq!(resets, record.epoch.number, "{user}");
}
