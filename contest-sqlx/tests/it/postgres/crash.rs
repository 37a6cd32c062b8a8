//! The server is killed under load and comes back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contest_core::engine::{Engine, Error};
use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::model::{Difficulty, NewSolve};
use contest_core::store::{
    ContestRepository as _, FinishKind, Mark, ProblemRepository as _, SolveRepository as _,
};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::{PgPoolConfig, PgStore};
use contest_sqlx::testing::{Postgres, PostgresOptions};
use futures::future::join_all;

use super::races::{ids, problems, request, user};
use super::support::{other, store};

/// What one user was told was done.
#[derive(Default)]
struct Acknowledged {
    solves: Vec<ProblemId>,
    marks: Vec<(ContestId, ProblemId)>,
    finished: Vec<ContestId>,
    failures: usize,
}

/// What the users do together.
struct Load {
    store: PgStore,
    engine: Engine,
    all: Vec<ProblemId>,
    /// How many contests were ended.
    ended: AtomicU64,
    stop: AtomicBool,
}

impl Load {
    /// Waits until so many more contests were ended: until the pool has recovered, and is busy.
    async fn goes_on(&self) {
        let enough = self.ended.load(Ordering::Relaxed) + 24;
        let deadline = Instant::now() + Duration::from_mins(2);
        while self.ended.load(Ordering::Relaxed) < enough {
            assert!(Instant::now() < deadline, "the pool did not recover");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

async fn work(load: &Load, user: UserId) -> Acknowledged {
    let Load { store, engine, .. } = load;
    let mut told = Acknowledged::default();
    let mut next = load.all.iter().cycle();
    while !load.stop.load(Ordering::Relaxed) {
        let solve = NewSolve::new(*next.next().unwrap(), Timestamp::from_micros(0));
        if store.record_solves(user, &[solve]).await.is_ok() {
            told.solves.push(solve.problem);
        }
        let contest = match engine.create_contest(user, &request(3)).await {
            Ok(contest) => contest,
            // Created, and the reply was lost.
            Err(Error::ActiveContestExists { .. }) => match engine.active_contest(user).await {
                Ok(Some(contest)) => contest,
                _ => continue,
            },
            Err(_) => {
                told.failures += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let (problem, now) = (contest.problems[0].problem.id, contest.started_at);
        let marked = store.mark_problem(user, contest.id, problem, Mark::Solved, now);
        if marked.await.is_ok() {
            told.marks.push((contest.id, problem));
        }
        let ended = store.finish_contest(user, contest.id, FinishKind::Complete, now);
        if ended.await.is_ok() {
            told.finished.push(contest.id);
            load.ended.fetch_add(1, Ordering::Relaxed);
        }
    }
    told
}

async fn assert_kept(store: &PgStore, user: UserId, told: &Acknowledged) {
    let solved = store.solved_among(user, &told.solves).await.unwrap();
    assert!(told.solves.iter().all(|problem| solved.contains(problem)));
    for (contest, problem) in &told.marks {
        let record = store.find_contest(user, *contest).await.unwrap().unwrap();
        assert_eq!(record.problems.len(), 3);
        let marked = |p: &&contest_core::model::AssignedProblem| p.problem == *problem;
        let entry = record.problems.iter().find(marked).unwrap();
        assert!(entry.completed_at.is_some());
    }
    for contest in &told.finished {
        let record = store.find_contest(user, *contest).await.unwrap().unwrap();
        assert!(record.ending.is_some());
    }
}

/// How often the server is killed. `CONTEST_CRASHES=100` for more.
fn crashes() -> u32 {
    let asked = std::env::var("CONTEST_CRASHES").ok();
    asked.map_or(20, |asked| asked.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_crashes_of_the_server() {
    let server = Postgres::start(PostgresOptions::durable()).await.unwrap();
    let database = server.database().await.unwrap();
    let config = PgPoolConfig::parse(&database.url()).unwrap();
    let store = store(&config).await.unwrap();
    let catalogue = problems(3_000, |n| Difficulty::ALL[n as usize % 3]);
    store.publish_catalogue(&catalogue).await.unwrap();
    let load = Load {
        engine: Engine::builder(store.clone()).build().await.unwrap(),
        all: ids(&catalogue),
        store,
        ended: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    };
    let workers = (0..12).map(|n| work(&load, user(n)));
    let crashes = async {
        for _ in 0..crashes() {
            load.goes_on().await;
            server.kill().await.unwrap();
            server.restart().await.unwrap();
        }
        load.goes_on().await;
        load.stop.store(true, Ordering::Relaxed);
    };
    let (told, ()) = tokio::join!(join_all(workers), crashes);
    // Connections of its own: those of the pool may still have to find out about the last crash.
    let store = other(&config, &load.store).await.unwrap();
    for (n, told) in (0..).zip(told) {
        println!(
            "user {n}: {} solves, {} marks, {} endings, {} failures",
            told.solves.len(),
            told.marks.len(),
            told.finished.len(),
            told.failures
        );
        assert_kept(&store, user(n), &told).await;
    }
    assert_eq!(store.verify().await.unwrap(), vec![]);
}
