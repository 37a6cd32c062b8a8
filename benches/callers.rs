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
use tokio::task::JoinSet;

const CALLERS: usize = 64;

/// What a task may fail with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A kind of call.
#[derive(Debug, Clone, Copy)]
enum Call {
    Select,
    Progress,
    Insert,
    Create,
    Mark,
    MarkTogether,
}

/// Each kind with its name and what it is compared with; and the least share of that, if there is one.
const CALLS: [(Call, &str, &str, Option<f64>); 6] = [
    (Call::Select, Floor::READ, Floor::READ, None),
    (Call::Progress, "progress", Floor::READ, None),
    (Call::Insert, Floor::WRITE, Floor::WRITE, None),
    (
        Call::Create,
        "create a contest of 5",
        Floor::WRITE,
        Some(0.45),
    ),
    (
        Call::Mark,
        "mark or unmark a problem",
        Floor::WRITE,
        Some(0.45),
    ),
    (
        Call::MarkTogether,
        "the same, all of one user",
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
        "Throughput follows the two statements of a change, and calls of one user queue up instead of \
         working in vain. `of the floor` compares with `SELECT 1` for a read and with bare inserts for \
         a write.",
    );
    let columns = ["", "calls/s", "of the floor", "95% interval", "budget", ""];
    report.table(&columns, &rows);
    Ok(report)
}

/// All callers, and the store they share.
#[derive(Clone)]
struct Crowd {
    place: Place,
    floor: Floor,
    callers: Arc<Vec<Caller>>,
    seeds: Arc<AtomicUsize>,
}

/// A user with an open contest.
struct Caller {
    user: UserId,
    contest: Contest,
    /// The marks and unmarks so far.
    marks: AtomicUsize,
}

impl Crowd {
    async fn new(store: &PgStore) -> Outcome<Self> {
        store.migrate().await?;
        let place = Place::new(store.clone(), &Catalogue::neetcode150()).await?;
        let mut random = seeded();
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            let user = place.solver(100, &mut random).await?;
            callers.push(Caller {
                user,
                contest: place.contests(user, 0).await?,
                marks: AtomicUsize::new(0),
            });
        }
        Ok(Self {
            place,
            floor: Floor::postgres(store).await?,
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

    async fn call(&self, call: Call, caller: usize, random: &mut Random) -> Result<(), Failure> {
        let engine = &self.place.engine;
        let caller = self.callers.get(caller).ok_or("no such caller")?;
        match call {
            Call::Select => self.floor.read().await?,
            Call::Insert => self.floor.write().await?,
            Call::Progress => drop(engine.progress(caller.user).await?),
            Call::Create => {
                let request = five().map_err(|error| error.to_string())?;
                engine.create_contest(user(random), &request).await?;
            }
            Call::Mark => caller.mark(engine).await?,
            Call::MarkTogether => {
                let first = self.callers.first().ok_or("no caller")?;
                first.mark(engine).await?;
            }
        }
        Ok(())
    }
}

impl Caller {
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
