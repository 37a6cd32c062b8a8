//! Stores with problems and users, and requests to make.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use contest_core::model::Rating;
use contest_core::prelude::*;
use contest_core::select::{Part, RatingBand, ReviewOptions, SequentialSeeds, Slot, Strategy};
use contest_core::store::Store;
use contest_core::time::ManualClock;
use contest_core::uuid::Uuid;
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::Outcome;

/// The present. The clock is fixed, except in [`Place::year_of_contests`].
pub const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
/// The number of solves recorded per call.
const AT_ONCE: usize = 10_000;
const SEED: u64 = 20_240_101;

/// The generator that draws users and problems.
pub type Random = ChaCha8Rng;

/// A generator with the same seed in each run.
pub fn seeded() -> Random {
    Random::seed_from_u64(SEED)
}

/// A user who has done nothing yet.
pub fn user(random: &mut Random) -> UserId {
    UserId::from_uuid(Uuid::from_u128(random.random()))
}

/// A catalogue of that many problems: a third of each difficulty, ratings, and as many topics as the
/// bundled catalogue has.
pub fn catalogue(size: u32) -> Outcome<Catalogue> {
    let problem = |(n, difficulty)| -> Outcome<Problem> {
        let problem = Problem::new(format!("problem-{n}"), "Problem", difficulty)?;
        let topic = Topic::new(format!("Topic {}", n % 18))?;
        let rating = Rating::new(i16::try_from(1_000 + n % 1_200)?)?;
        Ok(problem.with_topics([topic]).with_rating(rating))
    };
    let difficulties = Difficulty::ALL.into_iter().cycle();
    let problems: Outcome<Vec<_>> = (0..size).zip(difficulties).map(problem).collect();
    Ok(Catalogue::new(problems?)?)
}

/// Five problems for an hour, as by default.
pub fn five() -> Outcome<ContestRequest> {
    let hour = ContestDuration::from_minutes(60)?;
    Ok(ContestRequest::new(ProblemCount::new(5)?, hour))
}

/// Named requests for five problems, from the default to the most expensive.
pub fn requests() -> Outcome<Vec<(&'static str, SelectionRequest)>> {
    let default = five()?.selection().clone();
    let eligible = |rules| default.clone().with_eligibility(rules);
    let picked = |by| default.clone().with_strategy(by);
    let rules = Eligibility::default;
    let week = SolvedRule::ExcludeWithin(Duration::from_hours(7 * 24));
    let review = || Strategy::Review(ReviewOptions::default());
    let team = (0..5).map(|member| UserId::from_uuid(Uuid::from_u128(member)));
    let parts = vec![
        Part::new(ProblemCount::new(4)?),
        Part::new(ProblemCount::new(1)?).with_strategy(review()),
    ];
    let slots = Difficulty::ALL.into_iter().cycle().take(5);
    let slots = slots.map(|least| Slot::of_difficulty(least..=Difficulty::Hard));
    let two = NonZeroU16::MIN.saturating_add(1);
    let band = RatingBand::new(Rating::new(1_700)?);
    Ok(vec![
        ("the default request", default.clone()),
        ("solved within a week", eligible(rules().with_solved(week))),
        (
            "solved or not",
            eligible(rules().with_solved(SolvedRule::Allow)),
        ),
        ("not attempted", eligible(rules().excluding_attempted())),
        ("for a team of five", eligible(rules().with_group(team))),
        ("two of a topic", default.clone().with_topic_cap(two)),
        ("topic-balanced", picked(Strategy::TopicBalanced)),
        ("least used", picked(Strategy::LeastUsed)),
        ("a band of ratings", picked(Strategy::RatingBand(band))),
        ("review", picked(review())),
        ("four new, one review", default.clone().with_parts(parts)?),
        ("five slots", default.clone().with_slots(slots.collect())?),
    ])
}

/// A store with problems, and an engine over it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The engine.
    pub engine: Engine,
    clock: Arc<ManualClock>,
    problems: Vec<ProblemId>,
}

impl Place {
    /// Publishes the catalogue.
    pub async fn new(store: impl Store + 'static, catalogue: &Catalogue) -> Outcome<Self> {
        let clock = Arc::new(ManualClock::new(NOW));
        let engine = Engine::builder(store)
            .clock(Arc::clone(&clock))
            .seeds(SequentialSeeds::new(SEED))
            .limits(
                Limits::default()
                    .with_contests_per_day(u32::MAX)
                    .with_solves_per_day(u32::MAX),
            )
            .build()
            .await?;
        engine.publish_catalogue(catalogue).await?;
        let problems = catalogue.problems().iter().map(|problem| problem.id);
        Ok(Self {
            engine,
            clock,
            problems: problems.collect(),
        })
    }

    /// The same, with an engine that remembers no user: every change loads the user.
    #[must_use]
    pub fn without_memory(&self) -> Self {
        Self {
            engine: self.engine.with_store(Arc::clone(self.engine.store())),
            ..self.clone()
        }
    }

    /// Some of the problems, at random and without repeats.
    pub fn draw(&self, count: usize, random: &mut Random) -> Vec<ProblemId> {
        self.problems.sample(random, count).copied().collect()
    }

    /// A new user who has solved this many problems, one per minute, the last a minute ago.
    pub async fn solver(&self, solves: usize, random: &mut Random) -> Outcome<UserId> {
        let user = user(random);
        let drawn = self.draw(solves, random);
        self.record(user, &drawn, 60_000_000).await?;
        Ok(user)
    }

    /// Records solves that end now, at equal intervals.
    async fn record(&self, user: UserId, problems: &[ProblemId], micros: i64) -> Outcome<()> {
        let at = |ago: i64| Timestamp::from_micros(NOW.as_micros() - ago * micros);
        let solves = problems.iter().zip(1..);
        let solves: Vec<_> = solves
            .map(|(id, ago)| NewSolve::new(*id, at(ago)))
            .collect();
        for chunk in solves.chunks(AT_ONCE) {
            self.engine.record_solves(user, chunk).await?;
        }
        Ok(())
    }

    /// Lets a user complete this many contests, evenly over the last year, with every problem marked. Also
    /// records the same number of other solves, which doubles the log.
    pub async fn year_of_contests(&self, user: UserId, contests: u32) -> Outcome<()> {
        const YEAR: Duration = Duration::from_hours(365 * 24);
        let year = i64::try_from(YEAR.as_micros())?;
        self.clock
            .set(Timestamp::from_micros(NOW.as_micros() - year));
        let mut marked = std::collections::BTreeSet::new();
        for _ in 0..contests {
            let contest = self.engine.create_contest(user, &five()?).await?.contest;
            for entry in &contest.problems {
                let id = entry.problem.id;
                self.engine.mark_solved(user, contest.id, id).await?;
                marked.insert(id);
            }
            self.engine.complete_contest(user, contest.id).await?;
            self.clock.advance(YEAR / contests);
        }
        self.clock.set(NOW);
        let others = self.problems.iter().filter(|id| !marked.contains(id));
        let others: Vec<_> = others.take(marked.len()).copied().collect();
        let interval = year / i64::try_from(others.len().max(1))?;
        self.record(user, &others, interval).await
    }

    /// Lets a user complete some contests and begin another one, which is returned.
    pub async fn contests(&self, user: UserId, completed: usize) -> Outcome<Contest> {
        for _ in 0..completed {
            let id = self.engine.create_contest(user, &five()?).await?.contest.id;
            self.engine.complete_contest(user, id).await?;
        }
        Ok(self.engine.create_contest(user, &five()?).await?.contest)
    }
}
