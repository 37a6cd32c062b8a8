//! What the process takes to start and to keep.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use contest_benches::{Bound, Outcome, Report, Series, Table};
use contest_sqlx::testing::Postgres;
use tokio::time::sleep;

use crate::Scale;
use crate::process::{self, Server};
use crate::visit::{Visitor, practise, visitors};

/// The most memory of an idle server, in MiB.
const IDLE: f64 = 25.0;
/// How many parts the load has: memory that grows is larger in the last than in the first.
const PARTS: usize = 4;
/// How often memory is looked at under load.
const LOOK: Duration = Duration::from_millis(20);
/// After so long without a request a server is idle.
const REST: Duration = Duration::from_secs(1);

/// What was found with one store.
#[derive(Debug)]
struct Footprint {
    starts: Series,
    idle: f64,
    /// The most in each part of the load.
    loaded: Vec<f64>,
    requests: u64,
    after: f64,
}

/// Measures the process with a store of each kind.
pub(crate) async fn measure(binary: &Path, scale: &Scale, report: &mut Report) -> Outcome<()> {
    let directory = Directory::new()?;
    let database = Postgres::shared().await?.database().await?;
    let stores = [
        ("memory", "memory:".to_owned()),
        (
            "SQLite",
            format!("sqlite:{}", directory.0.join("contest.db").display()),
        ),
        ("Postgres", database.url()),
    ];
    let trivial = trivial(binary, scale).await?;
    let mut found = Vec::new();
    for (name, store) in &stores {
        found.push((*name, Footprint::of(binary, store, scale).await?));
    }
    database.close().await?;
    starts(report, &trivial, &found);
    memory(report, &found, scale);
    Ok(())
}

/// How long the process takes that does nothing.
async fn trivial(binary: &Path, scale: &Scale) -> Outcome<Series> {
    let mut series = Series::after(1);
    for _ in 0..=scale.starts {
        series.time(process::run(binary, &["--version"])).await?;
    }
    Ok(series)
}

impl Footprint {
    async fn of(binary: &Path, store: &str, scale: &Scale) -> Outcome<Self> {
        // The first start makes the tables and publishes the catalogue.
        let mut server = Server::start(binary, store).await?;
        let mut starts = Series::after(0);
        for _ in 0..scale.starts {
            server.stop().await?;
            server = Server::start(binary, store).await?;
            starts.push(server.start);
        }
        sleep(REST).await;
        let idle = mebibytes(&server)?;
        let mut visitors = visitors(binary, &server).await?;
        let (mut loaded, mut requests) = (Vec::new(), 0);
        for _ in 0..PARTS {
            let (made, most) = load(&server, &mut visitors, scale.load).await?;
            requests += made;
            loaded.push(most);
        }
        drop(visitors);
        sleep(REST).await;
        let after = mebibytes(&server)?;
        server.stop().await?;
        Ok(Self {
            starts,
            idle,
            loaded,
            requests,
            after,
        })
    }
}

/// A part of the load: how many requests it was, and the most memory meanwhile.
async fn load(server: &Server, visitors: &mut [Visitor], time: Duration) -> Outcome<(u64, f64)> {
    let mut most = mebibytes(server)?;
    let practice = practise(visitors, Instant::now() + time);
    tokio::pin!(practice);
    loop {
        tokio::select! {
            made = &mut practice => return Ok((made?, most)),
            () = sleep(LOOK) => most = most.max(mebibytes(server)?),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer bytes than 2^53")]
fn mebibytes(server: &Server) -> Outcome<f64> {
    Ok(server.resident()? as f64 / f64::from(1 << 20))
}

fn starts(report: &mut Report, trivial: &Series, found: &[(&str, Footprint)]) {
    report.heading("Starting `contest-server`");
    report.text(
        "From spawning the process to the first 200 of `/readyz`, next to spawning \
         `contest-server --version` and waiting for its end. The store is there already: tables made \
         and the 150 bundled problems published, except in memory, where they are published each time.",
    );
    let mut table = Table::new(["", "median", "p95", "ratio"]);
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let row = |name: &str, series: &Series| {
        let ratio = series.median().as_secs_f64() / trivial.median().as_secs_f64();
        let [median, late] = [50, 95].map(|percent| millis(series.percentile(percent)));
        [name.to_owned(), median, late, format!("{ratio:.1}")]
    };
    table.row(row("contest-server --version", trivial));
    for (store, footprint) in found {
        table.row(row(&format!("ready with {store}"), &footprint.starts));
    }
    report.table(&table);
}

fn memory(report: &mut Report, found: &[(&str, Footprint)], scale: &Scale) {
    report.heading("Memory of `contest-server`");
    report.text(format_args!(
        "Resident, in MiB, with the 150 bundled problems: {REST:?} after it became ready, the most in \
         the first and in the last of {PARTS} parts of a load, {:?} each, and {REST:?} after its end \
         with all connections closed. The load is 16 users who create contests, tick every problem \
         off and take it back, look at where they stand, and abandon. A store in memory keeps what it \
         is told, so that one grows. An allocator keeps what it once had for the next time: what \
         tells a leak is growth from part to part.",
        scale.load,
    ));
    let columns = [
        "store",
        "idle",
        "first part",
        "last part",
        "after",
        "last / first",
        "requests",
    ];
    let mut table = Table::new(columns);
    for (store, footprint) in found {
        let part = |part: Option<&f64>| part.copied().unwrap_or(f64::NAN);
        let (first, last) = (
            part(footprint.loaded.first()),
            part(footprint.loaded.last()),
        );
        let [idle, from, to, after] = [footprint.idle, first, last, footprint.after]
            .map(|mebibytes| format!("{mebibytes:.1}"));
        let (growth, requests) = (
            format!("{:.2}", last / first),
            footprint.requests.to_string(),
        );
        table.row([(*store).to_owned(), idle, from, to, after, growth, requests]);
    }
    report.table(&table);
    for (store, footprint) in found {
        let name = format!("MiB of an idle server, {store}");
        report.judge(&name, footprint.idle, Bound::AtMost(IDLE));
    }
}

/// A directory that is removed in the end.
#[derive(Debug)]
struct Directory(PathBuf);

impl Directory {
    fn new() -> Outcome<Self> {
        let path = env::temp_dir().join(format!("contest-bench-http-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // It is in the system's directory for what may be left behind.
        let _ = fs::remove_dir_all(&self.0);
    }
}
