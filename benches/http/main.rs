//! The cost of HTTP: how many requests per second do the routes of `contest-http` handle compared with
//! handlers written by hand, and how much memory does the process `contest-server` use?
//!
//! `cargo bench -p contest-benches --bench http`, with `-- --quick` for shorter slices. The process is
//! measured if `CONTEST_SERVER` names its program.
//!
//! The routes and the handlers (see `bare`) use one engine over one store in memory. One thread serves
//! both by `axum::serve` over real sockets of this machine. The client is another thread, and cheaper
//! than the server, so that the server is the bottleneck. On both sides the user is the id in a header,
//! the cheapest identity that a host can supply.

mod bare;
mod client;
mod process;
mod requests;
mod servers;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use contest_benches::{Bound, Outcome, Report, Run, Turns};
use futures::future::try_join_all;

use client::Client;
use requests::{Endpoint, Requests};
use servers::Servers;

/// Enough connections that the server never waits for a request.
const CONNECTIONS: usize = 16;
/// The budget: the least share of the floor's requests per second.
const ENOUGH: f64 = 0.9;
/// The responses for measuring their size, and the requests for choosing the length of a slice.
const SAMPLES: u32 = 400;

fn main() -> ExitCode {
    Run::main(measure)
}

#[tokio::main(flavor = "current_thread")]
async fn measure(run: Run) -> Outcome<Report> {
    let mut report = Report::new("http", "HTTP");
    let mut rows = Vec::new();
    for endpoint in Endpoint::ALL {
        rows.push(compare(run, endpoint, &mut report).await?);
    }
    report.heading(
        "Requests per second",
        "Typed errors, validation and DTOs cost at most a tenth over axum handlers that make the same \
         call of the same engine in memory. 16 connections without pauses; both sides take turns, with \
         bodies of the same size.",
    );
    let columns = [
        "",
        "bytes",
        "ours",
        "bare",
        "share",
        "95% interval",
        "budget",
        "",
    ];
    report.table(&columns, &rows);
    process::measure(&mut report).await?;
    Ok(report)
}

/// Both servers with one endpoint, started afresh so that no endpoint affects the next.
async fn compare(run: Run, endpoint: Endpoint, report: &mut Report) -> Outcome<Vec<String>> {
    let servers = Servers::start().await?;
    let requests = Requests::new(endpoint, &servers.engine).await?;
    let mut ours = connect(servers.ours).await?;
    let mut bare = connect(servers.bare).await?;
    let our_bytes = mean_bytes(&mut ours, &requests).await?;
    let padding = our_bytes.checked_sub(mean_bytes(&mut bare, &requests).await?);
    servers
        .floor
        .pad(padding.ok_or("the bare response is the larger one")?);

    let trial = slice(&mut bare, &requests, SAMPLES).await?;
    let (rounds, length) = run.choose((20, 60), (60, 250));
    let length = Duration::from_millis(length).as_secs_f64();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some thousands"
    )]
    let number = (f64::from(SAMPLES) * length / trial.as_secs_f64()).max(1.0) as u32;
    let mut turns = Turns::after(2);
    for round in 0..rounds {
        // The second side runs on the caches that the first has left.
        for side in [round % 2, 1 - round % 2] {
            let (name, clients) = if side == 0 {
                ("ours", &mut ours)
            } else {
                ("bare", &mut bare)
            };
            turns.push(name, slice(clients, &requests, number).await?);
        }
    }
    let share = turns.ratio("bare", "ours");
    let rate = |side| f64::from(number) / turns.percentile(side, 50).as_secs_f64();
    let mut row = vec![
        endpoint.name().to_owned(),
        our_bytes.to_string(),
        format!("{:.0}", rate("ours")),
        format!("{:.0}", rate("bare")),
        format!("{:.2}", share.value),
        format!("{:.2} to {:.2}", share.low, share.high),
    ];
    let what = format!(
        "requests per second, as a share of the bare handler: {}",
        endpoint.name()
    );
    row.extend(report.judge(&what, share.value, Bound::AtLeast(ENOUGH)));
    Ok(row)
}

async fn connect(address: std::net::SocketAddr) -> Outcome<Vec<Client>> {
    try_join_all((0..CONNECTIONS).map(|_| Client::connect(address))).await
}

/// The time for this many requests, shared by the connections.
async fn slice(clients: &mut [Client], requests: &Requests, number: u32) -> Outcome<Duration> {
    let left = std::cell::Cell::new(number);
    let begin = Instant::now();
    let calls = clients.iter_mut().map(|client| async {
        let mut request = Vec::new();
        while let Some(rest) = left.get().checked_sub(1) {
            left.set(rest);
            requests.write_next(&mut request);
            client.call(&request).await?;
        }
        Outcome::Ok(())
    });
    try_join_all(calls).await?;
    Ok(begin.elapsed())
}

/// The average size of a body.
async fn mean_bytes(clients: &mut [Client], requests: &Requests) -> Outcome<usize> {
    let client = clients.first_mut().ok_or("no connection")?;
    let (mut sum, mut request) = (0, Vec::new());
    for _ in 0..SAMPLES {
        requests.write_next(&mut request);
        sum += client.call(&request).await?.len();
    }
    Ok(sum / usize::try_from(SAMPLES)?)
}
