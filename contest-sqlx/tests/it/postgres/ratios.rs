//! What calls cost next to the floor: the cheapest statement of their kind through the same pool.
//! Run alone, optimised: `cargo test --release -- --ignored --nocapture ratios`.

use std::time::{Duration, Instant};

use contest_core::catalogue::Catalogue;
use contest_core::id::{ProblemId, UserId};
use contest_core::model::{Difficulty, NewSolve, Problem};
use contest_core::prelude::{ContestDuration, ContestRequest, Engine, ProblemCount};
use contest_core::store::{
    ContestRepository as _, FinishKind, Mark, ProblemRepository as _, ProgressRepository as _,
    SolveRepository as _,
};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::PgStore;
use uuid::Uuid;

use super::support::{config, store};

const ROUNDS: usize = 400;
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_0c73_1f2e_4a67),
    ))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

macro_rules! time {
    ($times:expr, $call:expr) => {{
        let start = Instant::now();
        let answer = $call;
        $times.push(start.elapsed());
        answer
    }};
}

async fn select_one(store: &PgStore) {
    let _: i32 = sqlx::query_scalar("SELECT 1")
        .fetch_one(store.writer())
        .await
        .unwrap();
}

async fn bare_insert(store: &PgStore, number: i64) {
    let sql = format!(
        "INSERT INTO {}.floor (id, note) VALUES ($1, 'bare')",
        store.schema()
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(number)
        .execute(store.writer())
        .await
        .unwrap();
}

async fn prepare(problems: u32) -> (PgStore, Vec<ProblemId>) {
    let store = store(&config().await).await.unwrap();
    let sql = format!(
        "CREATE TABLE {}.floor (id bigint PRIMARY KEY, note text)",
        store.schema()
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(store.writer())
        .await
        .unwrap();
    let catalogue = if problems == 150 {
        Catalogue::neetcode150()
    } else {
        let problem = |n: u32| {
            let difficulty = Difficulty::ALL[n as usize % 3];
            Problem::new(format!("p-{n}"), format!("P {n}"), difficulty).unwrap()
        };
        Catalogue::new((0..problems).map(problem)).unwrap()
    };
    let start = Instant::now();
    store.publish_catalogue(&catalogue).await.unwrap();
    println!("published {problems} problems in {:?}", start.elapsed());
    let start = Instant::now();
    store.load_catalogue().await.unwrap();
    println!("loaded them in {:?}", start.elapsed());
    let start = Instant::now();
    store.publish_catalogue(&catalogue).await.unwrap();
    println!("published them again in {:?}", start.elapsed());
    let ids = catalogue.problems().iter().map(|p| p.id).collect();
    (store, ids)
}

#[tokio::test]
#[ignore = "a measurement"]
async fn ratios_of_reads() {
    for problems in [150, 100_000, 1_000_000] {
        let (store, ids) = prepare(problems).await;
        for count in [10, 100, 100_000] {
            let solved = &ids[..ids.len().min(count)];
            let who = user(count as u128);
            for chunk in solved.chunks(10_000) {
                let batch: Vec<_> = chunk.iter().map(|id| NewSolve::new(*id, NOW)).collect();
                store.record_solves(who, &batch).await.unwrap();
            }
            let step = ids.len() / 30;
            let candidates: Vec<_> = ids.iter().step_by(step).copied().take(30).collect();
            let (mut floor, mut progress, mut member) = (vec![], vec![], vec![]);
            for _ in 0..ROUNDS {
                time!(floor, select_one(&store).await);
                time!(progress, store.solved_by_difficulty(who).await.unwrap());
                time!(member, store.solved_among(who, &candidates).await.unwrap());
            }
            let (floor, progress, member) = (median(floor), median(progress), median(member));
            println!(
                "{problems} problems, {} solves: SELECT 1 {floor:?}; by difficulty {progress:?} \
                 {:.2}x; 30 candidates {member:?} {:.2}x",
                solved.len(),
                progress.as_secs_f64() / floor.as_secs_f64(),
                member.as_secs_f64() / floor.as_secs_f64(),
            );
        }
    }
}

#[tokio::test]
#[ignore = "a measurement"]
async fn ratios_of_writes() {
    let (store, _) = prepare(150).await;
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let request = ContestRequest::new(
        ProblemCount::new(5).unwrap(),
        ContestDuration::from_minutes(60).unwrap(),
    );
    let (mut floor, mut create, mut mark) = (vec![], vec![], vec![]);
    let (mut unmark, mut finish, mut again, mut refused) = (vec![], vec![], vec![], vec![]);
    for number in 0..ROUNDS {
        let who = user(number as u128);
        time!(floor, bare_insert(&store, number as i64).await);
        let contest = time!(create, engine.create_contest(who, &request).await.unwrap());
        let now = contest.started_at;
        let problem = contest.problems[0].problem.id;
        let marked = store.mark_problem(who, contest.id, problem, Mark::Solved, now);
        time!(mark, marked.await.unwrap());
        let unmarked = store.mark_problem(who, contest.id, problem, Mark::Unsolved, now);
        time!(unmark, unmarked.await.unwrap());
        time!(
            refused,
            engine.create_contest(who, &request).await.unwrap_err()
        );
        let finished = store.finish_contest(who, contest.id, FinishKind::Complete, now);
        time!(finish, finished.await.unwrap());
        time!(again, engine.create_contest(who, &request).await.unwrap());
    }
    let floor = median(floor);
    println!("bare insert: {floor:?}");
    for (name, times) in [
        ("create", create),
        ("create after another", again),
        ("create refused", refused),
        ("mark", mark),
        ("unmark", unmark),
        ("finish", finish),
    ] {
        let time = median(times);
        let ratio = time.as_secs_f64() / floor.as_secs_f64();
        println!("{name}: {time:?} {ratio:.2}x");
    }
}
