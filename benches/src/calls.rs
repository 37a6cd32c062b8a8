//! The calls measured on every store.

use std::cell::Cell;

use contest_core::calendar::TimeZone;
use contest_core::prelude::*;
use contest_core::progress::ActivityWindow;

use crate::{Floor, NOW, Outcome, Place, Random, Turns, five, requests, user};

/// In microseconds. Solves of the last minute follow all others.
const A_MINUTE: i64 = 60_000_000;

/// A user for reads, with some solves, 25 ended contests and an open one.
#[derive(Debug)]
pub struct Reader {
    place: Place,
    user: UserId,
    open: ContestId,
    /// Describes the user in the names of calls.
    name: String,
}

impl Reader {
    /// Makes the user.
    pub async fn new(
        place: &Place,
        solves: usize,
        name: &str,
        random: &mut Random,
    ) -> Outcome<Self> {
        let user = place.solver(solves, random).await?;
        let open = place.contests(user, 25).await?.id;
        Ok(Self {
            place: place.clone(),
            user,
            open,
            name: name.to_owned(),
        })
    }

    /// Makes each read once.
    async fn round(&self, turns: &mut Turns) -> Outcome<()> {
        let (engine, user) = (&self.place.engine, self.user);
        let call = |call: &str| format!("{call}, {}", self.name);
        let (five, page) = (five()?, PageLimit::default());
        let progress = engine.progress(user);
        turns.time(&call("progress"), progress).await?;
        let select = engine.select(user, five.selection());
        turns.time(&call("select 5"), select).await?;
        let active = engine.active_contest(user);
        turns.time(&call("the active contest"), active).await?;
        let find = engine.contest(user, self.open);
        turns.time(&call("find a contest"), find).await?;
        let contests = engine.contests(user, None, page);
        turns.time(&call("a page of 20 contests"), contests).await?;
        let solves = engine.attempt_history(user, None, page);
        turns.time(&call("a page of 20 solves"), solves).await?;
        Ok(())
    }
}

/// The rounds of the warm-up, and the rounds that count.
pub type Rounds = (usize, usize);

/// Lets all readers read in turn, and measures the cheapest read beside them.
pub async fn read(readers: &[Reader], floor: &Floor, (warm_up, rounds): Rounds) -> Outcome<Turns> {
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + rounds {
        // The floor follows a short read, not the page of the round before.
        floor.read().await?;
        turns.time(Floor::READ, floor.read()).await?;
        for reader in readers {
            reader.round(&mut turns).await?;
        }
    }
    Ok(turns)
}

/// Lets all writers write in turn, and measures the cheapest write beside them.
pub async fn write(
    writers: &[Writer],
    floor: &Floor,
    (warm_up, rounds): Rounds,
    random: &mut Random,
) -> Outcome<Turns> {
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + rounds {
        // The floor follows a write of its own size, not the hundred solves of the round before.
        floor.write().await?;
        turns.time(Floor::WRITE, floor.write()).await?;
        for writer in writers {
            Box::pin(writer.round(&mut turns, random)).await?;
        }
    }
    Ok(turns)
}

/// A user for writes: the same in each round, or a new one.
#[derive(Debug)]
pub struct Writer {
    place: Place,
    user: Option<UserId>,
    /// Describes the user in the names of calls.
    name: String,
    /// The number of recorded solves: each has a different time.
    recorded: Cell<i64>,
}

impl Writer {
    /// A new user in each round.
    pub fn new(place: &Place, name: &str) -> Self {
        Self {
            place: place.clone(),
            user: None,
            name: name.to_owned(),
            recorded: Cell::new(0),
        }
    }

    /// The same user in each round, with that many solves.
    pub async fn with_solves(
        place: &Place,
        solves: usize,
        name: &str,
        random: &mut Random,
    ) -> Outcome<Self> {
        let user = place.solver(solves, random).await?;
        let new = Self::new(place, name);
        Ok(Self {
            user: Some(user),
            ..new
        })
    }

    /// Two contests from their creation to their end, and solves outside them.
    async fn round(&self, turns: &mut Turns, random: &mut Random) -> Outcome<()> {
        let engine = &self.place.engine;
        let user = self.user.unwrap_or_else(|| user(random));
        let call = |call: &str| format!("{call}, {}", self.name);
        let request = five()?;
        let create = engine.create_contest(user, &request);
        let contest = turns
            .time(&call("create a contest of 5"), create)
            .await?
            .contest;
        let [first, second, ..] = &contest.problems[..] else {
            return Err("a contest without its problems".into());
        };
        let (id, first, second) = (contest.id, first.problem.id, second.problem.id);
        engine.mark_solved(user, id, first).await?;
        let mark = engine.mark_solved(user, id, second);
        turns.time(&call("mark a problem"), mark).await?;
        let unmark = engine.unmark(user, id, second);
        turns.time(&call("unmark a problem"), unmark).await?;
        let complete = engine.complete_contest(user, id);
        turns.time(&call("complete a contest"), complete).await?;
        let id = engine.create_contest(user, &request).await?.contest.id;
        let abandon = engine.abandon_contest(user, id);
        turns.time(&call("abandon a contest"), abandon).await?;
        let now = self.solves(1, NOW.as_micros() - A_MINUTE, random);
        let record = engine.record_solves(user, &now);
        turns.time(&call("record a solve"), record).await?;
        let old = self.solves(100, 0, random);
        let import = engine.record_solves(user, &old);
        turns.time(&call("import 100 solves"), import).await?;
        Ok(())
    }

    /// Solves of any problems, solved before or not, after an instant.
    fn solves(&self, count: usize, after: i64, random: &mut Random) -> Vec<NewSolve> {
        let problems = self.place.draw(count, random);
        let next = || {
            self.recorded.set(self.recorded.get() + 1);
            Timestamp::from_micros(after + self.recorded.get())
        };
        let problems = problems.into_iter();
        problems.map(|id| NewSolve::new(id, next())).collect()
    }
}

/// A user with 10,000 solves and 1,000 contests, and the calls that read the log or the contests.
#[derive(Debug)]
pub struct Past {
    engine: Engine,
    user: UserId,
    year: ActivityWindow,
    requests: Vec<(&'static str, SelectionRequest)>,
}

impl Past {
    /// The title of the table of these calls.
    pub const TITLE: &str = "History, with 10,000 solves and 1,000 contests";

    /// Makes the user.
    pub async fn new(place: &Place, random: &mut Random) -> Outcome<Self> {
        let user = user(random);
        place.year_of_contests(user, 1_000).await?;
        Ok(Self {
            engine: place.engine.clone(),
            user,
            year: ActivityWindow::last_days(365, TimeZone::named("Asia/Kolkata")?)?,
            requests: requests()?,
        })
    }

    /// Makes all calls in turn, and the cheapest read beside them.
    pub async fn read(&self, floor: &Floor, (warm_up, rounds): Rounds) -> Outcome<Turns> {
        let (engine, user) = (&self.engine, self.user);
        let mut turns = Turns::after(warm_up);
        for _ in 0..warm_up + rounds {
            floor.read().await?;
            turns.time(Floor::READ, floor.read()).await?;
            let days = engine.activity(user, &self.year);
            turns.time("a year of days", days).await?;
            for (name, request) in &self.requests {
                turns.time(name, engine.select(user, request)).await?;
            }
        }
        Ok(turns)
    }
}
