//! How much longer do calls on SQLite take than the cheapest statement of their kind, and does it
//! depend on how much is stored?
//!
//! `cargo bench -p contest-benches --bench sqlite`, with `-- --quick` for fewer rounds and a tenth of
//! the rows. SQLite has no budgets: the floor is a call into a thread and not a round trip to a
//! server, so that what a statement does shows more.
//!
//! Each store is a file in the directory for temporary files, opened with the defaults: what was
//! acknowledged survives the loss of power, as far as that directory is on a disk. The two floors go
//! through the connections of the small store: reads through its readers, writes through its writer,
//! of which there is one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, process};

use contest_benches::stores::{Budgets, CANDIDATES, Comparison, Floor, Scale, Stored};
use contest_benches::{Outcome, Report, Run, catalogue};
use contest_core::catalogue::Catalogue;
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

/// Decides who the users are and which candidates a round asks for.
const SEED: u64 = 20_240_102;

const FULL: Scale = Scale {
    problems: 1_000_000,
    solves: 100_000,
    warm_up: 100,
    rounds: 1_500,
};
const QUICK: Scale = Scale {
    problems: 100_000,
    solves: 10_000,
    warm_up: 30,
    rounds: 200,
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
    let open = |name| open(directory.join(name));
    let (small, large) = (open("small.db").await?, open("large.db").await?);
    let floor = Floor::sqlite(&small).await?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(small.reader())
        .await?;
    report.text(format_args!(
        "The same calls as on Postgres. The floors are `SELECT 1` through the connections that read, \
         and the insert of one row of two columns, committed, through the one that writes.\n\n\
         SQLite {version}, write-ahead log, `synchronous = FULL`, {} readers and one writer for each \
         of two files; {} rounds after {} to warm up; {CANDIDATES} candidates; seed {SEED}.",
        small.reader_metrics().max,
        scale.rounds,
        scale.warm_up,
    ));
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let few = Stored::new(small.clone(), &Catalogue::neetcode150()).await?;
    let many = Stored::new(large.clone(), &catalogue(scale.problems)?).await?;
    let comparison = Comparison::load(few, many, scale, Budgets::None, &mut random).await?;
    comparison
        .reads(report, "as loaded", &floor, &mut random)
        .await?;
    comparison.writes(report, &floor, &mut random).await?;
    for store in [small, large] {
        store.close(Duration::from_secs(30)).await?;
    }
    Ok(())
}

async fn open(path: PathBuf) -> Outcome<SqliteStore> {
    let store = SqliteStore::connect_with(&SqliteConfig::file(path)).await?;
    store.migrate().await?;
    Ok(store)
}
