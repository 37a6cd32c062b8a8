//! Does a call cost more when there is more: users, solves of the user, problems?
//!
//! `cargo bench -p contest-benches --bench growth`, with `-- --quick` for less of everything.
//!
//! Each axis has its points in schemas of their own on one Postgres server, all loaded before
//! anything is measured. Then a round is one call of each kind at each point of each axis, and one of
//! each floor: whatever disturbs the machine meets all points alike, and the caches of the server are
//! shared by all of them.

mod axis;
mod load;
mod point;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use contest_benches::stores::{CANDIDATES, Floor, Solver, Stored, new_user};
use contest_benches::{Outcome, Report, Run, Server, catalogue_with_topics};
use contest_core::catalogue::Catalogue;
use contest_core::id::UserId;
use contest_sqlx::postgres::{PgSchema, PgStore};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

use axis::{Axis, Measured};
use point::Point;

/// Decides who calls and what they ask for.
const SEED: u64 = 20_240_104;
/// The users there are where another number is not said.
const USERS: u32 = 1_000;

/// How much is stored and measured.
struct Scale {
    users: &'static [u32],
    /// Of the largest catalogue, at most a tenth of it.
    solves: &'static [u32],
    problems: &'static [u32],
    warm_up: usize,
    rounds: usize,
}

const FULL: Scale = Scale {
    users: &[1_000, 10_000, 100_000, 1_000_000],
    solves: &[10, 100, 1_000, 10_000, 100_000],
    problems: &[150, 1_500, 15_000, 150_000, 1_000_000],
    warm_up: 50,
    rounds: 1_000,
};
const QUICK: Scale = Scale {
    users: &[1_000, 5_000, 20_000],
    solves: &[10, 100, 1_000, 10_000],
    problems: &[150, 1_500, 15_000, 100_000],
    warm_up: 10,
    rounds: 150,
};

fn main() -> ExitCode {
    Run::main(|run| measure_server(&run.choose(QUICK, FULL)))
}

#[tokio::main(flavor = "current_thread")]
async fn measure_server(scale: &Scale) -> Outcome<Report> {
    let server = Server::start().await?;
    let mut report = Report::new("growth", "Growth");
    let measured = measure(&server, scale, &mut report).await;
    server.close().await?;
    measured.map(|()| report)
}

async fn measure(server: &Server, scale: &Scale, report: &mut Report) -> Outcome<()> {
    let mut config = server.pool()?;
    config.connect = config.connect.options([("synchronous_commit", "off")]);
    let store = PgStore::connect_with(&config).await?;
    let floor = Arc::new(Floor::postgres(&store).await?);
    report.text(format_args!("{PROSE}"));
    report.text(format_args!(
        "{}; {} rounds after {} to warm up; {CANDIDATES} candidates; seed {SEED}.",
        Server::describe(&store).await?,
        scale.rounds,
        scale.warm_up,
    ));
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let loading = Loading {
        store: &store,
        floor: &floor,
        scale,
    };
    let mut axes = [
        loading.users(&mut random).await?,
        loading.solves(&mut random).await?,
        loading.problems(&mut random).await?,
    ];
    let rounds = (scale.warm_up, scale.rounds);
    let measured = Measured::all(&mut axes, &floor, rounds, &mut random).await?;
    for axis in &axes {
        measured.report(report, axis);
    }
    Ok(store.close(Duration::from_secs(5)).await?)
}

const PROSE: &str = "What a call takes next to the cheapest statement of its kind (`SELECT 1` for \
    reads, the insert of one row, committed, for writes), while one thing grows: a flat line is a cost \
    that does not depend on it. Commits do not wait for the disk here, neither of calls nor of the \
    floor, because such a wait hides what grows. The last columns compare the last point with the \
    first, without the floor.\n\n\
    Users have three solves and a contest each, completed or active; which users call is drawn anew \
    for each round, so that with more users more of what is read was not in use before. Users with a \
    given number of solves are the same ones in each round; they solved at most a tenth of the largest \
    catalogue. Each size of the catalogue has a thousand other users. Counters are checked against a recount after loading.";

/// Puts the points of the axes on the server.
struct Loading<'s> {
    store: &'s PgStore,
    floor: &'s Arc<Floor>,
    scale: &'s Scale,
}

impl Loading<'_> {
    async fn users(&self, random: &mut ChaCha8Rng) -> Outcome<Axis> {
        let catalogue = Catalogue::neetcode150();
        let mut points = Vec::new();
        for users in self.scale.users {
            let schema = format!("users_{users}");
            let (store, stored) = self.stored(&schema, &catalogue, *users, random).await?;
            points.push(self.point(*users, &store, &stored, *users, random).await?);
        }
        Ok(Axis {
            name: "users",
            title: "users",
            points,
        })
    }

    async fn problems(&self, random: &mut ChaCha8Rng) -> Outcome<Axis> {
        let mut points = Vec::new();
        for problems in self.scale.problems {
            let catalogue = catalogue_with_topics(*problems)?;
            let schema = format!("problems_{problems}");
            let (store, stored) = self.stored(&schema, &catalogue, USERS, random).await?;
            let point = self.point(*problems, &store, &stored, USERS, random);
            points.push(point.await?);
        }
        Ok(Axis {
            name: "problems",
            title: "problems in the catalogue",
            points,
        })
    }

    /// In a store of their own with the largest catalogue, so that of the user with the most solves
    /// most of what is drawn is unsolved.
    async fn solves(&self, random: &mut ChaCha8Rng) -> Outcome<Axis> {
        let largest = self.scale.problems.last().copied().unwrap_or_default();
        let catalogue = catalogue_with_topics(largest)?;
        let (_, stored) = self.stored("solves", &catalogue, USERS, random).await?;
        let mut points = Vec::new();
        for solves in self.scale.solves {
            let count = usize::try_from(*solves)?;
            let idle = Solver::new(&stored, count, random).await?.user;
            let busy = Solver::new(&stored, count, random).await?.user;
            let request = Stored::request()?;
            stored.engine.create_contest(busy, &request).await?;
            let users = [vec![idle], vec![busy]];
            points.push(Point::new(*solves, &stored, users, self.scale.warm_up));
        }
        Ok(Axis {
            name: "solves",
            title: "solves of the user",
            points,
        })
    }

    /// In a schema of its own, with that many users.
    async fn stored(
        &self,
        schema: &str,
        catalogue: &Catalogue,
        users: u32,
        random: &mut ChaCha8Rng,
    ) -> Outcome<(PgStore, Stored)> {
        let store = self.store.clone().with_schema(PgSchema::new(schema)?);
        store.migrate().await?;
        let stored = Stored::new(store.clone(), self.floor, catalogue).await?;
        // Its selection is what the loaded ones have.
        let request = Stored::request()?;
        let first = stored.engine.create_contest(new_user(random), &request);
        first.await?;
        load::users(&store, users).await?;
        Ok((store, stored))
    }

    /// With users drawn from those that are loaded: three without an active contest for a round, and
    /// as many with one.
    async fn point(
        &self,
        at: u32,
        store: &PgStore,
        stored: &Stored,
        users: u32,
        random: &mut ChaCha8Rng,
    ) -> Outcome<Point> {
        let pairs = i32::try_from(users / 2)?;
        let calls = 3 * (self.scale.warm_up + self.scale.rounds);
        let mut draw = |odd| -> Vec<i32> {
            let number = |_| 2 * random.random_range(1..=pairs) - odd;
            (0..calls).map(number).collect()
        };
        let (idle, busy) = (draw(0), draw(1));
        let drawn: [Vec<UserId>; 2] = [
            load::numbered(store, &idle).await?,
            load::numbered(store, &busy).await?,
        ];
        Ok(Point::new(at, stored, drawn, self.scale.warm_up))
    }
}
