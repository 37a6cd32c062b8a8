//! Do large requests that created a user's contests make the user's reads longer?
//!
//! `cargo bench -p contest-benches --bench kept`, with `-- --quick` for fewer contests. One user has contests
//! with 1,600 excluded problems each, another as many without; their reads take turns.

use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, process};

use contest_benches::{
    Budget, Outcome, Place, Report, Run, Server, Turns, catalogue, five, seeded, user,
};
use contest_core::engine::{PaceWindow, PageLimit};
use contest_core::prelude::*;
use contest_core::select::Strategy;
use contest_sqlx::postgres::PgStore;
use contest_sqlx::sqlite::SqliteStore;

/// How many problems the requests exclude.
const EXCLUDED: usize = 1_600;

fn main() -> ExitCode {
    Run::main(measure)
}

#[tokio::main(flavor = "current_thread")]
async fn measure(run: Run) -> Outcome<Report> {
    let mut report = Report::new("kept", "Contests of large requests");
    let contests = run.choose(600, 1_600);
    let directory = env::temp_dir().join(format!("contest-bench-kept-{}", process::id()));
    fs::create_dir_all(&directory)?;
    let url = format!("sqlite:{}/contest.db", directory.display());
    let sqlite = SqliteStore::connect(&url).await?;
    sqlite.migrate().await?;
    let place = Place::new(sqlite.clone(), &catalogue(3_000)?).await?;
    reads(&mut report, "SQLite", &place, contests).await?;
    sqlite.close(Duration::from_secs(30)).await?;
    fs::remove_dir_all(&directory)?;
    let server = Server::start().await?;
    let store = PgStore::connect_with(&server.pool()?).await?;
    store.migrate().await?;
    let place = Place::new(store.clone(), &catalogue(3_000)?).await?;
    reads(&mut report, "Postgres", &place, contests).await?;
    store.close(Duration::from_secs(30)).await?;
    server.close().await?;
    Ok(report)
}

async fn reads(report: &mut Report, on: &str, place: &Place, contests: usize) -> Outcome<()> {
    let mut random = seeded();
    let users = [("small", 0), ("large", EXCLUDED)];
    let [mut small, mut large] = [(); 2].map(|()| user(&mut random));
    for ((_, excluded), user) in users.into_iter().zip([&mut small, &mut large]) {
        let excluded = place.draw(excluded, &mut random);
        let request = five()?.with_excluded(excluded).with_eligibility(anything());
        for _ in 0..contests {
            let contest = place.engine.create_contest(*user, &request).await?.contest;
            place.engine.abandon_contest(*user, contest.id).await?;
        }
    }
    let mut turns = Turns::after(1);
    for _ in 0..20 {
        for ((size, _), user) in users.into_iter().zip([small, large]) {
            read(&mut turns, size, &place.engine, user).await?;
        }
    }
    report.heading(
        &format!("{contests} contests with {EXCLUDED} excluded problems, on {on}"),
        "Requests are in a table of their own, which only a replay reads.",
    );
    let calls: Vec<_> = turns.names().map(str::to_owned).collect();
    let large = calls.iter().filter(|name| name.ends_with("large"));
    let budget = |name: &String| Budget::at_most(name, name.replace("large", "small"), 1.5);
    report.ratios(&turns, &large.map(budget).collect::<Vec<_>>());
    Ok(())
}

fn anything() -> Eligibility {
    Eligibility::default().with_solved(SolvedRule::Allow)
}

async fn read(turns: &mut Turns, size: &str, engine: &Engine, user: UserId) -> Outcome<()> {
    let name = |call: &str| format!("{call}, {size}");
    let five = five()?.selection().clone();
    let attempted = Eligibility::default().excluding_attempted();
    let attempted = five.clone().with_eligibility(attempted);
    let call = engine.explain(user, &attempted);
    turns.time(&name("explain, none attempted"), call).await?;
    let least_used = five.with_strategy(Strategy::LeastUsed);
    let call = engine.explain(user, &least_used);
    turns.time(&name("explain, least used"), call).await?;
    let window = PaceWindow::latest(200)?;
    let call = engine.pace(user, &window);
    turns.time(&name("pace of 200"), call).await?;
    let call = engine.contest_results(user, None, PageLimit::MAX);
    turns.time(&name("results"), call).await?;
    let call = engine.contests(user, None, PageLimit::MAX);
    turns.time(&name("contests"), call).await?;
    Ok(())
}
