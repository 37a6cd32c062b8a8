//! Races that a snapshot taken too early would lose, made to happen by holding a lock.

use std::collections::BTreeSet;
use std::time::Duration;

use contest_core::catalogue::Catalogue;
use contest_core::engine::Engine;
use contest_core::id::{ContestId, ProblemId, UserId};
use contest_core::lifecycle::LatePolicy;
use contest_core::model::{Contest, Difficulty, NewSolve, PerDifficulty, Problem, Slug, Topic};
use contest_core::prelude::{ContestDuration, ContestRequest, ProblemCount};
use contest_core::store::{
    ContestRepository as _, CreateContestError, FinishKind, Mark, MarkError, NewContest,
    ProblemRepository as _, ProgressRepository as _, RecordedSolves, SolveRepository as _,
};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::{PgStore, StatementTimeout};
use futures::future::join_all;
use sqlx::postgres::{PgPool, Postgres};
use sqlx::{AssertSqlSafe, Executor as _, Transaction};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::support::{config, other, store};

pub(super) fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn problems(count: u32, difficulty: impl Fn(u32) -> Difficulty) -> Catalogue {
    let problem = |n: u32| {
        Problem::new(format!("p-{n}"), format!("P {n}"), difficulty(n))
            .unwrap()
            .with_topics([Topic::new(format!("T {}", n % 3)).unwrap()])
    };
    Catalogue::new((0..count).map(problem)).unwrap()
}

pub(super) fn ids(catalogue: &Catalogue) -> Vec<ProblemId> {
    catalogue.problems().iter().map(|p| p.id).collect()
}

pub(super) fn request(count: u16) -> ContestRequest {
    ContestRequest::new(
        ProblemCount::new(count).unwrap(),
        ContestDuration::from_minutes(60).unwrap(),
    )
}

pub(super) async fn contest(store: &PgStore, user: UserId) -> Contest {
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.create_contest(user, &request(3)).await.unwrap()
}

/// A store with ten easy problems and a contest of user 1.
async fn scene() -> (PgStore, Contest) {
    let config = config()
        .await
        .with_statement_timeout(StatementTimeout::Role);
    let store = store(&config).await.unwrap();
    let catalogue = problems(10, |_| Difficulty::Easy);
    store.publish_catalogue(&catalogue).await.unwrap();
    let contest = contest(&store, user(1)).await;
    (store, contest)
}

/// A transaction that is held open.
struct Held {
    transaction: Transaction<'static, Postgres>,
    backend: i32,
}

/// A transaction that has run these statements and not ended. `{s}` is the schema.
async fn hold(store: &PgStore, sql: &str) -> Held {
    let mut transaction = store.writer().begin().await.unwrap();
    let sql = sql.replace("{s}", store.schema().as_str());
    transaction.execute(AssertSqlSafe(sql)).await.unwrap();
    let backend = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    Held {
        transaction,
        backend,
    }
}

impl Held {
    /// Commits as soon as somebody waits for it.
    async fn commit_when_in_the_way(self, pool: &PgPool) {
        let mut blocked = false;
        while !blocked {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let query = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_stat_activity \
                 WHERE $1 = ANY (pg_blocking_pids(pid)))",
            );
            blocked = query.bind(self.backend).fetch_one(pool).await.unwrap();
        }
        self.transaction.commit().await.unwrap();
    }
}

fn mark(
    store: &PgStore,
    contest: &Contest,
    place: usize,
) -> JoinHandle<Result<contest_core::store::Marked, MarkError>> {
    let (store, user, id) = (store.clone(), contest.user, contest.id);
    let (problem, now) = (contest.problems[place].problem.id, contest.started_at);
    tokio::spawn(async move {
        store
            .mark_problem(user, id, problem, Mark::Solved, now)
            .await
    })
}

async fn assert_sound(store: &PgStore) {
    assert_eq!(store.verify().await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_step_that_waited_for_a_publication_counts_by_the_new_difficulty() {
    let (store, contest) = scene().await;
    // Until every connection has a plan it does not make again.
    for _ in 0..8 {
        mark(&store, &contest, 0).await.unwrap().unwrap();
        let problem = contest.problems[0].problem.id;
        let unmark = store.mark_problem(
            contest.user,
            contest.id,
            problem,
            Mark::Unsolved,
            contest.started_at,
        );
        unmark.await.unwrap();
    }
    let publication = hold(
        &store,
        "LOCK TABLE {s}.user_progress IN SHARE ROW EXCLUSIVE MODE;
         UPDATE {s}.problems SET difficulty = 3",
    )
    .await;
    let marked = mark(&store, &contest, 0);
    publication.commit_when_in_the_way(store.writer()).await;
    assert!(marked.await.unwrap().unwrap().changed);
    let solved = store.solved_by_difficulty(contest.user).await.unwrap();
    assert_eq!(solved, PerDifficulty::new(0, 0, 1));
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_mark_that_waited_for_an_ending_is_refused() {
    let (store, contest) = scene().await;
    let ending = hold(
        &store,
        "UPDATE {s}.user_progress SET version = version + 1, completed = completed + 1;
         UPDATE {s}.contests SET ending = 1, ended_at = started_at",
    )
    .await;
    let marked = mark(&store, &contest, 0);
    ending.commit_when_in_the_way(store.writer()).await;
    let outcome = marked.await.unwrap();
    assert!(
        matches!(outcome, Err(MarkError::NotAccepting(_))),
        "{outcome:?}"
    );
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_mark_that_waited_for_a_solve_of_the_same_problem_does_not_count_it_twice() {
    let (store, contest) = scene().await;
    let solve = format!(
        "UPDATE {{s}}.user_progress SET version = version + 1, easy = easy + 1;
         INSERT INTO {{s}}.solves VALUES ('{user}', '{problem}', now());
         INSERT INTO {{s}}.user_topics SELECT '{user}', unnest(topics), 1
         FROM {{s}}.problems WHERE id = '{problem}'",
        user = contest.user,
        problem = contest.problems[0].problem.id,
    );
    let solve = hold(&store, &solve).await;
    let marked = mark(&store, &contest, 0);
    solve.commit_when_in_the_way(store.writer()).await;
    assert!(marked.await.unwrap().unwrap().changed);
    let solved = store.solved_by_difficulty(contest.user).await.unwrap();
    assert_eq!(solved, PerDifficulty::new(1, 0, 0));
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_creation_that_waited_for_a_solve_of_its_problem_is_refused() {
    let (store, contest) = scene().await;
    store
        .finish_contest(
            contest.user,
            contest.id,
            FinishKind::Abandon,
            contest.started_at,
        )
        .await
        .unwrap();
    let problem = contest.problems[0].problem.id;
    let solve = format!(
        "UPDATE {{s}}.user_progress SET version = version + 1;
         INSERT INTO {{s}}.solves VALUES ('{}', '{problem}', now())",
        contest.user,
    );
    let solve = hold(&store, &solve).await;
    let new = NewContest {
        id: ContestId::from_uuid(Uuid::max()),
        started_at: contest.started_at,
        deadline: contest.deadline,
        problems: vec![problem],
        selection: contest.selection.clone(),
        idempotency: None,
        repeats: BTreeSet::new(),
        late_policy: LatePolicy::Reject,
    };
    let created = tokio::spawn({
        let store = store.clone();
        async move { store.create_contest(contest.user, &new).await }
    });
    solve.commit_when_in_the_way(store.writer()).await;
    let outcome = created.await.unwrap();
    assert!(
        matches!(&outcome, Err(CreateContestError::ProblemsUnavailable { problems })
            if *problems == [problem]),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_refused_creation_waits_for_nobody() {
    let (store, contest) = scene().await;
    let holder = hold(&store, "UPDATE {s}.user_progress SET version = version + 1").await;
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let request = request(3);
    let refused = engine.create_contest(contest.user, &request);
    let refused = tokio::time::timeout(Duration::from_secs(5), refused);
    assert!(refused.await.unwrap().is_err());
    drop(holder);
}

/// Publications that trade slugs, difficulties, topics and retirements, against everything users do.
#[tokio::test(flavor = "multi_thread")]
async fn publications_and_users_do_not_get_in_each_others_way() {
    let config = config().await;
    let store = store(&config).await.unwrap();
    let other = other(&config, &store).await.unwrap();
    let editions = [
        problems(60, |n| Difficulty::ALL[n as usize % 3]),
        traded(60, |n| Difficulty::ALL[(n as usize + 1) % 3]),
        problems(50, |_| Difficulty::Medium),
    ];
    store.publish_catalogue(&editions[0]).await.unwrap();
    let publisher = async {
        for round in 0..30 {
            let edition = &editions[round % editions.len()];
            other.publish_catalogue(edition).await.unwrap();
        }
    };
    let all = ids(&editions[0]);
    let users = join_all((0..8).map(|number| {
        let store = if number % 2 == 0 { &store } else { &other };
        practise(store.clone(), user(100 + number / 2), all.clone())
    }));
    tokio::join!(publisher, users);
    assert_sound(&store).await;
}

/// As [`problems`], but neighbours have each other's slugs.
fn traded(count: u32, difficulty: impl Fn(u32) -> Difficulty) -> Catalogue {
    let original = problems(count, |_| Difficulty::Easy);
    let id = |n: u32| {
        let slug = Slug::new(format!("p-{n}")).unwrap();
        original.by_slug(&slug).unwrap().id
    };
    let problem = |n: u32| {
        Problem::new(format!("p-{}", n ^ 1), format!("P {n}"), difficulty(n))
            .unwrap()
            .with_id(id(n))
            .with_topics([Topic::new(format!("T {}", n % 5)).unwrap()])
    };
    Catalogue::new((0..count).map(problem)).unwrap()
}

async fn practise(store: PgStore, user: UserId, all: Vec<ProblemId>) {
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    for round in 0..12 {
        let solve = |n: usize| NewSolve::new(all[(round * 7 + n) % all.len()], at(n));
        let batch: Vec<_> = (0..5).map(solve).collect();
        store.record_solves(user, &batch).await.unwrap();
        // Somebody else may act for the same user, and problems run out or are retired.
        let Ok(contest) = engine.create_contest(user, &request(3)).await else {
            continue;
        };
        for entry in &contest.problems {
            for mark in [Mark::Solved, Mark::Unsolved, Mark::Solved] {
                let (problem, now) = (entry.problem.id, contest.started_at);
                let marked = store.mark_problem(user, contest.id, problem, mark, now);
                assert!(!matches!(marked.await, Err(MarkError::Store(_))));
            }
        }
        let _ = store
            .finish_contest(user, contest.id, FinishKind::Complete, contest.started_at)
            .await;
    }
}

fn at(seconds: usize) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + 1_000_000 * seconds as i64)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_writers_of_one_user_all_get_through() {
    let store = store(&config().await).await.unwrap();
    let catalogue = problems(100, |_| Difficulty::Hard);
    store.publish_catalogue(&catalogue).await.unwrap();
    let writers = ids(&catalogue).into_iter().map(|problem| {
        let store = store.clone();
        tokio::spawn(async move {
            let solve = NewSolve::new(problem, at(0));
            store.record_solves(user(7), &[solve]).await.unwrap()
        })
    });
    for outcome in join_all(writers).await {
        let RecordedSolves { recorded, .. } = outcome.unwrap();
        assert_eq!(recorded, 1);
    }
    let solved = store.solved_by_difficulty(user(7)).await.unwrap();
    assert_eq!(solved, PerDifficulty::new(0, 0, 100));
    assert_sound(&store).await;
}
