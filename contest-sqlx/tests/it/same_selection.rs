//! The same seed and the same state give the same contests in memory and in a database.

mod ways;

use std::sync::Arc;
use std::time::Duration;

use contest_core::calendar::TimeZone;
use contest_core::engine::{ActivityWindow, PaceWindow};
use contest_core::model::Rating;
use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::Store;
use contest_core::time::{Clock as _, ManualClock};
use contest_sqlx::sqlite::SqliteStore;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use uuid::Uuid;

use crate::postgres::support::{config, store};
use ways::WAYS;

fn user(number: u64) -> UserId {
    Uuid::from_u128(0x1000 + u128::from(number)).into()
}

/// A catalogue of that many problems; their difficulties change with the size.
fn catalogue(size: u32) -> Catalogue {
    let problem = |number: u32| {
        let difficulty = Difficulty::ALL[(number + size) as usize % 3];
        let topics = [format!("Topic {}", number % 7), "All".to_owned()];
        let problem = Problem::new(format!("p-{number}"), format!("P {number}"), difficulty);
        let topics = topics.map(|topic| Topic::new(topic).unwrap());
        let problem = problem.unwrap().with_topics(topics).with_position(number);
        // Every fifth has no rating.
        let rating = u16::try_from(1_000 + number * 20).ok();
        let rating = rating.filter(|_| !number.is_multiple_of(5));
        problem.with_rating(rating.map(|rating| Rating::new(rating).unwrap()))
    };
    Catalogue::new((0..size).map(problem)).unwrap()
}

/// What users do, by numbers that are made to fit.
#[derive(Debug, Clone, Copy)]
enum Step {
    Create {
        user: u64,
        count: u16,
        seed: Option<u64>,
        key: Option<u8>,
        way: u8,
    },
    MarkLatest {
        user: u64,
        place: usize,
    },
    Extend {
        user: u64,
        minutes: u64,
    },
    Resume {
        user: u64,
    },
    Reset {
        user: u64,
    },
    Mark {
        user: u64,
        place: usize,
    },
    Unmark {
        user: u64,
        place: usize,
    },
    Finish {
        user: u64,
        complete: bool,
    },
    Solve {
        user: u64,
        from: usize,
        number: usize,
    },
    Wait {
        minutes: u64,
    },
    Publish {
        size: u32,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let user = 0_u64..2;
    let key = proptest::option::of(0_u8..4);
    let seed = proptest::option::of(0_u64..5);
    let create = (user.clone(), 1_u16..8, seed, key, 0..WAYS);
    prop_oneof![
        6 => create.prop_map(|(user, count, seed, key, way)| Step::Create { user, count, seed, key, way }),
        2 => (user.clone(), 0_usize..8).prop_map(|(user, place)| Step::MarkLatest { user, place }),
        1 => (user.clone(), 0_u64..90).prop_map(|(user, minutes)| Step::Extend { user, minutes }),
        1 => user.clone().prop_map(|user| Step::Resume { user }),
        1 => user.clone().prop_map(|user| Step::Reset { user }),
        4 => (user.clone(), 0_usize..8).prop_map(|(user, place)| Step::Mark { user, place }),
        2 => (user.clone(), 0_usize..8).prop_map(|(user, place)| Step::Unmark { user, place }),
        2 => (user.clone(), any::<bool>()).prop_map(|(user, complete)| Step::Finish { user, complete }),
        1 => (user, 0_usize..40, 1_usize..20).prop_map(|(user, from, number)| Step::Solve { user, from, number }),
        2 => (1_u64..90).prop_map(|minutes| Step::Wait { minutes }),
        1 => (1_u64..60).prop_map(|days| Step::Wait { minutes: days * 24 * 60 }),
        1 => (10_u32..60).prop_map(|size| Step::Publish { size }),
    ]
}

struct World {
    engine: Engine,
    clock: Arc<ManualClock>,
}

impl World {
    async fn new(store: impl Store + 'static) -> Self {
        let start = Timestamp::from_micros(1_700_000_000_000_000);
        let clock = Arc::new(ManualClock::new(start));
        let engine = Engine::builder(store)
            .clock(clock.clone())
            .late_policy(LatePolicy::AcceptFor(Duration::from_mins(30)))
            .resume_policy(ResumePolicy::BeforeDeadline)
            .strategy(ways::unmet(), ways::Unmet)
            .seeds(SequentialSeeds::new(7));
        let engine = engine.build().await.unwrap();
        Self { engine, clock }
    }

    /// Does a step and tells what can be seen of its outcome.
    async fn run(&self, step: Step) -> String {
        let outcome = match step {
            Step::Create {
                user,
                count,
                seed,
                key,
                way,
            } => {
                self.create(user, ways::request(way, count, seed), key)
                    .await
            }
            Step::MarkLatest { user, place } => self.mark_latest(user, place).await,
            Step::Extend { user, minutes } => self.extend(user, minutes).await,
            Step::Resume { user } => self.resume(user).await,
            Step::Reset { user } => self.reset(user).await,
            Step::Mark { user, place } => self.mark(user, place, true).await,
            Step::Unmark { user, place } => self.mark(user, place, false).await,
            Step::Finish { user, complete } => self.finish(user, complete).await,
            Step::Solve { user, from, number } => self.solve(user, from, number).await,
            Step::Wait { minutes } => {
                self.clock.advance(Duration::from_mins(minutes));
                Ok(String::new())
            }
            Step::Publish { size } => self.publish(size).await,
        };
        outcome.unwrap_or_else(|error| format!("{}: {error}", error.code()))
    }

    async fn create(
        &self,
        number: u64,
        selection: SelectionRequest,
        key: Option<u8>,
    ) -> Result<String, Error> {
        let explained = self.engine.explain(user(number), &selection).await?;
        let duration = ContestDuration::from_minutes(60).unwrap();
        let mut request = ContestRequest::with_selection(selection, duration);
        if let Some(key) = key {
            request = request.with_idempotency_key(IdempotencyKey::new(format!("k{key}")).unwrap());
        }
        let contest = self.engine.create_contest(user(number), &request).await?;
        let replay = self.engine.replay(user(number), contest.id).await?;
        Ok(format!(
            "{contest:?} {explained:?} {:?}",
            replay.differences
        ))
    }

    async fn mark(&self, number: u64, place: usize, solved: bool) -> Result<String, Error> {
        let user = user(number);
        let Some(active) = self.engine.active_contest(user).await? else {
            return Ok("none active".to_owned());
        };
        let problem = active.problems[place % active.problems.len()].problem.id;
        Ok(if solved {
            format!(
                "{:?}",
                self.engine.mark_solved(user, active.id, problem).await?
            )
        } else {
            format!("{:?}", self.engine.unmark(user, active.id, problem).await?)
        })
    }

    /// Marks in the latest contest, be it over or not.
    async fn mark_latest(&self, number: u64, place: usize) -> Result<String, Error> {
        let user = user(number);
        let Some(latest) = self.latest(user).await? else {
            return Ok("none".to_owned());
        };
        let problem = latest.problems[place % latest.problems.len()].problem.id;
        let marked = self.engine.mark_solved(user, latest.id, problem).await?;
        Ok(format!("{marked:?}"))
    }

    async fn extend(&self, number: u64, minutes: u64) -> Result<String, Error> {
        let user = user(number);
        let Some(latest) = self.latest(user).await? else {
            return Ok("none".to_owned());
        };
        let deadline = latest.deadline + Duration::from_mins(minutes);
        let extended = self
            .engine
            .extend_contest(user, latest.id, deadline)
            .await?;
        Ok(format!("{extended:?}"))
    }

    async fn resume(&self, number: u64) -> Result<String, Error> {
        let user = user(number);
        let Some(latest) = self.latest(user).await? else {
            return Ok("none".to_owned());
        };
        let resumed = self.engine.resume_contest(user, latest.id).await?;
        Ok(format!("{resumed:?}"))
    }

    async fn reset(&self, number: u64) -> Result<String, Error> {
        Ok(format!(
            "{:?}",
            self.engine.reset_progress(user(number)).await?
        ))
    }

    async fn latest(&self, user: UserId) -> Result<Option<Contest>, Error> {
        let limit = PageLimit::new(1).unwrap();
        let page = self.engine.contests(user, None, limit).await?;
        Ok(page.items.into_iter().next())
    }

    async fn finish(&self, number: u64, complete: bool) -> Result<String, Error> {
        let user = user(number);
        let Some(active) = self.engine.active_contest(user).await? else {
            return Ok("none active".to_owned());
        };
        Ok(if complete {
            format!("{:?}", self.engine.complete_contest(user, active.id).await?)
        } else {
            format!("{:?}", self.engine.abandon_contest(user, active.id).await?)
        })
    }

    async fn solve(&self, number: u64, from: usize, some: usize) -> Result<String, Error> {
        let catalogue = self.engine.catalogue();
        let problems = catalogue.problems().iter().skip(from).take(some);
        let now = self.clock.now();
        let solves: Vec<_> = problems
            .map(|problem| NewSolve::new(problem.id, now))
            .collect();
        Ok(format!(
            "{:?}",
            self.engine.record_solves(user(number), &solves).await?
        ))
    }

    async fn publish(&self, size: u32) -> Result<String, Error> {
        let published = self.engine.publish_catalogue(&catalogue(size)).await?;
        Ok(format!("{published:?} {:?}", published.problems()))
    }

    /// All that can be seen of a user.
    async fn see(&self, number: u64) -> String {
        let (user, limit) = (user(number), PageLimit::new(100).unwrap());
        let progress = self.engine.progress(user).await.unwrap();
        let contests = self.engine.contests(user, None, limit).await.unwrap();
        let history = self.engine.solve_history(user, None, limit).await.unwrap();
        // Stores name events as they like, and must order them as they happened.
        let events = history.items.iter();
        let events: Vec<_> = events
            .map(|e| (e.problem, e.kind, e.at, e.contest))
            .collect();
        let results = self.engine.contest_results(user, None, limit).await;
        let pace = self.engine.pace(user, &PaceWindow::default()).await;
        let week = ActivityWindow::last_days(7, TimeZone::UTC).unwrap();
        let activity = self.engine.activity(user, &week).await;
        format!("{progress:?} {contests:?} {events:?} {results:?} {pace:?} {activity:?}")
    }
}

/// Does the same steps in memory and in `store`, and compares all that can be seen after each.
async fn compare(store: impl Store + 'static, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let memory = World::new(MemoryStore::new()).await;
    let database = World::new(store).await;
    for step in std::iter::once(Step::Publish { size: 40 }).chain(steps) {
        prop_assert_eq!(
            memory.run(step).await,
            database.run(step).await,
            "{:?}",
            step
        );
        for number in 0..2 {
            prop_assert_eq!(
                memory.see(number).await,
                database.see(number).await,
                "{:?}",
                step
            );
        }
    }
    Ok(())
}

/// Runs random steps through `check`.
fn with_random_steps(cases: u32, check: impl AsyncFn(Vec<Step>) -> Result<(), TestCaseError>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = proptest::collection::vec(step(), 1..60);
    let outcome = TestRunner::new(config).run(&steps, |steps| runtime.block_on(check(steps)));
    outcome.unwrap();
}

#[test]
fn i9_the_same_steps_give_the_same_contests_in_memory_and_in_sqlite() {
    with_random_steps(40, async |steps| {
        let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
        store.migrate().await.unwrap();
        compare(store.clone(), steps).await?;
        prop_assert_eq!(store.verify().await.unwrap(), []);
        Ok(())
    });
}

#[test]
fn i9_the_same_steps_give_the_same_contests_in_memory_and_in_postgres() {
    with_random_steps(24, async |steps| {
        let config = config().await.with_max_connections(2);
        let store = store(&config).await.unwrap();
        compare(store.clone(), steps).await?;
        prop_assert_eq!(store.verify().await.unwrap(), []);
        Ok(())
    });
}
