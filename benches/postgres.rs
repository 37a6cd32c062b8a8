//! How much longer do calls on Postgres take than the cheapest statement of their kind, and does it
//! depend on the amount of stored data?
//!
//! `cargo bench -p contest-benches --bench postgres`, with `-- --quick` for fewer rounds.
//!
//! The server is started by the benchmark and flushes commits to disk, or is that of `DATABASE_URL`. One
//! client makes one call at a time, and the calls of a round in turn, without pauses. So each call, the
//! floor included, overlaps with the ping of the connection that the previous call returned, as in any
//! busy pool.

use std::process::ExitCode;
use std::time::Duration;

use contest_benches::calls::{Past, Reader, Writer, read, write};
use contest_benches::{
    Bound, Budget, Floor, Outcome, Place, Random, Report, Run, Server, Turns, catalogue, five,
    seeded, user,
};
use contest_core::prelude::*;
use contest_core::uuid::Uuid;
use contest_sqlx::postgres::PgStore;
use rand::RngExt as _;

/// Every table also holds this many other users, with the same number of solves each.
const OTHERS: usize = 100;

/// Times of edition 1 of this library, as multiples of `SELECT 1` through the same pool. Measured on the
/// same data on 2026-11-27, with two processors (AMD EPYC) and PostgreSQL 15.18. The machine was busy, so
/// these are ratios of 5th percentiles of 600 calls: 2.1 ms, 33 ms, 0.67 ms, and 0.12 ms for the floor.
const EDITION_1: [(&str, f64); 3] = [
    ("a year of days", 17.5),
    ("review", 280.0),
    ("least used", 5.5),
];

/// Maps the numbers of users one to one to scattered ids.
const SCATTER: u32 = 2_654_435_761;

fn main() -> ExitCode {
    Run::main(measure_server)
}

#[tokio::main(flavor = "current_thread")]
async fn measure_server(run: Run) -> Outcome<Report> {
    let server = Server::start().await?;
    let mut bench = Bench::new(&server, run).await?;
    let measured = bench.measure().await;
    bench.store.close(Duration::from_secs(5)).await?;
    server.close().await?;
    measured.map(|()| bench.report)
}

struct Bench {
    run: Run,
    report: Report,
    store: PgStore,
    floor: Floor,
    random: Random,
    /// 10,010 problems.
    nearly_all: Place,
    /// 20,000 problems, and events are kept.
    small: Place,
    /// 200,000 problems, without events.
    large: Place,
}

impl Bench {
    async fn new(server: &Server, run: Run) -> Outcome<Self> {
        let store = PgStore::connect_with(&server.pool()?).await?;
        let mut report = Report::new("postgres", "Postgres");
        report.text(format_args!(
            "One client makes one call at a time, through the engine; the first call of each table is \
             the floor. Each schema holds {OTHERS} other users.\n\n{}.",
            Server::describe(&store).await?,
        ));
        let nearly_all = Server::schema(&store, "nearly_all").await?;
        let small = Server::schema(&store, "small").await?.with_outbox();
        let large = Server::schema(&store, "large").await?;
        let mut bench = Self {
            run,
            report,
            floor: Floor::postgres(&store).await?,
            random: seeded(),
            nearly_all: Place::new(nearly_all, &catalogue(10_010)?).await?,
            small: Place::new(small, &catalogue(20_000)?).await?,
            large: Place::new(large, &catalogue(200_000)?).await?,
            store,
        };
        for _ in 0..OTHERS {
            bench.nearly_all.solver(OTHERS, &mut bench.random).await?;
            bench.small.solver(OTHERS, &mut bench.random).await?;
            bench.large.solver(OTHERS, &mut bench.random).await?;
        }
        Ok(bench)
    }

    async fn measure(&mut self) -> Outcome<()> {
        self.reads().await?;
        self.writes().await?;
        self.resets().await?;
        self.log_of_marks().await?;
        self.past().await?;
        self.users().await
    }

    /// Brings the tables into the state of a database in operation.
    async fn vacuum(&self) -> Outcome<()> {
        Server::execute(&self.store, "VACUUM (ANALYZE)").await
    }

    async fn reads(&mut self) -> Outcome<()> {
        let users = [
            (&self.nearly_all, 10, "10 solves of 10,010"),
            (&self.nearly_all, 10_000, "10,000 solves of 10,010"),
            (&self.large, 100_000, "100,000 solves of 200,000"),
        ];
        let mut readers = Vec::new();
        let mut budgets = Vec::new();
        for (place, solves, name) in users {
            readers.push(Reader::new(place, solves, name, &mut self.random).await?);
            let mut most = |call: &str, over: String, most| {
                budgets.push(Budget::at_most(format!("{call}, {name}"), over, most));
            };
            for call in ["progress", "select 5"] {
                let least = format!("{call}, 10 solves of 10,010");
                match solves {
                    10 => most(call, Floor::READ.into(), 1.5),
                    100_000 => most(call, least, 2.0),
                    // With ten problems left, drawing tries nearly all.
                    _ if call == "select 5" => {}
                    _ => {
                        most(call, Floor::READ.into(), 1.5);
                        most(call, least, 1.3);
                    }
                }
            }
            most("find a contest", Floor::READ.into(), 1.8);
            most("a page of 20 contests", Floor::READ.into(), 3.0);
            most("a page of 20 solves", Floor::READ.into(), 3.0);
        }
        self.vacuum().await?;
        let rounds = self.run.choose((20, 400), (100, 2_000));
        let turns = read(&readers, &self.floor, rounds).await?;
        self.report.heading(
            "Reads",
            "A read costs little more than an empty query, for any number of solves. A random half of \
             a large catalogue is the worst case for the compression of a bitmap.",
        );
        self.report.ratios(&turns, &budgets);
        Ok(())
    }

    async fn writes(&mut self) -> Outcome<()> {
        let busy = "10,000 solves of 200,000";
        let (large, small) = (&self.large, &self.small);
        let [large_loads, small_loads] = [large, small].map(Place::without_memory);
        let random = &mut self.random;
        let writers = [
            Writer::new(&large_loads, "a new user"),
            Writer::new(large, "a new user, remembered"),
            Writer::with_solves(&large_loads, 10_000, busy, random).await?,
            Writer::with_solves(large, 10_000, "the same, remembered", random).await?,
            Writer::new(&small_loads, "a new user with events"),
            Writer::new(small, "the same, remembered, with events"),
        ];
        let mut budgets = Vec::new();
        let mut most = |call: &str, user: &str, most| {
            budgets.push(Budget::at_most(
                format!("{call}, {user}"),
                Floor::WRITE,
                most,
            ));
        };
        let changes = ["mark a problem", "complete a contest"];
        for (user, loaded) in [
            ("a new user", 2.0),
            (busy, 2.0),
            ("a new user with events", 2.3),
        ] {
            most("create a contest of 5", user, loaded);
            for call in changes {
                most(call, user, loaded);
            }
        }
        for (user, remembered) in [
            ("a new user, remembered", 1.5),
            ("the same, remembered", 1.5),
            ("the same, remembered, with events", 1.7),
        ] {
            for call in changes {
                most(call, user, remembered);
            }
        }
        most("import 100 solves", "a new user", 3.0);
        let rounds = self.run.choose((20, 150), (100, 1_000));
        let turns = write(&writers, &self.floor, rounds, &mut self.random).await?;
        self.report.heading(
            "Writes",
            "A change is a load and one statement, so it costs about two bare inserts, for any history \
             of the user. For a remembered user it is the statement alone.",
        );
        self.report.ratios(&turns, &budgets);
        Ok(())
    }

    /// Each reset is for a new copy of one user.
    async fn resets(&mut self) -> Outcome<()> {
        let few = self.large.solver(10, &mut self.random).await?;
        let many = self.large.solver(10_000, &mut self.random).await?;
        let (warm_up, rounds) = self.run.choose((5, 50), (20, 300));
        let mut turns = Turns::after(warm_up);
        for _ in 0..warm_up + rounds {
            for (original, call) in [(few, "reset after 10 solves"), (many, "reset after 10,000")] {
                let copy = user(&mut self.random);
                let id = format!("'{copy}'::uuid");
                Server::execute(&self.store, copies("large", original, &id, "")).await?;
                self.floor.write().await?;
                if original == few {
                    turns.time(Floor::WRITE, self.floor.write()).await?;
                }
                turns
                    .time(call, self.large.engine.reset_progress(copy))
                    .await?;
            }
        }
        self.report.heading(
            "Resets",
            "A reset costs the same for any number of solves: it begins an epoch and deletes nothing.",
        );
        let budgets = [
            Budget::at_most("reset after 10 solves", Floor::WRITE, 1.6),
            Budget::at_most("reset after 10,000", Floor::WRITE, 1.6),
        ];
        self.report.ratios(&turns, &budgets);
        Ok(())
    }

    async fn log_of_marks(&mut self) -> Outcome<()> {
        let contests = self.run.choose(10, 60);
        self.report.heading(
            "Bytes of the write-ahead log",
            "A mark does not rewrite the sets: it logs no more after 100,000 solves than after 10. \
             The tests of `contest-sqlx` count statements, round trips and rows of every call.",
        );
        let mut rows = Vec::new();
        for (solves, name) in [(10, "10 solves"), (100_000, "100,000 solves")] {
            let user = self.large.solver(solves, &mut self.random).await?;
            let engine = &self.large.engine;
            let mut written = Vec::new();
            for _ in 0..contests {
                let contest = engine.create_contest(user, &five()?).await?.contest;
                for entry in &contest.problems {
                    let before = self.log_position().await?;
                    let marked = engine.mark_solved(user, contest.id, entry.problem.id);
                    marked.await?;
                    written.push(self.log_position().await? - before);
                }
                engine.complete_contest(user, contest.id).await?;
            }
            written.sort_unstable();
            let median = written.get(written.len() / 2).copied().unwrap_or(i64::MAX);
            let what = format!("bytes logged by a mark, {name}");
            let value = f64::from(i32::try_from(median)?);
            let mut row = vec![format!("mark, {name}"), median.to_string()];
            row.extend(self.report.judge(&what, value, Bound::AtMost(1_500.0)));
            rows.push(row);
        }
        self.report.table(&["", "median", "budget", ""], &rows);
        Ok(())
    }

    async fn log_position(&self) -> Outcome<i64> {
        let position = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint";
        let position = sqlx::query_scalar(position).fetch_one(self.store.pool());
        Ok(position.await?)
    }

    async fn past(&mut self) -> Outcome<()> {
        let past = Past::new(&self.small, &mut self.random).await?;
        self.vacuum().await?;
        let rounds = self.run.choose((5, 60), (20, 300));
        let turns = past.read(&self.floor, rounds).await?;
        let allowed = EDITION_1.map(|(call, ratio)| {
            let times = if call == "a year of days" { 1.0 } else { 3.0 };
            Budget::at_most(call, Floor::READ, times * ratio)
        });
        self.report.heading(
            Past::TITLE,
            "Requests that read the log or the contests grow with them; other requests do not. The \
             budgets are the ratios of edition 1 on the same data (2026-11-27, two processors, \
             PostgreSQL 15), and three times these for review and least used.",
        );
        self.report.ratios(&turns, &allowed);
        Ok(())
    }

    /// Uses a separate schema for each number of users, and measures them in turn.
    async fn users(&mut self) -> Outcome<()> {
        let numbers: &[u32] = self
            .run
            .choose(&[1_000, 30_000], &[1_000, 100_000, 1_000_000]);
        let mut points = Vec::new();
        for number in numbers {
            points.push(Point::new(self, *number).await?);
        }
        self.vacuum().await?;
        let (warm_up, rounds) = self.run.choose((10, 150), (50, 1_000));
        let mut turns = Turns::after(warm_up);
        for _ in 0..warm_up + rounds {
            for point in &points {
                point.round(&mut turns, &mut self.random).await?;
            }
        }
        self.report.heading(
            "Growing users",
            "The cost of a call does not depend on the number of users, except that less of its data is \
             cached in memory.",
        );
        let names = numbers.iter().map(|number| format!("{number} users"));
        let names: Vec<_> = names.collect();
        let (first, last) = (names.first(), names.last());
        let mut rows = Vec::new();
        for call in Point::CALLS {
            let median = |users: &String| {
                let time = turns.percentile(&format!("{call}, {users}"), 50);
                format!("{:.0} µs", time.as_secs_f64() * 1e6)
            };
            let mut row = vec![call.to_owned()];
            row.extend(names.iter().map(median));
            if let (Some(first), Some(last)) = (first, last) {
                let ratio = turns.ratio(&format!("{call}, {last}"), &format!("{call}, {first}"));
                row.push(format!("{:.2}", ratio.value));
                row.push(format!("{:.2} to {:.2}", ratio.low, ratio.high));
            }
            rows.push(row);
        }
        let mut columns = vec![""];
        columns.extend(names.iter().map(String::as_str));
        columns.extend(["last over first", "95% interval"]);
        self.report.table(&columns, &rows);
        Ok(())
    }
}

/// A schema with many identical users.
struct Point {
    place: Place,
    users: u32,
    contest: Contest,
}

impl Point {
    const CALLS: [&str; 3] = ["progress", "the active contest", "mark a problem"];

    async fn new(bench: &mut Bench, users: u32) -> Outcome<Self> {
        let schema = format!("users_{users}");
        let store = Server::schema(&bench.store, &schema).await?;
        let place = Place::new(store, &Catalogue::neetcode150()).await?;
        let original = place.solver(3, &mut bench.random).await?;
        let contest = place.contests(original, 1).await?;
        let id = format!(
            "(lpad(to_hex(n::bigint * {SCATTER} % 4294967296), 8, '0') || repeat('0', 24))::uuid"
        );
        let series = format!(", generate_series(1, {users}) n");
        let copies = copies(&schema, original, &id, &series);
        Server::execute(&bench.store, copies).await?;
        Ok(Self {
            place,
            users,
            contest,
        })
    }

    /// Makes the calls for different users in each round.
    async fn round(&self, turns: &mut Turns, random: &mut Random) -> Outcome<()> {
        let call = |call: &str| format!("{call}, {} users", self.users);
        let engine = &self.place.engine;
        let [first, second, third] = [(); 3].map(|()| {
            let number = random.random_range(1..=self.users);
            UserId::from_uuid(Uuid::from_u128(
                u128::from(number.wrapping_mul(SCATTER)) << 96,
            ))
        });
        turns
            .time(&call("progress"), engine.progress(first))
            .await?;
        let active = engine.active_contest(second);
        turns.time(&call("the active contest"), active).await?;
        let place = random.random_range(0..self.contest.problems.len());
        let problem = self.contest.problems.get(place).ok_or("no problem")?;
        let mark = engine.mark_solved(third, self.contest.id, problem.problem.id);
        turns.time(&call("mark a problem"), mark).await?;
        Ok(())
    }
}

/// Statements that copy all data of a user to the user `id`, for each row of `from`.
fn copies(schema: &str, original: UserId, id: &str, from: &str) -> String {
    let tables = [
        ("user_records", "open_contest, state, version, solved, seen"),
        ("contests", "contest_id, key, value"),
        ("contest_requests", "contest_id, value"),
        (
            "attempts",
            "at, problem, contest, submission, verdict, score, epoch, recorded_at, undone_at",
        ),
    ];
    let copy = tables.map(|(table, columns)| {
        format!(
            "INSERT INTO {schema}.{table} (user_id, {columns}) SELECT {id}, {columns} \
             FROM {schema}.{table} o{from} WHERE o.user_id = '{original}';"
        )
    });
    copy.concat()
}
