//! The same calls give the same answers on every store.

use std::sync::Arc;
use std::time::Duration;

use contest_core::calendar::TimeZone;
use contest_core::next::engine::{Engine, PaceWindow};
use contest_core::next::memory::MemoryStore;
use contest_core::next::prelude::*;
use contest_core::next::progress::ActivityWindow;
use contest_core::select::{SeedSource, SequentialSeeds, SolvedRule, Strategy};
use contest_core::time::ManualClock;

use crate::stores::{Directory, START, engine, open_postgres, postgres, request, user};

const STEPS: usize = 150;

struct Dice(SequentialSeeds);

impl Dice {
    fn roll(&self, bound: usize) -> usize {
        usize::try_from(self.0.next_seed() % bound as u64).unwrap()
    }
}

/// What a caller is told, in words; ids of contests included, since seeds and clocks are the same.
async fn step(
    engine: &Engine,
    dice: &Dice,
    clock: &ManualClock,
    known: &mut Vec<ContestId>,
) -> String {
    let user = user(1 + dice.roll(2) as u128);
    let (chosen, place) = (dice.roll(known.len().max(1)), dice.roll(5));
    let nil = ContestId::from_uuid(uuid::Uuid::nil());
    let contest = known.get(chosen).copied().unwrap_or(nil);
    let problem = match engine.contest(user, contest).await {
        Ok(contest) => contest.problems[place % contest.problems.len()].problem.id,
        Err(_) => engine.catalogue().problems()[place * 7].id,
    };
    match dice.roll(14) {
        0 => {
            clock.advance(Duration::from_mins([1, 25, 70, 3_000][dice.roll(4)]));
            "time passes".to_owned()
        }
        1..=3 => {
            let created = engine.create_contest(user, &creation(dice)).await;
            known.extend(created.as_ref().ok().map(|created| created.contest.id));
            format!("{created:?}")
        }
        4..=6 => format!("{:?}", engine.mark_solved(user, contest, problem).await),
        7 => format!("{:?}", engine.unmark(user, contest, problem).await),
        8 => format!("{:?}", engine.complete_contest(user, contest).await),
        9 => format!("{:?}", engine.abandon_contest(user, contest).await),
        10 => format!("{:?}", engine.resume_contest(user, contest).await),
        11 => {
            let days_ago = Duration::from_hours(24 * dice.roll(30) as u64);
            let at = Timestamp::from_micros(
                START.as_micros() - i64::try_from(days_ago.as_micros()).unwrap(),
            );
            format!(
                "{:?}",
                engine
                    .record_solves(user, &[NewSolve::new(problem, at)])
                    .await
            )
        }
        12 if dice.roll(4) == 0 => format!("{:?}", engine.reset_progress(user).await),
        _ => {
            let later = START + Duration::from_hours(2);
            format!("{:?}", engine.extend_contest(user, contest, later).await)
        }
    }
}

fn creation(dice: &Dice) -> ContestRequest {
    let request = request(1 + u16::try_from(dice.roll(5)).unwrap());
    match dice.roll(6) {
        0 => request.with_strategy(Strategy::TopicBalanced),
        1 => request.with_strategy(Strategy::LeastUsed),
        2 => request.with_strategy(Strategy::Review(
            contest_core::select::ReviewOptions::default(),
        )),
        3 => {
            let month = SolvedRule::ExcludeWithin(Duration::from_hours(20));
            request.with_eligibility(Eligibility::default().with_solved(month))
        }
        4 => request.with_eligibility(
            Eligibility::default()
                .excluding_attempted()
                .with_group([user(2)]),
        ),
        _ => request,
    }
}

/// Everything that can be asked of a user.
async fn picture(engine: &Engine, known: &[ContestId]) -> String {
    let mut seen = String::new();
    for user in [user(1), user(2)] {
        let zone = TimeZone::named("Europe/Berlin").unwrap();
        let window = ActivityWindow::last_days(60, zone).unwrap();
        let limit = PageLimit::new(100).unwrap();
        let mut parts = vec![
            format!("{:?}", engine.progress(user).await.unwrap()),
            format!("{:?}", engine.activity(user, &window).await.unwrap()),
            format!("{:?}", engine.contests(user, None, limit).await.unwrap()),
            format!(
                "{:?}",
                engine.contest_results(user, None, limit).await.unwrap()
            ),
            format!(
                "{:?}",
                engine.pace(user, &PaceWindow::default()).await.unwrap()
            ),
            format!(
                "{:?}",
                engine.solve_history(user, None, limit).await.unwrap()
            ),
            format!(
                "{:?}",
                engine.explain(user, request(5).selection()).await.unwrap()
            ),
            format!("{:?}", engine.verify_user(user).await.unwrap()),
        ];
        for contest in known {
            parts.push(format!("{:?}", engine.replay(user, *contest).await));
        }
        assert_eq!(parts[7], "[]", "the record differs from a recount");
        seen.push_str(&parts.join("\n"));
    }
    seen
}

async fn walk(seed: u64, engine: Engine, clock: Arc<ManualClock>) -> Vec<String> {
    let dice = Dice(SequentialSeeds::new(seed));
    let (mut told, mut known) = (Vec::new(), Vec::new());
    for _ in 0..STEPS {
        told.push(step(&engine, &dice, &clock, &mut known).await);
    }
    told.push(picture(&engine, &known).await);
    told
}

#[tokio::test]
async fn i9_random_steps_have_the_same_outcome_on_every_store() {
    for seed in 0..6 {
        let clock = || Arc::new(ManualClock::new(START));
        let (memory, sqlite, in_postgres) = (clock(), clock(), clock());
        let expected = walk(seed, engine(MemoryStore::new(), &memory, 1).await, memory).await;
        let created = expected
            .iter()
            .filter(|told| told.starts_with("Ok(CreatedContest"));
        assert!(created.count() > 5, "seed {seed} does little");
        let directory = Directory::new();
        let found = walk(
            seed,
            engine(directory.open().await, &sqlite, 1).await,
            sqlite,
        )
        .await;
        compare(seed, "SQLite", &expected, &found);
        let store = open_postgres(&postgres(None).await).await;
        let found = walk(seed, engine(store, &in_postgres, 1).await, in_postgres).await;
        compare(seed, "PostgreSQL", &expected, &found);
    }
}

/// The first difference, and not two whole walks.
fn compare(seed: u64, store: &str, expected: &[String], found: &[String]) {
    for (place, (expected, found)) in expected.iter().zip(found).enumerate() {
        assert!(
            expected == found,
            "seed {seed}, {store}, step {place}:\n{found}\nin memory:\n{expected}"
        );
    }
}
