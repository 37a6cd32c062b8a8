//! How much longer do calls on SQLite take than the cheapest statement of their kind, and does it
//! depend on the amount of stored data?
//!
//! `cargo bench -p contest-benches --bench sqlite`, with `-- --quick` for fewer rounds. The file is in
//! the directory for temporary files and opened with the defaults: acknowledged writes survive a power
//! loss if that directory is on a disk.

use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, process};

use contest_benches::calls::{Past, Reader, Writer, read, write};
use contest_benches::{Floor, Outcome, Place, Report, Run, catalogue, seeded};
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};

fn main() -> ExitCode {
    Run::main(|run| {
        let directory = env::temp_dir().join(format!("contest-bench-sqlite-{}", process::id()));
        fs::create_dir_all(&directory)?;
        let config = SqliteConfig::file(directory.join("contest.db"));
        let measured = measure(run, &config);
        fs::remove_dir_all(&directory)?;
        measured
    })
}

#[tokio::main(flavor = "current_thread")]
async fn measure(run: Run, config: &SqliteConfig) -> Outcome<Report> {
    let store = SqliteStore::connect_with(config).await?;
    store.migrate().await?;
    let floor = Floor::sqlite(&store).await?;
    let mut report = Report::new("sqlite", "SQLite");
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(store.reader())
        .await?;
    report.text(format_args!(
        "The same calls as on Postgres, without budgets: the floor is a call into a thread of the \
         process instead of a round trip, so the work of a statement weighs more.\n\n\
         SQLite {version}, write-ahead log, `synchronous = FULL`, one writer and {} readers.",
        store.reader_metrics().max,
    ));
    let place = Place::new(store.clone(), &catalogue(20_000)?).await?;
    let mut random = seeded();
    let (few, many) = ("10 solves of 20,000", "10,000 solves of 20,000");
    let readers = [
        Reader::new(&place, 10, few, &mut random).await?,
        Reader::new(&place, 10_000, many, &mut random).await?,
    ];
    let turns = read(&readers, &floor, run.choose((20, 400), (100, 2_000))).await?;
    report.heading(
        "Reads",
        "As on Postgres, a read does not grow with the solves of the user.",
    );
    report.ratios(&turns, &[]);
    let writers = [
        Writer::new(&place, "a new user"),
        Writer::with_solves(&place, 10_000, many, &mut random).await?,
    ];
    let rounds = run.choose((20, 150), (100, 1_000));
    let turns = write(&writers, &floor, rounds, &mut random).await?;
    report.heading(
        "Writes",
        "A change is one transaction: compared with its flush to disk, its statements cost little.",
    );
    report.ratios(&turns, &[]);
    let past = Past::new(&place, &mut random).await?;
    let past = past.read(&floor, run.choose((5, 30), (20, 200))).await?;
    report.heading(
        Past::TITLE,
        "Reading the whole log or all contests takes some milliseconds in SQLite, too.",
    );
    report.ratios(&past, &[]);
    store.close(Duration::from_secs(30)).await?;
    Ok(report)
}
