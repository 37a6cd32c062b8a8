//! Reads from a real streaming replica: paused, down, and working.

use std::sync::Arc;
use std::time::Duration;

use contest_core::engine::{BoardPosition, Rounds, Viewer};
use contest_core::prelude::*;
use contest_core::store::{CommitError, ContestSelector, UserRepository as _};
use contest_core::time::SystemClock;
use contest_sqlx::postgres::{PgPoolConfig, PgStore};
use contest_sqlx::testing::{Postgres, PostgresOptions};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::fixture::{store_with, version};
use crate::support::rounds::{member, new_round, round_id};
use crate::support::tapped::Tapped;
use crate::support::user;
use crate::support::worker::{Kept, catalogue, request};

/// The time limit for an expected event.
const PATIENCE: Duration = Duration::from_secs(30);

struct Scene {
    primary: Postgres,
    replica: Postgres,
    /// Over the primary.
    store: PgStore,
    engine: Engine,
    /// Over the replica.
    reader: PgStore,
}

impl Scene {
    /// A store with twenty problems, which the replica has too.
    async fn new() -> Self {
        let primary = Postgres::start(PostgresOptions::fast().with_replicas()).await;
        let primary = primary.unwrap_or_else(|error| panic!("{error}"));
        let replica = primary.start_replica().await.unwrap();
        let database = primary.database().await.unwrap();
        let store = store_with(&PgPoolConfig::parse(&database.url()).unwrap()).await;
        let engine = Engine::builder(store.clone()).build().await.unwrap();
        engine.publish_catalogue(&catalogue(20)).await.unwrap();
        wait_until_replayed(&primary, &replica).await;
        let reader = replica.connect_options().unwrap();
        let reader = PgPoolConfig::new(reader.database(database.name()))
            .with_acquire_timeout(Duration::from_secs(1));
        let reader = PgStore::connect_with(&reader).await.unwrap();
        let reader = reader.with_schema(store.schema().clone());
        reader.ping().await.unwrap();
        Self {
            primary,
            replica,
            store,
            engine,
            reader,
        }
    }

    /// An engine that can only read.
    async fn reading(&self) -> Engine {
        Engine::builder(self.reader.clone()).build().await.unwrap()
    }

    /// Pauses replay on the replica, which still answers queries.
    async fn pause(&self) {
        wait_until_replayed(&self.primary, &self.replica).await;
        let mut replica = connect(&self.replica).await;
        replica
            .execute("SELECT pg_wal_replay_pause()")
            .await
            .unwrap();
        let paused = match self.replica.major_version() {
            ..14 => "SELECT pg_is_wal_replay_paused()",
            _ => "SELECT pg_get_wal_replay_pause_state() = 'paused'",
        };
        says(&self.replica, paused).await;
    }

    async fn resume(&self) {
        let mut replica = connect(&self.replica).await;
        replica
            .execute("SELECT pg_wal_replay_resume()")
            .await
            .unwrap();
        wait_until_replayed(&self.primary, &self.replica).await;
    }

    /// An ended contest with one marked problem, and an active one.
    async fn practise(&self, user: UserId) {
        let first = self.engine.create_contest(user, &request(3)).await;
        let first = first.unwrap().contest;
        let problem = first.problems[0].problem.id;
        let marked = self.engine.mark_solved(user, first.id, problem).await;
        assert!(marked.unwrap().changed);
        self.engine.complete_contest(user, first.id).await.unwrap();
        self.engine.create_contest(user, &request(3)).await.unwrap();
    }

    /// An engine that loads from the replica and commits to the primary, and the number of its conflicts. No
    /// host should use one.
    async fn stale(&self) -> (Engine, Arc<watch::Sender<u64>>) {
        let conflicts = Arc::new(watch::Sender::new(0));
        let told = Arc::clone(&conflicts);
        let store = Tapped::new(
            self.reader.clone(),
            self.store.clone(),
            move |_, outcome| {
                if let Err(CommitError::Conflict) = outcome {
                    told.send_modify(|conflicts| *conflicts += 1);
                }
            },
        );
        // A remembered user would be newer than the replica's data.
        let engine = Engine::builder(store).remembered_users(0);
        (engine.build().await.unwrap(), conflicts)
    }
}

async fn connect(server: &Postgres) -> PgConnection {
    server.connect_options().unwrap().connect().await.unwrap()
}

/// Waits until the replica has replayed all commits.
async fn wait_until_replayed(primary: &Postgres, replica: &Postgres) {
    let mut connection = connect(primary).await;
    let written = sqlx::query_scalar("SELECT pg_current_wal_insert_lsn()::text");
    let written: String = written.fetch_one(&mut connection).await.unwrap();
    let replayed = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn");
    says(replica, &replayed).await;
}

async fn says(server: &Postgres, question: &str) {
    let mut connection = connect(server).await;
    let deadline = Instant::now() + PATIENCE;
    let mut answer = false;
    while !answer {
        assert!(Instant::now() < deadline, "never: {question}");
        let asked = sqlx::query_scalar(sqlx::AssertSqlSafe(question));
        answer = asked.fetch_one(&mut connection).await.unwrap();
    }
}

/// The data of a user as a text, for comparisons.
async fn picture(engine: &Engine, user: UserId) -> Result<String, Error> {
    let limit = PageLimit::default();
    // The rest of a contest depends on the time of the call.
    let contests = engine.contests(user, None, limit).await?.items;
    let contests: Vec<_> = contests
        .into_iter()
        .map(|one| (one.id, one.status, one.ended_at, one.problems))
        .collect();
    let active = engine.active_contest(user).await?.map(|one| one.id);
    Ok(format!(
        "{contests:?} {active:?} {:?} {:?}",
        engine.progress(user).await?.overall(),
        engine.solve_history(user, None, limit).await?,
    ))
}

#[tokio::test]
async fn answers_of_a_replica_lag_and_catch_up() {
    let scene = Scene::new().await;
    scene.practise(user(1)).await;
    scene.pause().await;
    let reading = scene.reading().await;
    let old = picture(&scene.engine, user(1)).await.unwrap();
    assert_eq!(picture(&reading, user(1)).await.unwrap(), old);
    let active = scene.engine.active_contest(user(1)).await.unwrap().unwrap();
    scene
        .engine
        .abandon_contest(user(1), active.id)
        .await
        .unwrap();
    scene.practise(user(1)).await;
    assert_eq!(picture(&reading, user(1)).await.unwrap(), old);
    let new = picture(&scene.engine, user(1)).await.unwrap();
    assert_ne!(new, old);
    scene.resume().await;
    assert_eq!(picture(&reading, user(1)).await.unwrap(), new);
    assert_eq!(reading.verify_user(user(1)).await.unwrap(), []);
}

/// A board lags like all answers of a replica. Joining fails.
#[tokio::test]
async fn boards_are_read_from_a_replica() {
    let scene = Scene::new().await;
    let (id, limit) = (round_id(0), PageLimit::default());
    let rounds = Rounds::new(scene.engine.clone(), scene.store.clone());
    let lagging = Rounds::new(scene.reading().await, scene.reader.clone());
    let round = new_round(&scene.engine, SystemClock.now(), 0);
    rounds.put(id, &round).await.unwrap();
    rounds.put_members(id, &[member(1, None)]).await.unwrap();
    rounds.join(user(1), id).await.unwrap();
    scene.pause().await;
    rounds.join(user(2), id).await.unwrap();
    let board = async |rounds: &Rounds| {
        let page = rounds.board(id, Viewer::Host, BoardPosition::default(), limit);
        page.await.unwrap().rows.len()
    };
    assert_eq!((board(&rounds).await, board(&lagging).await), (2, 1));
    assert_eq!(lagging.place(user(1), id).await.unwrap().unwrap().rank, 1);
    assert_eq!(lagging.place(user(2), id).await.unwrap(), None);
    assert_eq!(
        lagging.members(id, None, limit).await.unwrap().items.len(),
        1
    );
    let refused = lagging.join(user(3), id).await.unwrap_err();
    assert!(refused.is_retryable(), "{refused:?}");
    let refused = lagging.put_members(id, &[member(2, None)]).await;
    assert!(refused.unwrap_err().is_retryable());
    scene.resume().await;
    assert_eq!(board(&lagging).await, 2);
}

/// The error is transient, because after a fail-over the replica is the primary.
#[tokio::test]
async fn a_store_over_a_replica_refuses_decisions() {
    let scene = Scene::new().await;
    scene.practise(user(1)).await;
    wait_until_replayed(&scene.primary, &scene.replica).await;
    let reading = scene.reading().await;
    let active = reading.active_contest(user(1)).await.unwrap().unwrap();
    let outcome = reading.complete_contest(user(1), active.id).await;
    let Err(Error::Store(error)) = outcome else {
        panic!("{outcome:?}");
    };
    let text = error.to_string();
    assert!(error.is_transient() && text.contains("the database is read-only"));
    let still = scene.engine.active_contest(user(1)).await.unwrap();
    assert_eq!(still.unwrap().id, active.id);
}

/// Decisions on old snapshots conflict at the primary until the replica has caught up.
#[tokio::test]
async fn decisions_on_stale_snapshots_conflict_and_lose_nothing() {
    let scene = Scene::new().await;
    scene.practise(user(1)).await;
    scene.pause().await;
    let (stale, conflicts) = scene.stale().await;
    // The replica is still up to date.
    let active = stale.active_contest(user(1)).await.unwrap().unwrap();
    let problems: Vec<_> = active.problems.iter().map(|p| p.problem.id).collect();
    let marked = stale.mark_solved(user(1), active.id, problems[0]).await;
    assert!(marked.unwrap().changed);
    assert_eq!(*conflicts.borrow(), 0);
    // From here on the replica lags by that mark.
    let outcome = stale.mark_solved(user(1), active.id, problems[1]).await;
    assert!(
        matches!(outcome, Err(Error::Contended { .. })),
        "{outcome:?}"
    );
    assert!(*conflicts.borrow() > 10);
    // A user whom the primary has and the replica does not.
    scene
        .engine
        .create_contest(user(2), &request(3))
        .await
        .unwrap();
    let outcome = stale.create_contest(user(2), &request(3)).await;
    assert!(
        matches!(outcome, Err(Error::Contended { .. })),
        "{outcome:?}"
    );
    let kept = Kept::of(&scene.engine, user(1)).await.unwrap();
    let marked = |place: usize| {
        kept.contests[&active.id]
            .problem(problems[place])
            .unwrap()
            .mark
    };
    assert!(marked(0).is_some() && marked(1).is_none());
    // A call that retries while the replica catches up succeeds.
    let mut changes = conflicts.subscribe();
    changes.mark_unchanged();
    let resume = async {
        changes.changed().await.unwrap();
        scene.resume().await;
    };
    let mark = stale.mark_solved(user(1), active.id, problems[1]);
    let (marked, ()) = tokio::join!(mark, resume);
    assert!(marked.unwrap().changed);
    let kept = Kept::of(&scene.engine, user(1)).await.unwrap();
    for problem in &problems[..2] {
        let entry = kept.contests[&active.id].problem(*problem).unwrap();
        assert!(entry.mark.is_some());
    }
    for number in 1..=2 {
        assert_eq!(scene.engine.verify_user(user(number)).await.unwrap(), []);
        assert_eq!(
            Kept::of(&scene.engine, user(number))
                .await
                .unwrap()
                .contests
                .len(),
            3 - number as usize
        );
    }
}

/// A commit on a version read from the replica, at the ports.
#[tokio::test]
async fn a_commit_on_an_old_version_is_a_conflict() {
    let scene = Scene::new().await;
    scene.practise(user(1)).await;
    scene.pause().await;
    let old = scene
        .reader
        .load_user(user(1), &ContestSelector::Open)
        .await;
    let old = old.unwrap();
    let active = scene.engine.active_contest(user(1)).await.unwrap().unwrap();
    scene
        .engine
        .complete_contest(user(1), active.id)
        .await
        .unwrap();
    let mut record = old.record.clone().unwrap();
    record.version = version();
    let late = super::fixture::commit(user(1), old.version(), record);
    let outcome = scene.store.commit_user(&late).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
    let outcome = scene.reader.commit_user(&late).await;
    assert!(
        matches!(outcome, Err(CommitError::Failed(_))),
        "{outcome:?}"
    );
    assert_eq!(scene.engine.verify_user(user(1)).await.unwrap(), []);
}

#[tokio::test]
async fn without_the_replica_answers_fail_and_come_back() {
    let scene = Scene::new().await;
    scene.practise(user(1)).await;
    let reading = scene.reading().await;
    scene.replica.kill().await.unwrap();
    let error = picture(&reading, user(1)).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    scene.practise(user(2)).await;
    scene.replica.restart().await.unwrap();
    wait_until_replayed(&scene.primary, &scene.replica).await;
    let seen = async {
        loop {
            match picture(&reading, user(2)).await {
                Ok(seen) => return seen,
                // Once for each dead connection in the pool.
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
        }
    };
    let seen = timeout(PATIENCE, seen).await.unwrap();
    assert_eq!(seen, picture(&scene.engine, user(2)).await.unwrap());
}
