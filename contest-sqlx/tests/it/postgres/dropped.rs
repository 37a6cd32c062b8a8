//! Calls whose futures are dropped: what becomes of their connections and their statements.

use std::time::Duration;

use contest_core::model::{Difficulty, NewSolve};
use contest_core::store::{
    ContestPage, ContestRepository as _, Mark, ProblemRepository as _, SolveRepository as _,
};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::{PgStore, StatementTimeout};
use futures::future::try_join_all;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use tokio::time::{Instant, timeout};

use super::races::{contest, ids, problems, user};
use super::support::{config, store};

/// Calls dropped after anything from nothing to all of their time.
#[tokio::test(flavor = "multi_thread")]
async fn dropped_calls_leave_the_pool_whole() {
    let mut config = config().await.with_max_connections(5);
    let name = format!("dropped {}", std::process::id());
    config.connect = config.connect.application_name(&name);
    let store = store(&config).await.unwrap();
    let editions = [
        problems(30, |_| Difficulty::Easy),
        problems(30, |n| Difficulty::ALL[n as usize % 3]),
    ];
    store.publish_catalogue(&editions[0]).await.unwrap();
    let all = ids(&editions[0]);
    let contest = contest(&store, user(1)).await;
    let now = contest.started_at;
    for round in 0..1_000_usize {
        let limit = Duration::from_micros((round as u64 * 7_919) % 2_500);
        let problem = contest.problems[round % 3].problem.id;
        let mark = [Mark::Solved, Mark::Unsolved][round % 2];
        let solve = NewSolve::new(all[round % 30], now);
        let _ = timeout(limit, async {
            match round % 4 {
                0 => drop(store.publish_catalogue(&editions[round / 4 % 2]).await),
                1 => drop(store.record_solves(user(2), &[solve]).await),
                2 => drop(
                    store
                        .mark_problem(user(1), contest.id, problem, mark, now)
                        .await,
                ),
                _ => drop(store.list_contests(user(1), page(5)).await),
            }
        })
        .await;
    }
    assert_all_usable(&store, 5).await;
    until(&store, &name, BUSY, 0).await;
    assert_eq!(store.verify().await.unwrap(), vec![]);
}

/// All connections of the pool can be had at once, and each begins a transaction of its own.
async fn assert_all_usable(store: &PgStore, connections: u32) {
    let deadline = Instant::now() + Duration::from_mins(1);
    let connections = loop {
        let all_at_once = (0..connections).map(|_| store.writer().acquire());
        match try_join_all(all_at_once).await {
            Ok(connections) => break connections,
            // The server has to get through connections that were given up while they opened. A
            // place in the pool that was lost stays lost.
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    for mut connection in connections {
        let outside = sqlx::raw_sql("SELECT now() = statement_timestamp()");
        let row = outside.fetch_one(&mut *connection).await.unwrap();
        assert!(row.get::<bool, _>(0));
    }
}

/// In the middle of something: a statement, or a transaction.
const BUSY: &str = "state <> 'idle'";
const WAITS: &str = "wait_event_type = 'Lock'";

/// Until so many connections of this name are in this state.
async fn until(store: &PgStore, name: &str, state: &str, expected: i64) {
    let count = format!(
        "SELECT count(*) FROM pg_stat_activity \
         WHERE application_name = $1 AND {state} AND pid <> pg_backend_pid()"
    );
    let mut found = -1;
    let all = async {
        while found != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let query = sqlx::query_scalar(AssertSqlSafe(count.clone())).bind(name);
            found = query.fetch_one(store.writer()).await.unwrap();
        }
    };
    let outcome = timeout(Duration::from_secs(20), all).await;
    assert!(
        outcome.is_ok(),
        "{found} connections, not {expected}: {state}"
    );
}

#[tokio::test]
async fn a_dropped_publication_does_not_go_on_on_the_server() {
    let mut config = config().await;
    let name = format!("dropped publication {}", std::process::id());
    config.connect = config.connect.application_name(&name);
    let store = store(&config).await.unwrap();
    let mut holder = store.writer().begin().await.unwrap();
    let lock = format!("LOCK TABLE {}.catalogue_state", store.schema());
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let catalogue = problems(3, |_| Difficulty::Easy);
    let publication = store.publish_catalogue(&catalogue);
    let limit = Duration::from_millis(300);
    assert!(timeout(limit, publication).await.is_err());
    // The holder's own connection, and nobody waiting for it.
    until(&store, &name, BUSY, 1).await;
    drop(holder);
}

/// Dropping a call does not stop its statement on the server. The statement timeout does.
#[tokio::test]
async fn a_dropped_statement_ends_by_the_statement_timeout() {
    let limit = StatementTimeout::Startup(Duration::from_secs(1));
    let mut config = config().await;
    let watcher = PgStore::connect_with(&config).await.unwrap();
    let name = format!("dropped statement {}", std::process::id());
    config.connect = config.connect.application_name(&name);
    let config = config.with_max_connections(1).with_statement_timeout(limit);
    let store = store(&config).await.unwrap();
    let catalogue = problems(1, |_| Difficulty::Easy);
    store.publish_catalogue(&catalogue).await.unwrap();
    let mut holder = watcher.writer().begin().await.unwrap();
    let lock = format!(
        "LOCK TABLE {}.user_progress IN SHARE ROW EXCLUSIVE MODE",
        store.schema()
    );
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let solve = [NewSolve::new(ids(&catalogue)[0], Timestamp::from_micros(0))];
    tokio::select! {
        outcome = store.record_solves(user(1), &solve) => panic!("{outcome:?}"),
        () = until(&watcher, &name, WAITS, 1) => {}
    }
    // The lock is still held: nothing but the timeout ends the wait for it.
    until(&watcher, &name, BUSY, 0).await;
    assert_all_usable(&store, 1).await;
    let problem = [solve[0].problem];
    let solved = store.solved_among(user(1), &problem).await.unwrap();
    assert!(solved.is_empty());
    holder.rollback().await.unwrap();
    let outcome = store.record_solves(user(1), &solve).await.unwrap();
    assert_eq!(outcome.recorded, 1);
}

fn page(limit: u32) -> ContestPage {
    ContestPage {
        before: None,
        limit,
    }
}
