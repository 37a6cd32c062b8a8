//! How many more changes do 64 callers get done on SQLite when their commits are gathered?
//!
//! `cargo bench -p contest-benches --bench gathered`, with `-- --quick` for fewer and shorter slices.
//!
//! Two files in the directory for temporary files, opened with the defaults: what was acknowledged
//! survives the loss of power, as far as that directory is on a disk. One store gathers and the other
//! does not; they take turns, each for a short slice of time in which 64 callers of different users
//! make one kind of call as often as they can.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use contest_benches::{Bound, Outcome, Place, Report, Run, Turns, five, seeded};
use contest_core::prelude::*;
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};
use tokio::task::JoinSet;

const CALLERS: usize = 64;

/// What a task may fail with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The least share of the changes of the other store.
const LEAST: f64 = 4.0;

/// A change, with its name.
const CHANGES: [(Change, &str); 2] = [
    (Change::Create, "create a contest of 5 and abandon it"),
    (Change::Mark, "mark or unmark a problem"),
];

#[derive(Debug, Clone, Copy)]
enum Change {
    Create,
    Mark,
}

fn main() -> ExitCode {
    Run::main(|run| {
        let directory = env::temp_dir().join(format!("contest-bench-gathered-{}", process::id()));
        fs::create_dir_all(&directory)?;
        let files = ["gathered.db", "alone.db"].map(|name| directory.join(name));
        let measured = measure(run, files.map(SqliteConfig::file));
        fs::remove_dir_all(&directory)?;
        measured
    })
}

#[tokio::main]
async fn measure(run: Run, [gathered, alone]: [SqliteConfig; 2]) -> Outcome<Report> {
    let gathered = SqliteStore::connect_with(&gathered).await?;
    let alone = SqliteStore::connect_with(&alone).await?.without_gathering();
    let crowds = [
        ("gathered", Crowd::new(gathered).await?),
        ("each alone", Crowd::new(alone).await?),
    ];
    let (turns, slice) = run.choose((9, 200), (30, 500));
    let slice = Duration::from_millis(slice);
    let mut report = Report::new("gathered", "Many callers on SQLite");
    let mut rows = Vec::new();
    for (change, name) in CHANGES {
        let mut per_call = Turns::after(1);
        for _ in 0..=turns {
            for (way, crowd) in &crowds {
                per_call.push(way, crowd.slice(change, slice).await?);
            }
        }
        let rate = |way| per_call.percentile(way, 50).as_secs_f64().recip();
        let more = per_call.ratio("each alone", "gathered");
        let mut row = vec![name.to_owned()];
        row.extend([rate("each alone"), rate("gathered"), more.value].map(|n| format!("{n:.1}")));
        row.push(format!("{:.1} to {:.1}", more.low, more.high));
        let what = format!("{CALLERS} callers on SQLite: {name}, gathered, of each alone");
        row.extend(report.judge(&what, more.value, Bound::AtLeast(LEAST)));
        rows.push(row);
    }
    report.heading(
        "64 callers of different users",
        "Commits that wait for the one connection that writes go together, flushed to the disk once.",
    );
    let columns = [
        "",
        "each alone, calls/s",
        "gathered, calls/s",
        "times",
        "95% interval",
        "budget",
        "",
    ];
    report.table(&columns, &rows);
    Ok(report)
}

/// All callers, and the engine they share.
#[derive(Clone)]
struct Crowd {
    engine: Engine,
    callers: Arc<[Caller]>,
}

/// A user with an open contest, and one who has none between calls.
struct Caller {
    marking: UserId,
    contest: Contest,
    creating: UserId,
    /// The marks and unmarks so far.
    marks: AtomicUsize,
}

impl Crowd {
    async fn new(store: SqliteStore) -> Outcome<Self> {
        store.migrate().await?;
        let place = Place::new(store, &Catalogue::neetcode150()).await?;
        let mut random = seeded();
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            let marking = place.solver(50, &mut random).await?;
            callers.push(Caller {
                marking,
                contest: place.contests(marking, 0).await?,
                creating: place.solver(50, &mut random).await?,
                marks: AtomicUsize::new(0),
            });
        }
        Ok(Self {
            engine: place.engine,
            callers: callers.into(),
        })
    }

    /// Lets all callers make one kind of change for about so long. Returns the time for each call.
    async fn slice(&self, change: Change, length: Duration) -> Outcome<Duration> {
        let begin = Instant::now();
        let mut tasks = JoinSet::new();
        for caller in 0..CALLERS {
            let crowd = self.clone();
            tasks.spawn(async move {
                let caller = crowd.callers.get(caller).ok_or("no such caller")?;
                let mut calls = 0;
                while begin.elapsed() < length {
                    calls += caller.change(&crowd.engine, change).await?;
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
}

impl Caller {
    /// Returns how many calls it made.
    async fn change(&self, engine: &Engine, change: Change) -> Result<u32, Failure> {
        match change {
            Change::Create => {
                let request = five().map_err(|error| error.to_string())?;
                let created = engine.create_contest(self.creating, &request).await?;
                let id = created.contest.id;
                engine.abandon_contest(self.creating, id).await?;
                Ok(2)
            }
            Change::Mark => {
                self.mark(engine).await?;
                Ok(1)
            }
        }
    }

    /// Marks the problems of the contest in turn, then unmarks them.
    async fn mark(&self, engine: &Engine) -> Result<(), Failure> {
        let number = self.marks.fetch_add(1, Ordering::Relaxed);
        let problems = &self.contest.problems;
        let problem = problems.get(number % problems.len().max(1));
        let problem = problem.ok_or("no problem")?.problem.id;
        let (user, contest) = (self.marking, self.contest.id);
        if (number / problems.len()).is_multiple_of(2) {
            engine.mark_solved(user, contest, problem).await?;
        } else {
            engine.unmark(user, contest, problem).await?;
        }
        Ok(())
    }
}
