//! How many calls per second do many concurrent callers make, with and without remembered snapshots and
//! gathered commits?
//!
//! `cargo bench -p contest-benches --bench callers`, with `-- --quick` for fewer and shorter slices.
//!
//! 64 callers for different users make one kind of call as often as they can, for a short slice of time.
//! Then the next kind of call follows, and so on in rounds, so that noise affects all of them. Stores and
//! callers share the processors of one machine. On Postgres the callers share one pool of 25. On SQLite
//! they write to files in the directory for temporary files, with the defaults: acknowledged writes
//! survive a power loss if that directory is on a disk.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use contest_benches::{
    Bound, Floor, Outcome, Place, Random, Report, Run, Server, Turns, five, seeded, user,
};
use contest_core::prelude::*;
use contest_sqlx::postgres::PgStore;
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};
use rand::SeedableRng as _;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

const CALLERS: usize = 64;

/// The error of a task.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A kind of call, made by the engine with this number.
#[derive(Debug, Clone, Copy)]
enum Call {
    Select,
    Insert,
    Progress(usize),
    /// For a user without stored data.
    CreateFirst(usize),
    /// Creates a contest, and abandons it in the next call.
    Create(usize),
    /// Marks one problem after the other, then unmarks them.
    Mark(usize),
    /// Marks by all callers for one user.
    MarkTogether(usize),
}

/// A kind of call, its name, the call its rate is compared with, and the least share of that rate.
type Line = (Call, String, String, Option<f64>);

/// The engines: changes load the user; remembered snapshots; remembered snapshots and gathered commits.
fn postgres_lines() -> Vec<Line> {
    let line =
        |call, name: &str, over: &str, least| (call, name.to_owned(), over.to_owned(), least);
    let mut lines = vec![
        line(Call::Select, Floor::READ, Floor::READ, None),
        line(Call::Progress(1), "progress", Floor::READ, None),
        line(Call::Insert, Floor::WRITE, Floor::WRITE, None),
        line(
            Call::CreateFirst(1),
            "a first contest",
            Floor::WRITE,
            Some(0.45),
        ),
        line(
            Call::MarkTogether(1),
            "mark, all of one user",
            Floor::WRITE,
            None,
        ),
    ];
    for (of, way, least) in [
        (0, "loaded", 0.45),
        (1, "remembered", 0.7),
        (2, "gathered", 1.2),
    ] {
        for (call, name) in [(Call::Create(of), CREATE), (Call::Mark(of), MARK)] {
            lines.push(line(
                call,
                &format!("{name}, {way}"),
                Floor::WRITE,
                Some(least),
            ));
        }
    }
    lines
}

/// The engines: each commit in its own transaction; gathered commits.
fn sqlite_lines() -> Vec<Line> {
    let changes = [
        (CREATE, Call::Create(0), Call::Create(1)),
        (MARK, Call::Mark(0), Call::Mark(1)),
    ];
    let lines = changes.into_iter().flat_map(|(name, first, second)| {
        let [alone, gathered] = ["each alone", "gathered"].map(|way| format!("{name}, {way}"));
        let floor = (first, alone.clone(), alone.clone(), None);
        [floor, (second, gathered, alone, Some(4.0))]
    });
    lines.collect()
}

const CREATE: &str = "create or abandon";
const MARK: &str = "mark or unmark";

fn main() -> ExitCode {
    Run::main(measure_both)
}

#[tokio::main]
async fn measure_both(run: Run) -> Outcome<Report> {
    let mut report = Report::new("callers", "Many callers at once");
    let server = Server::start().await?;
    let config = server.pool()?;
    let most = config.max_connections;
    let store = PgStore::connect_with(&config.with_idle_connections(most)).await?;
    let measured = on_postgres(run, &mut report, &store).await;
    store.close(Duration::from_secs(5)).await?;
    server.close().await?;
    measured?;
    let directory = env::temp_dir().join(format!("contest-bench-callers-{}", process::id()));
    fs::create_dir_all(&directory)?;
    let files = ["alone.db", "gathered.db"].map(|name| SqliteConfig::file(directory.join(name)));
    let measured = on_sqlite(run, &mut report, files).await;
    fs::remove_dir_all(&directory)?;
    measured.map(|()| report)
}

async fn on_postgres(run: Run, report: &mut Report, store: &PgStore) -> Outcome<()> {
    store.migrate().await?;
    report.text(format_args!("{}.", Server::describe(store).await?));
    let catalogue = Catalogue::neetcode150();
    let remembered = Place::new(store.clone(), &catalogue).await?;
    let gathered = Place::new(store.clone().with_gathering(), &catalogue).await?;
    let places = vec![remembered.without_memory(), remembered, gathered];
    report.heading(
        "64 callers on 25 connections of Postgres",
        "A change that loads the user is two statements; a change on a remembered snapshot is one; \
         gathered, many waiting changes share one. Calls of one user queue up instead of conflicting.",
    );
    let crowd = Crowd::new(Some(Floor::postgres(store).await?), places).await?;
    crowd.measure(run, report, &postgres_lines()).await
}

async fn on_sqlite(run: Run, report: &mut Report, files: [SqliteConfig; 2]) -> Outcome<()> {
    let [alone, gathered] = files;
    let alone = SqliteStore::connect_with(&alone).await?.without_gathering();
    let gathered = SqliteStore::connect_with(&gathered).await?;
    let mut places = Vec::new();
    for store in [alone, gathered] {
        store.migrate().await?;
        places.push(Place::new(store, &Catalogue::neetcode150()).await?);
    }
    report.heading(
        "64 callers on SQLite",
        "Commits that wait for the single write connection share one transaction and one flush.",
    );
    let crowd = Crowd::new(None, places).await?;
    crowd.measure(run, report, &sqlite_lines()).await
}

/// All callers, and their shared state.
#[derive(Clone)]
struct Crowd {
    floor: Option<Floor>,
    engines: Vec<Engine>,
    /// Of each engine.
    callers: Arc<Vec<Vec<Caller>>>,
    seeds: Arc<AtomicUsize>,
}

/// A user of one of the engines who marks, and one who creates.
struct Caller {
    marking: UserId,
    contest: Contest,
    /// The marks and unmarks so far.
    marks: AtomicUsize,
    creating: UserId,
    created: Mutex<Option<ContestId>>,
}

impl Crowd {
    async fn new(floor: Option<Floor>, places: Vec<Place>) -> Outcome<Self> {
        let mut random = seeded();
        let mut callers = Vec::new();
        for place in &places {
            let mut of = Vec::new();
            for _ in 0..CALLERS {
                of.push(Caller::new(place, &mut random).await?);
            }
            callers.push(of);
        }
        Ok(Self {
            floor,
            engines: places.into_iter().map(|place| place.engine).collect(),
            callers: Arc::new(callers),
            seeds: Arc::default(),
        })
    }

    async fn measure(&self, run: Run, report: &mut Report, lines: &[Line]) -> Outcome<()> {
        let (turns, slice) = run.choose((9, 100), (40, 250));
        let slice = Duration::from_millis(slice);
        let mut per_call = Turns::after(1);
        for _ in 0..=turns {
            for (call, name, ..) in lines {
                per_call.push(name, self.slice(*call, slice).await?);
            }
        }
        let mut rows = Vec::new();
        for (_, name, over, least) in lines {
            let rate = per_call.percentile(name, 50).as_secs_f64().recip();
            let mut row = vec![name.clone(), format!("{rate:.0}")];
            if name != over {
                let share = per_call.ratio(over, name);
                row.push(over.clone());
                row.push(format!("{:.2}", share.value));
                row.push(format!("{:.2} to {:.2}", share.low, share.high));
                let what = format!("{CALLERS} callers: {name}, of {over}");
                if let Some(least) = least {
                    row.extend(report.judge(&what, share.value, Bound::AtLeast(*least)));
                }
            }
            rows.push(row);
        }
        let columns = ["", "calls/s", "of", "share", "95% interval", "budget", ""];
        report.table(&columns, &rows);
        Ok(())
    }

    /// Lets all callers make one kind of call for about `length`. Returns the time per call.
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
        let floor = || self.floor.as_ref().ok_or("no floor");
        let engine = |of: usize| self.engines.get(of).ok_or("no such engine");
        let caller = |of: usize, number| {
            let callers = self.callers.get(of);
            let caller = callers.and_then(|callers| callers.get(number));
            caller.ok_or("no such caller")
        };
        match call {
            Call::Select => floor()?.read().await?,
            Call::Insert => floor()?.write().await?,
            Call::Progress(of) => {
                engine(of)?.progress(caller(of, number)?.marking).await?;
            }
            Call::CreateFirst(of) => {
                engine(of)?
                    .create_contest(user(random), &request()?)
                    .await?;
            }
            Call::Create(of) => caller(of, number)?.create(engine(of)?).await?,
            Call::Mark(of) => caller(of, number)?.mark(engine(of)?).await?,
            Call::MarkTogether(of) => caller(of, 0)?.mark(engine(of)?).await?,
        }
        Ok(())
    }
}

fn request() -> Result<ContestRequest, Failure> {
    five().map_err(|error| error.to_string().into())
}

impl Caller {
    async fn new(place: &Place, random: &mut Random) -> Outcome<Self> {
        let marking = place.solver(100, random).await?;
        Ok(Self {
            marking,
            contest: place.contests(marking, 0).await?,
            marks: AtomicUsize::new(0),
            creating: place.solver(100, random).await?,
            created: Mutex::new(None),
        })
    }

    /// Creates a contest, or abandons the one it created before.
    async fn create(&self, engine: &Engine) -> Result<(), Failure> {
        let mut created = self.created.lock().await;
        *created = if let Some(contest) = *created {
            engine.abandon_contest(self.creating, contest).await?;
            None
        } else {
            let created = engine.create_contest(self.creating, &request()?).await?;
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
        let (user, contest) = (self.marking, self.contest.id);
        if (number / problems.len()).is_multiple_of(2) {
            engine.mark_solved(user, contest, problem).await?;
        } else {
            engine.unmark(user, contest, problem).await?;
        }
        Ok(())
    }
}
