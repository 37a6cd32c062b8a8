//! The same steps, through an engine over memory and one over a database.
//!
//! Clocks and seeds are the same too, so ids, versions and all other stored values must be equal.

use std::sync::Arc;
use std::time::Duration;

use contest_core::calendar::TimeZone;
use contest_core::engine::PaceWindow;
use contest_core::model::{EventNumber, Rating};
use contest_core::prelude::*;
use contest_core::progress::ActivityWindow;
use contest_core::rules::PublishOptions;
use contest_core::select::SequentialSeeds;
use contest_core::store::{
    AttemptPage, ContestPage, ContestSelector, EventLog, RoundRepository, Store, TimeOrder,
};
use contest_core::time::ManualClock;
use proptest::prelude::*;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::rounds::{self, RoundStep};
use super::user;
use super::ways::{self, WAYS};

/// A catalogue of `size` problems. Their difficulties change with the size.
fn catalogue(size: u32) -> Catalogue {
    let problem = |number: u32| {
        let difficulty = Difficulty::ALL[(number + size) as usize % 3];
        let topics = [format!("Topic {}", number % 7), "All".to_owned()];
        let problem = Problem::new(format!("p-{number}"), format!("P {number}"), difficulty);
        let topics = topics.map(|topic| Topic::new(topic).unwrap());
        let problem = problem.unwrap().with_topics(topics).with_position(number);
        // Every fifth problem has no rating.
        let rating = i16::try_from(1_000 + number * 20).ok();
        let rating = rating.filter(|_| !number.is_multiple_of(5));
        problem.with_rating(rating.map(|rating| Rating::new(rating).unwrap()))
    };
    Catalogue::new((0..size).map(problem)).unwrap()
}

/// The calls of users. Numbers are reduced to valid ranges.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
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
    Erase {
        user: u64,
    },
    Round(RoundStep),
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
        1 => (0_u64..8).prop_map(|user| Step::Erase { user }),
        14 => rounds::step().prop_map(Step::Round),
    ]
}

struct World {
    engine: Engine,
    events: Arc<dyn EventLog>,
    rounds: rounds::World,
    clock: Arc<ManualClock>,
}

impl World {
    async fn new(store: impl Store + RoundRepository + EventLog + Clone + 'static) -> Self {
        let events = Arc::new(store.clone());
        let start = Timestamp::from_micros(1_700_000_000_000_000);
        let clock = Arc::new(ManualClock::new(start));
        let engine = Engine::builder(store.clone())
            .clock(clock.clone())
            .late_policy(LatePolicy::AcceptFor(Duration::from_mins(30)))
            .resume_policy(ResumePolicy::BeforeDeadline)
            .strategy(ways::unmet(), ways::Unmet)
            .seeds(SequentialSeeds::new(7));
        let engine = engine.build().await.unwrap();
        Self {
            rounds: rounds::World::new(&engine, store, clock.clone()),
            engine,
            events,
            clock,
        }
    }

    /// Runs a step and returns its visible outcome.
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
            Step::Erase { user: number } => {
                let erased = self.engine.erase_user(user(number)).await;
                erased.map(|erased| erased.to_string())
            }
            Step::Round(step) => self.rounds.run(step).await,
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
        let created = self.engine.create_contest(user(number), &request).await?;
        let replay = self.engine.replay(user(number), created.contest.id).await?;
        Ok(format!("{created:?} {explained:?} {replay:?}"))
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

    /// Marks in the latest contest, ended or not.
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
        let options = PublishOptions::default().with_any_number_retired();
        let catalogue = catalogue(size);
        let published = self
            .engine
            .publish_catalogue_with(&catalogue, options)
            .await?;
        Ok(format!("{published:?}"))
    }

    /// All data visible to a user.
    async fn see(&self, number: u64) -> String {
        let (engine, user) = (&self.engine, user(number));
        let limit = PageLimit::new(100).unwrap();
        let contests = engine.contests(user, None, limit).await.unwrap();
        let latest = contests.items.first().map(|contest| contest.id);
        let replay = match latest {
            Some(latest) => engine.replay(user, latest).await.ok(),
            None => None,
        };
        let week = ActivityWindow::last_days(7, TimeZone::UTC).unwrap();
        format!(
            "{contests:?} {replay:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {}",
            engine.active_contest(user).await,
            engine.progress(user).await,
            engine.epoch(user).await,
            engine.solve_history(user, None, limit).await,
            engine.contest_results(user, None, limit).await,
            engine.pace(user, &PaceWindow::default()).await,
            engine.activity(user, &week).await,
            engine.streaks(user, &TimeZone::UTC).await,
            self.rounds.see(number).await,
        )
    }

    /// All stored data of a user.
    async fn kept(&self, number: u64) -> String {
        let (store, user) = (self.engine.store(), user(number));
        let contests = ContestPage {
            before: None,
            limit: 1_000,
        };
        let solves = AttemptPage {
            order: TimeOrder::OldestFirst,
            after: None,
            limit: 10_000,
        };
        format!(
            "{:?} {:?} {:?} {:?}",
            store.load_user(user, &ContestSelector::Open).await,
            store.list_contests(user, contests).await,
            store.list_attempts(user, solves).await,
            self.events.events_after(user, EventNumber(0), 10_000).await,
        )
    }
}

/// Runs the same steps in memory and in `store`. Compares their outcomes, and after each step all visible and
/// all stored data.
pub(crate) async fn compare(
    store: impl Store + RoundRepository + EventLog + Clone + 'static,
    steps: Vec<Step>,
) -> Result<(), TestCaseError> {
    let memory = World::new(MemoryStore::new().with_outbox()).await;
    let database = World::new(store).await;
    for step in std::iter::once(Step::Publish { size: 40 }).chain(steps) {
        let (expected, outcome) = (memory.run(step).await, database.run(step).await);
        prop_assert_eq!(expected, outcome, "{:?}", step);
        for number in 0..2 {
            let (expected, seen) = (memory.see(number).await, database.see(number).await);
            prop_assert_eq!(expected, seen, "{:?}", step);
            let (expected, kept) = (memory.kept(number).await, database.kept(number).await);
            prop_assert_eq!(expected, kept, "{:?}", step);
        }
    }
    for number in 0..2 {
        let found = database.engine.verify_user(user(number)).await;
        prop_assert_eq!(found.unwrap(), []);
    }
    Ok(())
}

/// Runs random steps through `check`.
pub(crate) fn with_random_steps(
    cases: u32,
    check: impl AsyncFn(Vec<Step>) -> Result<(), TestCaseError>,
) {
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
