//! What does HTTP cost: how many requests a second do the routes of `contest-http` answer next to
//! handlers written by hand, how long do answers take under a steady load, and what does the process
//! `contest-server` take to start and to keep?
//!
//! `cargo bench -p contest-benches --bench http`, with `-- --quick` for shorter slices. It builds
//! `contest-server` with the same profile first.
//!
//! The routes and the handlers beside them (see `bare`) work with one engine over one store in
//! memory, served by `axum::serve` over real sockets of this machine, by one thread. The client is
//! another thread, cheaper than the server so that it is the server that is measured; with a core for
//! each. On both sides the user is the id in a header, which is the cheapest identity that a host can
//! supply. The process has a store of each kind, tokens, and all its layers.

mod bare;
mod endpoint;
mod footprint;
mod latency;
mod process;
mod servers;
mod throughput;
mod visit;

use std::process::ExitCode;
use std::time::Duration;

use contest_benches::{Outcome, Report, Run};

use endpoint::Endpoint;
use servers::Servers;

/// Decides who the users are.
const SEED: u64 = 20_240_102;
/// With how many connections answers are timed.
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Scale {
    /// How long each of two takes its turn.
    slice: Duration,
    /// How many turns each has, where a budget is judged.
    judged_rounds: usize,
    /// How many turns each has elsewhere.
    rounds: usize,
    /// How often the process is started with each store.
    starts: usize,
    /// How long each of four parts of the load on the process is.
    load: Duration,
}

const FULL: Scale = Scale {
    slice: Duration::from_millis(250),
    judged_rounds: 40,
    rounds: 12,
    starts: 15,
    load: Duration::from_secs(5),
};
const QUICK: Scale = Scale {
    slice: Duration::from_millis(60),
    judged_rounds: 14,
    rounds: 3,
    starts: 5,
    load: Duration::from_millis(700),
};

fn main() -> ExitCode {
    Run::main(|run| measure(&run.choose(QUICK, FULL)))
}

#[tokio::main(flavor = "current_thread")]
async fn measure(scale: &Scale) -> Outcome<Report> {
    let binary = process::build()?;
    let mut report = Report::new("http", "HTTP");
    report.text(format_args!(
        "The routes of `contest-http` next to axum handlers written by hand that make the same call \
         of the same engine, over a store in memory, and answer by `serde_json` with a body as large. \
         Both are served by one thread over sockets of this machine, and take turns of about {:?}; the \
         user is the id in a header. The client is another thread: these are numbers of a machine with \
         a core for each of the two, and of nothing that comes over a network. Seed {SEED}.",
        scale.slice,
    ));
    let mut throughput = throughput::Results::default();
    let mut latency = latency::Results::default();
    for endpoint in Endpoint::ALL {
        // Anew for each, so that none finds what another has left.
        let servers = Servers::start().await?;
        for connections in CONNECTIONS {
            let mut sides = endpoint.connect(&servers, connections).await?;
            let found = throughput::measure(&servers, &mut sides, connections, scale).await?;
            latency.measure(&mut sides, &found, scale).await?;
            throughput.add(found);
        }
    }
    throughput.report(&mut report);
    latency.report(&mut report);
    footprint::measure(&binary, scale, &mut report).await?;
    Ok(report)
}
