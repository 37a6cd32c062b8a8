//! Do calls keep their place next to the cheapest statement when many callers make them at once?
//!
//! `cargo bench -p contest-benches --bench callers`, with `-- --quick` for fewer and shorter slices.
//!
//! 1 to 64 callers share one pool of 25 on Postgres and make one kind of call after the other, each
//! for a short slice of time, as often as they can; then the next kind has its turn, over and over, so
//! that noise meets all of them. What counts is how many calls come back in a slice, next to how many
//! cheapest statements did in the same turn. Server and callers share the processors of one machine:
//! what a call costs either of them shows.

mod crowd;
mod slice;

use std::process::ExitCode;
use std::time::Duration;

use contest_benches::{Outcome, Plot, Ratio, Report, Run, Series, Server, Table};
use contest_core::catalogue::Catalogue;
use contest_sqlx::postgres::PgStore;
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

use crowd::{Call, Crowd};
use slice::Slice;

/// Decides who the users are and what they ask for.
const SEED: u64 = 20_240_103;
const CALLERS: [usize; 4] = [1, 4, 16, 64];

/// How long it takes.
struct Scale {
    /// How long each kind of call has its turn.
    slice: Duration,
    /// How many turns are kept, after one to warm up.
    turns: usize,
}

const FULL: Scale = Scale {
    slice: Duration::from_millis(250),
    turns: 15,
};
const QUICK: Scale = Scale {
    slice: Duration::from_millis(70),
    turns: 5,
};

fn main() -> ExitCode {
    Run::main(|run| measure_server(&run.choose(QUICK, FULL)))
}

#[tokio::main]
async fn measure_server(scale: &Scale) -> Outcome<Report> {
    let server = Server::start().await?;
    let mut report = Report::new("callers", "Many callers at once");
    let measured = measure(&server, scale, &mut report).await;
    server.close().await?;
    measured.map(|()| report)
}

async fn measure(server: &Server, scale: &Scale, report: &mut Report) -> Outcome<()> {
    let config = server.pool()?;
    let most = config.max_connections;
    let store = PgStore::connect_with(&config.with_idle_connections(most)).await?;
    store.migrate().await?;
    report.text(format_args!("{PROSE}"));
    report.text(format_args!(
        "{}; {} turns of {} ms for each kind of call; seed {SEED}.",
        Server::describe(&store).await?,
        scale.turns,
        scale.slice.as_millis(),
    ));
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let crowd = Crowd::new(&store, &Catalogue::neetcode150(), CALLERS[3], &mut random).await?;
    let mut table = Table::new([
        "",
        "callers",
        "calls/s",
        "p50",
        "p99",
        "of the floor",
        "95% interval",
    ]);
    let mut lines = Call::ALL.map(|call| (call, Vec::new()));
    for callers in CALLERS {
        let floors = turns(&crowd, callers, scale).await?;
        for (call, line) in &mut lines {
            let at = |call: Call| floors.iter().find(|(of, _)| *of == call);
            let (Some((_, taken)), Some((_, floor))) = (at(*call), at(call.floor())) else {
                continue;
            };
            // The time of a call of the floor over that of this one: so many calls to one of it.
            let share = Ratio::of(&floor.per_call, &taken.per_call);
            table.row(row(*call, callers, taken, share));
            line.push((f64::from(u32::try_from(callers)?), share.value));
        }
    }
    report.table(&table);
    let title = "Throughput next to that of the cheapest statement";
    let mut plot = Plot::new("throughput", title, "callers", "of the floor's calls/s");
    for (call, line) in lines.iter().filter(|(call, _)| *call != call.floor()) {
        plot.line(call.name(), line);
    }
    report.plot(&plot);
    Ok(store.close(Duration::from_secs(5)).await?)
}

const PROSE: &str = "Callers share one pool of 25 connections and make one kind of call as often as \
    they can, for a short slice of time; then the next kind has its turn. `of the floor` is the \
    number of calls next to that of the floor in the same turn and with as many callers: `SELECT 1` \
    for reads, an insert of one row, committed, for writes. Every caller is another user with 100 \
    solves, and marks and unmarks the problems of a contest of their own; each contest is the first of \
    a new user. In the race all callers are one user who creates a contest, then all are the next one: \
    of each user's calls exactly one succeeds and the others are refused, which this benchmark checks.";

/// What came of the turns of one kind of call.
pub(crate) struct Taken {
    /// The time of a turn by the calls that came back in it.
    per_call: Series,
    /// How long each call took its caller.
    latency: Series,
}

/// Lets each kind of call have its turns.
async fn turns(crowd: &Crowd, callers: usize, scale: &Scale) -> Outcome<Vec<(Call, Taken)>> {
    let taken = || Taken {
        per_call: Series::after(1),
        latency: Series::after(0),
    };
    let mut all: Vec<_> = Call::ALL.into_iter().map(|call| (call, taken())).collect();
    for turn in 0..=scale.turns {
        for (call, taken) in &mut all {
            let slice = Slice::run(crowd, *call, callers, scale.slice).await?;
            taken.per_call.push(slice.per_call()?);
            if turn > 0 {
                slice
                    .times
                    .into_iter()
                    .for_each(|time| taken.latency.push(time));
            }
        }
    }
    Ok(all)
}

fn row(call: Call, callers: usize, taken: &Taken, share: Ratio) -> Vec<String> {
    let millis = |percent| {
        let time = taken.latency.percentile(percent).as_secs_f64() * 1e3;
        format!("{time:.2} ms")
    };
    let mut row = vec![
        call.name().to_owned(),
        callers.to_string(),
        format!("{:.0}", taken.per_call.median().as_secs_f64().recip()),
        millis(50),
        millis(99),
    ];
    if call != call.floor() {
        row.push(format!("{:.2}", share.value));
        row.push(format!("{:.2} to {:.2}", share.low, share.high));
    }
    row
}
