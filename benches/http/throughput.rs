//! How many requests a second each side answers.

use std::time::Duration;

use contest_benches::load::closed;
use contest_benches::{Bound, Outcome, Ratio, Report, Series, Table};

use crate::Scale;
use crate::endpoint::{Client, Endpoint, Sides};
use crate::servers::Servers;

/// The share of the floor's requests a second that is enough.
const ENOUGH: f64 = 0.85;
/// Enough connections that the server is never without a request, and few enough that it does not
/// spend its time on looking after them.
const JUDGED: usize = 16;
/// How many requests the length of a slice is found with.
const TRIAL: u64 = 400;

/// What was found for an endpoint and a number of connections.
#[derive(Debug)]
pub(crate) struct Found {
    endpoint: Endpoint,
    pub(crate) connections: usize,
    bytes: [usize; 2],
    /// How many requests a slice has.
    requests: u64,
    ours: Side,
    bare: Side,
}

/// The slices of one side.
#[derive(Debug)]
struct Side {
    slices: Series,
    /// How long the server's thread ran for them, if that is known.
    run: Option<Duration>,
}

/// Measures both sides in turns.
pub(crate) async fn measure(
    servers: &Servers,
    sides: &mut Sides,
    connections: usize,
    scale: &Scale,
) -> Outcome<Found> {
    let requests = requests(sides, scale).await?;
    let rounds = if connections == JUDGED {
        scale.judged_rounds
    } else {
        scale.rounds
    };
    let mut ours = Side::default();
    let mut bare = Side::default();
    for round in 0..rounds {
        // Who comes second finds what the first has left in the processor.
        if round % 2 == 0 {
            ours.slice(servers, &mut sides.ours, requests).await?;
            bare.slice(servers, &mut sides.bare, requests).await?;
        } else {
            bare.slice(servers, &mut sides.bare, requests).await?;
            ours.slice(servers, &mut sides.ours, requests).await?;
        }
    }
    Ok(Found {
        endpoint: sides.endpoint,
        connections,
        bytes: [sides.our_bytes, sides.bare_bytes],
        requests,
        ours,
        bare,
    })
}

/// How many requests make a slice. Both sides are warm after it.
async fn requests(sides: &mut Sides, scale: &Scale) -> Outcome<u64> {
    closed(&mut sides.ours, TRIAL).await?;
    closed(&mut sides.bare, TRIAL).await?;
    let mut trial = Series::after(0);
    trial.time(closed(&mut sides.bare, TRIAL)).await?;
    let slice = scale.slice.as_nanos() * u128::from(TRIAL);
    Ok(u64::try_from(slice / trial.median().as_nanos().max(1))?.max(TRIAL))
}

impl Default for Side {
    fn default() -> Self {
        Self {
            slices: Series::after(0),
            run: Some(Duration::ZERO),
        }
    }
}

impl Side {
    async fn slice(
        &mut self,
        servers: &Servers,
        clients: &mut [Client],
        requests: u64,
    ) -> Outcome<()> {
        let before = servers.run_time();
        self.slices.time(closed(clients, requests)).await?;
        let run = servers
            .run_time()
            .zip(before)
            .map(|(now, then)| now.saturating_sub(then));
        self.run = self.run.zip(run).map(|(sum, run)| sum + run);
        Ok(())
    }

    fn wall(&self) -> Duration {
        self.slices.times().iter().sum()
    }
}

impl Found {
    fn per_second(&self, side: &Side) -> f64 {
        let requests = u32::try_from(self.requests).unwrap_or(u32::MAX);
        f64::from(requests) / side.slices.median().as_secs_f64()
    }

    /// What the slower side answers in a second.
    pub(crate) fn slower(&self) -> f64 {
        let [ours, bare] = [&self.ours, &self.bare].map(|side| self.per_second(side));
        ours.min(bare)
    }

    fn cells(&self) -> Vec<String> {
        let [ours, bare] = [&self.ours, &self.bare].map(|side| self.per_second(side));
        let Ratio { value, low, high } = self.ratio();
        let run = self.ours.run.zip(self.bare.run);
        let cost = run.map(|(ours, bare)| bare.as_secs_f64() / ours.as_secs_f64());
        let wall = (self.ours.wall() + self.bare.wall()).as_secs_f64();
        let busy = run.map(|(ours, bare)| (ours + bare).as_secs_f64() / wall * 100.0);
        let [our_bytes, bare_bytes] = self.bytes;
        vec![
            self.endpoint.name().to_owned(),
            self.connections.to_string(),
            format!("{our_bytes} / {bare_bytes}"),
            format!("{ours:.0}"),
            format!("{bare:.0}"),
            format!("{value:.2}"),
            format!("{low:.2} to {high:.2}"),
            cost.map_or_else(String::new, |cost| format!("{cost:.2}")),
            busy.map_or_else(String::new, |busy| format!("{busy:.0}%")),
        ]
    }

    /// Requests a second of ours over those of the floor: the inverse of how long slices take.
    fn ratio(&self) -> Ratio {
        Ratio::of(&self.bare.slices, &self.ours.slices)
    }
}

/// What was found for all.
#[derive(Debug, Default)]
pub(crate) struct Results(Vec<Found>);

impl Results {
    pub(crate) fn add(&mut self, found: Found) {
        self.0.push(found);
    }

    pub(crate) fn report(&self, report: &mut Report) {
        report.heading("Requests a second");
        report.text(format_args!(
            "As many requests as the connections take, each asking again as soon as it is answered. \
             The ratio is that of the medians of the slices, ours over the floor: less than one is \
             slower. With {JUDGED} connections it has a budget of {ENOUGH}. Where the system counts \
             it, *by server time* is the same ratio by the time that the server's thread ran for a \
             request, whatever else the machine did; where that thread was not *busy* for nearly all \
             of the time, it waited for the client or for the processor, and the other ratio flatters. \
             Bytes are those of a body, on average."
        ));
        let mut table = Table::new([
            "",
            "connections",
            "bytes",
            "ours",
            "bare",
            "ratio",
            "95% interval",
            "by server time",
            "busy",
        ]);
        for found in &self.0 {
            table.row(found.cells());
        }
        report.table(&table);
        for found in self.0.iter().filter(|found| found.connections == JUDGED) {
            let name = format!("requests a second, {}", found.endpoint.name());
            report.judge(&name, found.ratio().value, Bound::AtLeast(ENOUGH));
        }
    }
}
