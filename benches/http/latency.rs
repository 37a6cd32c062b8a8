//! How long answers take under a steady load.

use std::time::Duration;

use contest_benches::load::{Arrivals, Latencies, open, spin_until};
use contest_benches::{Outcome, Report, Table};

use crate::Scale;
use crate::endpoint::{Client, Endpoint, Sides};
use crate::throughput::Found;

/// The load, as a share of what the slower side can take.
const SHARE: f64 = 0.5;
const PERCENTILES: [f64; 3] = [50.0, 99.0, 99.9];

/// Tables of all endpoints.
#[derive(Debug, Default)]
pub(crate) struct Results(Vec<(Endpoint, Table)>);

impl Results {
    /// Measures both sides in turns, under the same load.
    pub(crate) async fn measure(
        &mut self,
        sides: &mut Sides,
        found: &Found,
        scale: &Scale,
    ) -> Outcome<()> {
        let rate = found.slower() * SHARE;
        let interval = Duration::from_secs_f64(1.0 / rate);
        let slice = (scale.slice * 2).as_nanos() / interval.as_nanos().max(1);
        let arrivals = Arrivals {
            interval,
            requests: u32::try_from(slice)?,
        };
        let (mut ours, mut bare) = (Latencies::new()?, Latencies::new()?);
        for _ in 0..scale.rounds {
            load(&mut sides.ours, arrivals, &mut ours).await?;
            load(&mut sides.bare, arrivals, &mut bare).await?;
        }
        let row = cells(found.connections, rate, &ours, &bare);
        match self.0.last_mut() {
            Some((endpoint, table)) if *endpoint == sides.endpoint => table.row(row),
            _ => {
                let mut table = empty();
                table.row(row);
                self.0.push((sides.endpoint, table));
            }
        }
        Ok(())
    }

    pub(crate) fn report(&self, report: &mut Report) {
        report.heading("Latency");
        report.text(format_args!(
            "Under {SHARE} of the requests a second that the slower of the two has just answered, the \
             same for both, at equal intervals. Times are counted from the instant a request was due, \
             not from when a connection was free to send it, so that a stall shows in full. They \
             include the client's own work. No budget: the last percentile of a short run, on a \
             machine that does other things, is theirs."
        ));
        for (endpoint, table) in &self.0 {
            report.text(format_args!("**{}**", endpoint.name()));
            report.table(table);
        }
    }
}

async fn load(clients: &mut [Client], arrivals: Arrivals, all: &mut Latencies) -> Outcome<()> {
    all.add(&open(clients, arrivals, spin_until).await?)
}

fn empty() -> Table {
    Table::new([
        "connections",
        "requests/s",
        "requests",
        "p50",
        "p99",
        "p99.9",
        "bare p50",
        "p99",
        "p99.9",
        "ratio p50",
        "p99",
        "p99.9",
    ])
}

fn cells(connections: usize, rate: f64, ours: &Latencies, bare: &Latencies) -> Vec<String> {
    let mut cells = vec![
        connections.to_string(),
        format!("{rate:.0}"),
        ours.count().to_string(),
    ];
    for side in [ours, bare] {
        cells.extend(PERCENTILES.map(|percent| micros(side.percentile(percent))));
    }
    cells.extend(PERCENTILES.map(|percent| {
        let [ours, bare] = [ours, bare].map(|side| side.percentile(percent).as_secs_f64());
        format!("{:.2}", ours / bare)
    }));
    cells
}

fn micros(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
