//! How much longer do calls on SQLite take than the cheapest statement of their kind, and does it
//! depend on how much is stored?
//!
//! `cargo bench -p contest-benches --bench sqlite`, with `-- --quick` for fewer rounds. The file is in
//! the directory for temporary files and opened with the defaults: what was acknowledged survives the
//! loss of power, as far as that directory is on a disk.

use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, process};

use contest_benches::calls::{Past, Reader, Writer};
use contest_benches::{Floor, Outcome, Place, Report, Run, Turns, catalogue, seeded};
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
         process and not a round trip, next to which the work of a statement weighs more.\n\n\
         SQLite {version}, write-ahead log, `synchronous = FULL`, one writer and {} readers.",
        store.reader_metrics().max,
    ));
    let place = Place::new(store.clone(), &catalogue(20_000)?).await?;
    reads(run, &mut report, &place, &floor).await?;
    writes(run, &mut report, &place, &floor).await?;
    past(run, &mut report, &place, &floor).await?;
    store.close(Duration::from_secs(30)).await?;
    Ok(report)
}

async fn reads(run: Run, report: &mut Report, place: &Place, floor: &Floor) -> Outcome<()> {
    let mut random = seeded();
    let mut readers = Vec::new();
    for (solves, name) in [
        (10, "10 solves of 20,000"),
        (10_000, "10,000 solves of 20,000"),
    ] {
        readers.push(Reader::new(place, solves, name, &mut random).await?);
    }
    let (warm_up, rounds) = run.choose((20, 400), (100, 2_000));
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + rounds {
        floor.read().await?;
        turns.time(Floor::READ, floor.read()).await?;
        for reader in &readers {
            reader.round(&mut turns).await?;
        }
    }
    report.heading(
        "Reads",
        "As on Postgres, a read does not grow with the solves of the user.",
    );
    report.ratios(&turns, &[]);
    Ok(())
}

async fn writes(run: Run, report: &mut Report, place: &Place, floor: &Floor) -> Outcome<()> {
    let mut random = seeded();
    let busy = "10,000 solves of 20,000";
    let writers = [
        Writer::new(place, "a new user"),
        Writer::with_solves(place, 10_000, busy, &mut random).await?,
    ];
    let (warm_up, rounds) = run.choose((20, 150), (100, 1_000));
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + rounds {
        for writer in &writers {
            let round = writer.round(&mut turns, floor, &mut random);
            Box::pin(round).await?;
        }
    }
    report.heading(
        "Writes",
        "A change is one transaction: beside forcing it to disk, the statements in it cost little.",
    );
    report.ratios(&turns, &[]);
    Ok(())
}

async fn past(run: Run, report: &mut Report, place: &Place, floor: &Floor) -> Outcome<()> {
    let past = Past::new(place, &mut seeded()).await?;
    let (warm_up, rounds) = run.choose((5, 30), (20, 200));
    let mut turns = Turns::after(warm_up);
    for _ in 0..warm_up + rounds {
        past.round(&mut turns, floor).await?;
    }
    report.heading(
        Past::TITLE,
        "Reading the whole log or all contests takes some milliseconds in the process, too.",
    );
    report.ratios(&turns, &[]);
    Ok(())
}
