//! Do calls keep their place next to the cheapest statement when many callers make them at once?
//!
//! `cargo bench -p contest-benches --bench callers`, with `-- --quick` for fewer and shorter slices.
//!
//! 64 callers share one pool of 25 on Postgres and make one kind of call after the other, each for a
//! short slice of time, as often as they can; then the next kind has its turn, over and over, so that
//! noise meets all of them. Server and callers share the processors of one machine.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contest_benches::{
    Bound, Floor, Outcome, Place, Random, Report, Run, Server, Turns, five, seeded, user,
};
use contest_core::prelude::*;
use contest_sqlx::postgres::PgStore;
use rand::SeedableRng as _;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

const CALLERS: usize = 64;

/// What a task may fail with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A kind of call.
#[derive(Debug, Clone, Copy)]
enum Call {
    Select,
    Insert,
    Progress,
    /// For a user of whom nothing is stored.
    CreateFirst,
    /// One contest is created and the next time abandoned.
    Create(Way),
    /// One problem is marked after the other, and then unmarked.
    Mark(Way),
    /// Marks by all callers for one user.
    MarkTogether,
}

/// How changes are made: by an engine of its own each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Each loads the user and commits alone.
    Loaded,
    /// Each commits alone.
    Remembered,
    /// As is the default.
    Gathered,
}

/// Each kind with its name and what it is compared with; and the least share of that, if there is one.
const CALLS: [(Call, &str, &str, Option<f64>); 11] = [
    (Call::Select, Floor::READ, Floor::READ, None),
    (Call::Progress, "progress", Floor::READ, None),
    (Call::Insert, Floor::WRITE, Floor::WRITE, None),
    (
        Call::CreateFirst,
        "create the first contest of a user",
        Floor::WRITE,
        Some(0.45),
    ),
    (
        Call::Create(Way::Loaded),
        "create or abandon, loaded",
        Floor::WRITE,
        Some(0.45),
    ),
    (
        Call::Create(Way::Remembered),
        "create or abandon, remembered",
        Floor::WRITE,
        Some(0.7),
    ),
    (
        Call::Create(Way::Gathered),
        "create or abandon, gathered",
        Floor::WRITE,
        Some(1.2),
    ),
    (
        Call::Mark(Way::Loaded),
        "mark or unmark, loaded",
        Floor::WRITE,
        Some(0.45),
    ),
    (
        Call::Mark(Way::Remembered),
        "mark or unmark, remembered",
        Floor::WRITE,
        Some(0.7),
    ),
    (
        Call::Mark(Way::Gathered),
        "mark or unmark, gathered",
        Floor::WRITE,
        Some(1.2),
    ),
    (
        Call::MarkTogether,
        "mark or unmark, all of one user",
        Floor::WRITE,
        None,
    ),
];

fn main() -> ExitCode {
    Run::main(measure_server)
}

#[tokio::main]
async fn measure_server(run: Run) -> Outcome<Report> {
    let server = Server::start().await?;
    let config = server.pool()?;
    let most = config.max_connections;
    let store = PgStore::connect_with(&config.with_idle_connections(most)).await?;
    let measured = measure(run, &store).await;
    store.close(Duration::from_secs(5)).await?;
    server.close().await?;
    measured
}

async fn measure(run: Run, store: &PgStore) -> Outcome<Report> {
    let mut report = Report::new("callers", "Many callers at once");
    report.text(format_args!("{}.", Server::describe(store).await?));
    let crowd = Crowd::new(store).await?;
    let (turns, slice) = run.choose((9, 100), (40, 250));
    let slice = Duration::from_millis(slice);
    let mut per_call = Turns::after(1);
    for _ in 0..=turns {
        for (call, name, ..) in CALLS {
            per_call.push(name, crowd.slice(call, slice).await?);
        }
    }
    let mut rows = Vec::new();
    for (_, name, floor, least) in CALLS {
        let rate = per_call.percentile(name, 50).as_secs_f64().recip();
        let mut row = vec![name.to_owned(), format!("{rate:.0}")];
        if name != floor {
            let share = per_call.ratio(floor, name);
            row.push(format!("{:.2}", share.value));
            row.push(format!("{:.2} to {:.2}", share.low, share.high));
            let what = format!("{CALLERS} callers: {name}, of the bare calls");
            if let Some(least) = least {
                row.extend(report.judge(&what, share.value, Bound::AtLeast(least)));
            }
        }
        rows.push(row);
    }
    report.heading(
        "64 callers on 25 connections",
        "A change that loads is two statements; one on a remembered snapshot is one; and of those that \
         wait, many go together as one. Calls of one user queue up instead of working in vain. `of the \
         floor` compares with `SELECT 1` for a read and with bare inserts for a write.",
    );
    let columns = ["", "calls/s", "of the floor", "95% interval", "budget", ""];
    report.table(&columns, &rows);
    Ok(report)
}

/// All callers, and the store they share.
#[derive(Clone)]
struct Crowd {
    floor: Floor,
    engines: [Engine; 3],
    callers: Arc<Vec<[Caller; 3]>>,
    seeds: Arc<AtomicUsize>,
}

/// A user of one of the engines.
struct Caller {
    user: UserId,
    /// The open contest for marks.
    contest: Contest,
    /// The user who creates.
    creator: UserId,
    /// The calls so far.
    marks: AtomicUsize,
    created: Mutex<Option<ContestId>>,
}

impl Crowd {
    async fn new(store: &PgStore) -> Outcome<Self> {
        store.migrate().await?;
        let catalogue = Catalogue::neetcode150();
        let alone = store.clone().without_gathering();
        let gathered = Place::new(store.clone(), &catalogue).await?;
        let remembered = Place::new(alone, &catalogue).await?;
        let loaded = remembered.without_memory();
        let places = [loaded, remembered, gathered];
        let mut random = seeded();
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            let mut of = Vec::new();
            for place in &places {
                of.push(Caller::new(place, &mut random).await?);
            }
            callers.push(of.try_into().map_err(|_| "not three")?);
        }
        Ok(Self {
            floor: Floor::postgres(store).await?,
            engines: places.map(|place| place.engine),
            callers: Arc::new(callers),
            seeds: Arc::default(),
        })
    }

    /// Lets all callers make one kind of call for about so long. Returns the time for each call.
    async fn slice(&self, call: Call, length: Duration) -> Outcome<Duration> {
        let begin = Instant::now();
        let mut tasks = JoinSet::new();
        for caller in 0..CALLERS {
            let crowd = self.clone();
            tasks.spawn(async move {
                let seed = crowd.seeds.fetch_add(1, Ordering::Relaxed);
                let mut random = Random::seed_from_u64(seed as u64);
                let mut calls = 0;
                while begin.elapsed() < length {
                    crowd.call(call, caller, &mut random).await?;
                    calls += 1;
                }
                Ok::<u32, Failure>(calls)
            });
        }
        let mut calls = 0;
        while let Some(done) = tasks.join_next().await {
            calls += done?.map_err(|failure| failure as Box<dyn std::error::Error>)?;
        }
        Ok(begin.elapsed() / calls.max(1))
    }

    async fn call(&self, call: Call, number: usize, random: &mut Random) -> Result<(), Failure> {
        let callers = self.callers.get(number).ok_or("no such caller")?;
        let [_, _, engine] = &self.engines;
        let [_, _, caller] = callers;
        let of = |way: Way| {
            let engine = self.engines.get(way as usize).ok_or("no engine");
            Ok::<_, Failure>((engine?, callers.get(way as usize).ok_or("no caller")?))
        };
        match call {
            Call::Select => self.floor.read().await?,
            Call::Insert => self.floor.write().await?,
            Call::Progress => drop(engine.progress(caller.user).await?),
            Call::CreateFirst => drop(engine.create_contest(user(random), &hour()?).await?),
            Call::Create(way) => {
                let (engine, caller) = of(way)?;
                caller.create(engine).await?;
            }
            Call::Mark(way) => {
                let (engine, caller) = of(way)?;
                caller.mark(engine).await?;
            }
            Call::MarkTogether => {
                let [_, _, first] = self.callers.first().ok_or("no caller")?;
                first.mark(engine).await?;
            }
        }
        Ok(())
    }
}

fn hour() -> Result<ContestRequest, Failure> {
    five().map_err(|error| error.to_string().into())
}

impl Caller {
    async fn new(place: &Place, random: &mut Random) -> Outcome<Self> {
        let user = place.solver(100, random).await?;
        Ok(Self {
            user,
            contest: place.contests(user, 0).await?,
            creator: place.solver(100, random).await?,
            marks: AtomicUsize::new(0),
            created: Mutex::new(None),
        })
    }

    /// Creates a contest, or abandons the one it created before.
    async fn create(&self, engine: &Engine) -> Result<(), Failure> {
        let mut created = self.created.lock().await;
        *created = if let Some(contest) = *created {
            engine.abandon_contest(self.creator, contest).await?;
            None
        } else {
            let created = engine.create_contest(self.creator, &hour()?).await?;
            Some(created.contest.id)
        };
        Ok(())
    }

    /// Marks the problems of the contest in turn, then unmarks them.
    async fn mark(&self, engine: &Engine) -> Result<(), Failure> {
        let number = self.marks.fetch_add(1, Ordering::Relaxed);
        let problems = &self.contest.problems;
        let problem = problems.get(number % problems.len().max(1));
        let problem = problem.ok_or("no problem")?.problem.id;
        let (user, contest) = (self.user, self.contest.id);
        if (number / problems.len()).is_multiple_of(2) {
            engine.mark_solved(user, contest, problem).await?;
        } else {
            engine.unmark(user, contest, problem).await?;
        }
        Ok(())
    }
}
