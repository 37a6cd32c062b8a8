//! How much longer do calls on SQLite take than the cheapest statement of their kind, and does it
//! depend on how much is stored?
//!
//! `cargo bench -p contest-benches --bench sqlite`, with `-- --quick` for fewer rounds and a tenth of
//! the rows. SQLite has no budgets: the floor is a call into a thread and not a round trip to a
//! server, so that what a statement does shows more.
//!
//! Each store is a file in the directory for temporary files, opened with the defaults: what was
//! acknowledged survives the loss of power, as far as that directory is on a disk. Writes are measured
//! once more without waiting for that disk, which hides what they cost otherwise.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, process};

use contest_benches::stores::{Budgets, CANDIDATES, Floor, Pair, Scale, Stored};
use contest_benches::{Outcome, Report, Run, catalogue_with_topics};
use contest_core::catalogue::Catalogue;
use contest_sqlx::sqlite::{Durability, SqliteConfig, SqliteStore};
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

/// Decides who the users are and which candidates a round asks for.
const SEED: u64 = 20_240_102;

const FULL: Scale = Scale {
    problems: 1_000_000,
    solves: 100_000,
    warm_up: 100,
    reads: 1_500,
    writes: 1_000,
};
const QUICK: Scale = Scale {
    problems: 100_000,
    solves: 10_000,
    warm_up: 20,
    reads: 300,
    writes: 80,
};

fn main() -> ExitCode {
    Run::main(|run| measure_files(run.choose(QUICK, FULL)))
}

/// A directory that goes with the value.
struct Directory(PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left is in the directory for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn measure_files(scale: Scale) -> Outcome<Report> {
    let directory = env::temp_dir().join(format!("contest-bench-sqlite-{}", process::id()));
    fs::create_dir_all(&directory)?;
    let directory = Directory(directory);
    let mut report = Report::new("sqlite", "SQLite");
    measure(&directory.0, scale, &mut report).await?;
    Ok(report)
}

async fn measure(directory: &Path, scale: Scale, report: &mut Report) -> Outcome<()> {
    let durable = open(directory, Durability::PowerLoss).await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(durable[0].reader())
        .await?;
    report.text(format_args!(
        "The same calls as on Postgres. The floors are `SELECT 1` through the connections that read, \
         and the insert of one row of two columns, committed, through the one that writes to the same \
         file. There is no budget: the floor is a call into a thread of the same process, next to \
         which what a statement does weighs more than next to a round trip.\n\n\
         SQLite {version}, write-ahead log, {} readers and one writer for each of two files; {} \
         rounds of reads and {} of writes after {} to warm up; {CANDIDATES} candidates; seed {SEED}.",
        durable[0].reader_metrics().max,
        scale.reads,
        scale.writes,
        scale.warm_up,
    ));
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let pair = pair(&durable, scale).await?;
    let solvers = pair.load(&mut random).await?;
    let state = ("as loaded", "");
    pair.reads(report, state, &solvers, &mut random).await?;
    let state = ("`synchronous = FULL`", "");
    pair.writes(report, state, &mut random).await?;
    close(durable).await?;

    let relaxed = open(directory, Durability::ProcessCrash).await?;
    let pair = self::pair(&relaxed, scale).await?;
    let state = ("`synchronous = NORMAL`", "");
    pair.writes(report, state, &mut random).await?;
    close(relaxed).await
}

async fn pair([small, large]: &[SqliteStore; 2], scale: Scale) -> Outcome<Pair> {
    let catalogue = catalogue_with_topics(scale.problems)?;
    Ok(Pair {
        small: stored(small, &Catalogue::neetcode150()).await?,
        large: stored(large, &catalogue).await?,
        scale,
        budgets: Budgets::None,
    })
}

async fn stored(store: &SqliteStore, catalogue: &Catalogue) -> Outcome<Stored> {
    store.migrate().await?;
    let floor = Arc::new(Floor::sqlite(store).await?);
    Stored::new(store.clone(), &floor, catalogue).await
}

async fn open(directory: &Path, durability: Durability) -> Outcome<[SqliteStore; 2]> {
    let open = async |name| {
        let config = SqliteConfig::file(directory.join(name)).with_durability(durability);
        SqliteStore::connect_with(&config).await
    };
    Ok([open("small.db").await?, open("large.db").await?])
}

async fn close(stores: [SqliteStore; 2]) -> Outcome<()> {
    for store in stores {
        store.close(Duration::from_secs(30)).await?;
    }
    Ok(())
}
