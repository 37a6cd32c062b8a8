//! Through a real `PgBouncer` in transaction mode, with more callers than connections to the server.

use std::collections::HashSet;
use std::time::Duration;

use contest_core::id::ProblemId;
use contest_core::model::{Contest, Difficulty, NewSolve, SolveEvent};
use contest_core::store::{
    ContestRepository as _, Mark, ProblemRepository as _, ProgressRepository as _,
    RecordSolvesError, SolveEventPage, SolveRepository as _,
};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::{PgPoolConfig, PgStore, StatementTimeout, has_release_guard};
use contest_sqlx::testing::PgBouncer;
use futures::future::{join_all, try_join_all};
use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::time::{Instant, timeout};

use super::races::{contest, ids, problems, user};
use super::support::{Failure, url};

/// Connections to the server.
const SERVERS: i64 = 4;

/// What connections past the bouncer are called on the server.
const DIRECT: &str = "direct";

/// More than a caller has.
const EVENTS: SolveEventPage = SolveEventPage {
    before: None,
    limit: 1_000,
};

/// Guards against what never happens.
const PATIENCE: Duration = Duration::from_secs(30);

/// In front of a database nobody else uses, and the address of that database.
async fn bouncer(settings: &[(&str, &str)]) -> (String, PgBouncer) {
    let url = url().await;
    let bouncer = before(&url, settings).await;
    (url, bouncer)
}

async fn before(url: &str, settings: &[(&str, &str)]) -> PgBouncer {
    let servers = SERVERS.to_string();
    let settings = [&[("default_pool_size", servers.as_str())], settings].concat();
    let bouncer = PgBouncer::to(url, &settings).await;
    bouncer.unwrap_or_else(|error| panic!("{error}"))
}

fn config(bouncer: &PgBouncer) -> PgPoolConfig {
    let config = PgPoolConfig::parse(bouncer.url()).unwrap();
    config.with_statement_timeout(StatementTimeout::Role)
}

/// A store of its own past the bouncer, with its tables, and one through it.
async fn stores(url: &str, config: &PgPoolConfig) -> Result<(PgStore, PgStore), Failure> {
    let mut past = PgPoolConfig::parse(url)?.with_statement_timeout(StatementTimeout::Role);
    past.connect = past.connect.application_name(DIRECT);
    let direct = super::support::store(&past).await?;
    let through = PgStore::connect_with(config).await?;
    let through = through.with_schema(direct.schema().clone());
    Ok((direct, through))
}

mod conformance {
    use contest_core::conformance::StoreUnderTest;
    use contest_sqlx::testing::PgBouncer;
    use tokio::sync::OnceCell;

    use super::{bouncer, config, stores};
    use crate::postgres::support::other;

    /// The cases have schemas of their own in one database, and so share the few connections.
    static BOUNCER: OnceCell<(String, PgBouncer)> = OnceCell::const_new();

    contest_core::conformance_tests!(|| async {
        let (url, bouncer) = BOUNCER.get_or_init(|| bouncer(&[])).await;
        let config = config(bouncer);
        let (_, store) = stores(url, &config).await?;
        let other = other(&config, &store).await?;
        Ok(StoreUnderTest::new(store).with_other(other))
    });
}

#[tokio::test]
async fn the_version_keeps_prepared_statements() {
    let (_, bouncer) = bouncer(&[]).await;
    let mut parts = bouncer.version().split('.');
    let mut next = || parts.next().unwrap().parse::<u32>().unwrap();
    assert!((next(), next()) >= (1, 21), "{}", bouncer.version());
}

/// Callers share connections to the server from one statement to the next, and more statements than
/// such a connection keeps.
#[tokio::test(flavor = "multi_thread")]
async fn every_caller_gets_the_answers_of_its_own_user() {
    let (url, bouncer) = bouncer(&[("max_prepared_statements", "5")]).await;
    let (direct, store) = stores(&url, &config(&bouncer)).await.unwrap();
    let catalogue = problems(60, |n| Difficulty::ALL[n as usize % 3]);
    store.publish_catalogue(&catalogue).await.unwrap();
    let all = ids(&catalogue);
    let callers = (0..50).map(|number| {
        let (store, all) = (store.clone(), all.clone());
        tokio::spawn(async move {
            let caller = Caller::new(store, number, &all).await;
            for round in 0..30 {
                caller.ask(round).await;
            }
        })
    });
    try_join_all(callers).await.unwrap();
    assert_eq!(direct.verify().await.unwrap(), vec![]);
    let through: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND backend_type = 'client backend' \
         AND application_name <> $1",
    )
    .bind(DIRECT)
    .fetch_one(direct.writer())
    .await
    .unwrap();
    assert_eq!(through, SERVERS);
    assert!(i64::from(store.metrics().open) > SERVERS);
}

/// A user, and what is known of it.
struct Caller {
    store: PgStore,
    contest: Contest,
    all: Vec<ProblemId>,
    /// Solved before the contest: as many, and at such a time, as for no other user.
    solved: HashSet<ProblemId>,
    at: Timestamp,
}

impl Caller {
    async fn new(store: PgStore, number: usize, all: &[ProblemId]) -> Self {
        let user = user(number as u128);
        let at = Timestamp::from_micros(number as i64);
        let solved: HashSet<_> = all.iter().take(number).copied().collect();
        let new: Vec<_> = solved.iter().map(|id| NewSolve::new(*id, at)).collect();
        let told = store.record_solves(user, &new).await.unwrap();
        assert_eq!(told.recorded, number as u64);
        Self {
            contest: contest(&store, user).await,
            all: all.to_vec(),
            store,
            solved,
            at,
        }
    }

    async fn ask(&self, round: usize) {
        let (store, user, contest) = (&self.store, self.contest.user, &self.contest);
        let solved = store.solved_among(user, &self.all).await.unwrap();
        assert_eq!(solved, self.solved);
        let counts = store.solved_by_difficulty(user).await.unwrap();
        let sum: u64 = counts.iter().map(|(_, count)| count).sum();
        assert_eq!(sum, solved.len() as u64);
        let events = store.solve_history(user, EVENTS).await.unwrap();
        let ours = |event: &SolveEvent| event.at == self.at || event.contest == Some(contest.id);
        assert!(events.iter().all(ours), "{events:?}");
        let now = contest.started_at;
        let active = store.find_active_contest(user, now).await.unwrap();
        assert_eq!(active.unwrap().id, contest.id);
        let problem = contest.problems[round % 3].problem.id;
        for mark in [Mark::Solved, Mark::Unsolved] {
            let marked = store.mark_problem(user, contest.id, problem, mark, now);
            assert!(marked.await.unwrap().changed);
        }
    }
}

/// The role's timeout for new connections to this database.
async fn limit_statements(url: &str, limit: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let statement = format!(
        "DO $$ BEGIN EXECUTE format(
             'ALTER ROLE %I IN DATABASE %I SET statement_timeout = %L',
             current_user, current_database(), '{limit}');
         END $$"
    );
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
}

#[tokio::test]
async fn the_timeout_of_the_role_holds() {
    let url = url().await;
    // Before anybody has a connection.
    limit_statements(&url, "1s").await;
    let bouncer = before(&url, &[]).await;
    let (direct, store) = stores(&url, &config(&bouncer)).await.unwrap();
    let catalogue = problems(3, |_| Difficulty::Easy);
    direct.publish_catalogue(&catalogue).await.unwrap();
    let lock = format!("LOCK TABLE {}.user_progress", direct.schema());
    let mut holder = direct.writer().begin().await.unwrap();
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let at = Timestamp::from_micros(0);
    let solves = [NewSolve::new(ids(&catalogue)[0], at)];
    let refused = timeout(PATIENCE, store.record_solves(user(1), &solves));
    let error = refused.await.unwrap().unwrap_err();
    let text = format!("{error:?}");
    assert!(
        text.contains("Transient") && text.contains("57014"),
        "{text}"
    );
    holder.rollback().await.unwrap();
    let recorded = store.record_solves(user(1), &solves).await.unwrap();
    assert_eq!(recorded.recorded, 1);
}

#[tokio::test]
async fn a_timeout_of_the_connection_is_refused_and_not_ignored() {
    let (_, bouncer) = bouncer(&[]).await;
    let config = PgPoolConfig::parse(bouncer.url()).unwrap();
    let error = PgStore::connect_with(&config).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("unsupported startup parameter"), "{text}");
}

#[tokio::test]
async fn a_restart_costs_transient_errors_and_no_more() {
    let (url, bouncer) = bouncer(&[]).await;
    let config = config(&bouncer).with_acquire_timeout(Duration::from_secs(2));
    let (direct, store) = stores(&url, &config).await.unwrap();
    let catalogue = problems(40, |_| Difficulty::Easy);
    store.publish_catalogue(&catalogue).await.unwrap();
    let solves = ids(&catalogue).into_iter();
    let solves = solves.map(|problem| NewSolve::new(problem, Timestamp::from_micros(0)));
    let record = |solve| {
        let store = &store;
        async move { store.record_solves(user(1), &[solve]).await }
    };
    let solves: Vec<_> = solves.collect();
    let before = join_all(solves[..20].iter().copied().map(record)).await;
    assert!(before.iter().all(Result::is_ok));
    bouncer.kill().await.unwrap();
    let down = store.solved_by_difficulty(user(1)).await.unwrap_err();
    assert!(down.is_transient(), "{down:?}");
    bouncer.restart().await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    // As often as there are dead connections left in the pool.
    while let Err(error) = store.solved_by_difficulty(user(1)).await {
        assert!(error.is_transient(), "{error:?}");
        assert!(Instant::now() < deadline, "{error:?}");
    }
    let after = join_all(solves[20..].iter().copied().map(record)).await;
    let recorded = after.iter().filter(|outcome| outcome.is_ok()).count() as u64;
    for outcome in after {
        let transient = |error: &RecordSolvesError| matches!(error, RecordSolvesError::Store(error) if error.is_transient());
        assert!(outcome.as_ref().err().is_none_or(transient), "{outcome:?}");
    }
    let counts = direct.solved_by_difficulty(user(1)).await.unwrap();
    assert_eq!(counts.easy, 20 + recorded);
}

/// What a dropped `begin()` leaves behind; see `pool_faults`.
#[tokio::test]
async fn a_connection_returned_in_a_transaction_is_not_used_again() {
    let (url, bouncer) = bouncer(&[]).await;
    let config = config(&bouncer).with_max_connections(1);
    let (direct, store) = stores(&url, &config).await.unwrap();
    let bare = PgPoolOptions::new().max_connections(1);
    let bare = bare.connect_lazy_with(bouncer.connect_options().unwrap());
    assert!(!has_release_guard(&bare).await.unwrap());
    assert!(has_release_guard(store.writer()).await.unwrap());
    let catalogue = problems(3, |_| Difficulty::Easy);
    store.publish_catalogue(&catalogue).await.unwrap();
    let mut connection = store.writer().acquire().await.unwrap();
    connection.execute("BEGIN").await.unwrap();
    drop(connection);
    let solve = NewSolve::new(ids(&catalogue)[0], Timestamp::from_micros(0));
    store.record_solves(user(1), &[solve]).await.unwrap();
    let seen = direct.solved_among(user(1), &[solve.problem]).await;
    assert_eq!(seen.unwrap().len(), 1);
}
