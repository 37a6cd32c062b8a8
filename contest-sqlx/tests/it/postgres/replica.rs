//! With a real streaming replica to read from: paused, down, and well.

use std::collections::HashSet;
use std::time::Duration;

use contest_core::engine::{Engine, Error};
use contest_core::id::UserId;
use contest_core::model::{ContestCounts, Difficulty, NewSolve, PerDifficulty};
use contest_core::prelude::IdempotencyKey;
use contest_core::store::{
    ContestPage, ContestRepository as _, FinishKind, Mark, ProblemRepository as _,
    ProgressRepository as _, SolveEventPage, SolveRepository as _, StoreError,
};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::{PgPoolConfig, PgStore};
use contest_sqlx::testing::{Postgres, PostgresOptions};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::time::{Instant, sleep};

use super::races::{contest, ids, problems, request, user};
use super::support::store;

/// Guards against what never happens.
const PATIENCE: Duration = Duration::from_secs(30);

struct Scene {
    primary: Postgres,
    replica: Postgres,
    store: PgStore,
}

impl Scene {
    /// A store with twenty problems, which the replica has too.
    async fn new() -> Self {
        let primary = Postgres::start(PostgresOptions::fast().with_replicas()).await;
        let primary = primary.unwrap_or_else(|error| panic!("{error}"));
        let replica = primary.start_replica().await.unwrap();
        let database = primary.database().await.unwrap();
        let config = PgPoolConfig::parse(&database.url()).unwrap();
        let store = store(&config).await.unwrap();
        let catalogue = problems(20, |n| Difficulty::ALL[n as usize % 3]);
        store.publish_catalogue(&catalogue).await.unwrap();
        let reader = replica.connect_options().unwrap();
        let reader = PgPoolConfig::new(reader.database(database.name()))
            .with_acquire_timeout(Duration::from_secs(1));
        let scene = Self {
            store: store.with_reader(reader.connect_pool_lazy()),
            primary,
            replica,
        };
        scene.catch_up().await;
        scene.store.ping().await.unwrap();
        scene
    }

    async fn connect(server: &Postgres) -> PgConnection {
        let options = server.connect_options().unwrap();
        options.connect().await.unwrap()
    }

    /// Waits until the replica has all that is committed.
    async fn catch_up(&self) {
        let mut primary = Self::connect(&self.primary).await;
        let written: String = sqlx::query_scalar("SELECT pg_current_wal_insert_lsn()::text")
            .fetch_one(&mut primary)
            .await
            .unwrap();
        let caught_up = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn");
        self.replica_says(&caught_up).await;
    }

    /// Keeps the replica as it is. It goes on answering.
    async fn pause(&self) {
        self.catch_up().await;
        let mut replica = Self::connect(&self.replica).await;
        let pause = "SELECT pg_wal_replay_pause()";
        replica.execute(pause).await.unwrap();
        let paused = match self.replica.major_version() {
            ..14 => "SELECT pg_is_wal_replay_paused()",
            _ => "SELECT pg_get_wal_replay_pause_state() = 'paused'",
        };
        self.replica_says(paused).await;
    }

    async fn resume(&self) {
        let mut replica = Self::connect(&self.replica).await;
        let resume = "SELECT pg_wal_replay_resume()";
        replica.execute(resume).await.unwrap();
        self.catch_up().await;
    }

    async fn replica_says(&self, question: &str) {
        let mut replica = Self::connect(&self.replica).await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let asked = sqlx::query_scalar(sqlx::AssertSqlSafe(question));
            if asked.fetch_one(&mut replica).await.unwrap() {
                return;
            }
            assert!(Instant::now() < deadline, "never: {question}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Everything that may lag.
#[derive(Debug, PartialEq)]
struct Picture {
    by_difficulty: PerDifficulty<u64>,
    by_topic: Vec<u64>,
    contests: ContestCounts,
    activity: Vec<u64>,
    history: usize,
    ended: Vec<bool>,
}

impl Picture {
    async fn of(store: &PgStore, user: UserId, now: Timestamp) -> Result<Self, StoreError> {
        let always = [i64::MIN, i64::MAX].map(Timestamp::from_micros);
        let (before, limit) = (None, 100);
        let events = SolveEventPage { before, limit };
        let contests = ContestPage {
            before: None,
            limit,
        };
        let by_topic = store.solved_by_topic(user).await?;
        let listed = store.list_contests(user, contests).await?;
        Ok(Self {
            by_difficulty: store.solved_by_difficulty(user).await?,
            by_topic: by_topic.into_values().collect(),
            contests: store.count_contests(user, now).await?,
            activity: store.count_solves_between(user, &always).await?,
            history: store.solve_history(user, events).await?.len(),
            ended: listed.iter().map(|one| one.ending.is_some()).collect(),
        })
    }
}

impl Scene {
    /// What the primary would say.
    fn without_replica(&self) -> PgStore {
        let store = PgStore::from_pool(self.store.writer().clone());
        store.with_schema(self.store.schema().clone())
    }

    /// A contest with one problem marked, which is ended, and another one.
    async fn practise(&self, user: UserId) -> Timestamp {
        let first = contest(&self.store, user).await;
        let (problem, now) = (first.problems[0].problem.id, first.started_at);
        let marked = self
            .store
            .mark_problem(user, first.id, problem, Mark::Solved, now);
        assert!(marked.await.unwrap().changed);
        let ended = self
            .store
            .finish_contest(user, first.id, FinishKind::Complete, now);
        ended.await.unwrap();
        contest(&self.store, user).await.started_at
    }
}

#[tokio::test]
async fn progress_histories_and_lists_lag_and_catch_up() {
    let scene = Scene::new().await;
    let now = scene.practise(user(1)).await;
    scene.pause().await;
    let old = Picture::of(&scene.store, user(1), now).await.unwrap();
    assert_eq!(old.ended, [false, true]);
    let active = scene.store.find_active_contest(user(1), now).await;
    let active = active.unwrap().unwrap().id;
    let ended = scene
        .store
        .finish_contest(user(1), active, FinishKind::Abandon, now);
    ended.await.unwrap();
    let now = scene.practise(user(1)).await;
    let lagging = Picture::of(&scene.store, user(1), now).await.unwrap();
    assert_eq!(lagging, old);
    let new = Picture::of(&scene.without_replica(), user(1), now).await;
    let new = new.unwrap();
    assert_eq!(new.ended, [false, true, true, true]);
    assert_eq!((new.history, old.history), (2, 1));
    scene.resume().await;
    let caught_up = Picture::of(&scene.store, user(1), now).await.unwrap();
    assert_eq!(caught_up, new);
}

#[tokio::test]
async fn what_was_just_written_is_read_from_the_primary() {
    let scene = Scene::new().await;
    scene.pause().await;
    let (store, user) = (&scene.store, user(1));
    let more = problems(21, |n| Difficulty::ALL[n as usize % 3]);
    store.publish_catalogue(&more).await.unwrap();
    let loaded = store.load_catalogue().await.unwrap();
    assert_eq!(loaded.fingerprint(), more.fingerprint());
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let key = IdempotencyKey::new("once").unwrap();
    let keyed = request(3).with_idempotency_key(key.clone());
    let created = engine.create_contest(user, &keyed).await.unwrap();
    let (id, now) = (created.id, created.started_at);
    let repeated = engine.create_contest(user, &keyed).await.unwrap();
    assert_eq!(repeated.id, id);
    let by_key = store.find_contest_by_key(user, &key).await.unwrap();
    assert_eq!(by_key.unwrap().0.id, id);
    let active = store.find_active_contest(user, now).await.unwrap();
    assert_eq!(active.unwrap().id, id);
    let refused = engine.create_contest(user, &request(1)).await.unwrap_err();
    assert!(matches!(refused, Error::ActiveContestExists { .. }));
    let problem = created.problems[0].problem.id;
    for changed in [true, false] {
        let marked = store.mark_problem(user, id, problem, Mark::Solved, now);
        assert_eq!(marked.await.unwrap().changed, changed);
    }
    let found = store.find_contest(user, id).await.unwrap().unwrap();
    assert!(found.problems[0].completed_at.is_some());
    let solved = store.solved_among(user, &[problem]).await.unwrap();
    assert_eq!(solved, HashSet::from([problem]));
    let ended = store.finish_contest(user, id, FinishKind::Complete, now);
    ended.await.unwrap();
    let active = store.find_active_contest(user, now).await.unwrap();
    assert!(active.is_none());
    let new: Vec<_> = ids(&more).into_iter().take(18).collect();
    let new: Vec<_> = new.iter().map(|id| NewSolve::new(*id, now)).collect();
    store.record_solves(user, &new).await.unwrap();
    let again = store.record_solves(user, &new).await.unwrap();
    assert_eq!((again.recorded, again.already_solved), (0, 18));
    let last = engine.create_contest(user, &request(1)).await.unwrap();
    let last = last.problems[0].problem.id;
    assert!(last != problem && new.iter().all(|solve| solve.problem != last));
}

#[tokio::test]
async fn without_the_replica_lagging_reads_fail_and_all_else_goes_on() {
    let scene = Scene::new().await;
    let now = scene.practise(user(1)).await;
    scene.catch_up().await;
    scene.replica.kill().await.unwrap();
    let error = Picture::of(&scene.store, user(1), now).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let error = scene.store.ping().await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let now = scene.practise(user(2)).await;
    let active = scene.store.find_active_contest(user(2), now).await;
    assert!(active.unwrap().is_some());
    scene.replica.restart().await.unwrap();
    scene.catch_up().await;
    let deadline = Instant::now() + PATIENCE;
    let seen = loop {
        match Picture::of(&scene.store, user(2), now).await {
            Ok(seen) => break seen,
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
        assert!(Instant::now() < deadline);
    };
    let primary = Picture::of(&scene.without_replica(), user(2), now).await;
    assert_eq!(seen, primary.unwrap());
}
