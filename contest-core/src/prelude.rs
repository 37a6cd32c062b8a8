//! One import for most programs: contests, a user's dashboard, and custom selection rules.
//!
//! A dashboard:
//!
//! ```
//! use contest_core::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let engine = Engine::builder(MemoryStore::with_catalogue(Catalogue::neetcode150())).build().await?;
//! # let user: UserId = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
//! let zone: TimeZone = "Asia/Kolkata".parse()?;
//! let Activity { days, streaks, .. } =
//!     engine.activity(user, &ActivityWindow::last_days(30, zone)?).await?;
//! let busy = days.iter().filter(|day: &&DailyActivity| day.solved > 0).count();
//! println!("{busy} busy days, a streak of {}", streaks.current);
//!
//! let progress: Progress = engine.progress(user).await?;
//! let Tally { solved, total } = progress.by_difficulty[Difficulty::Easy];
//! println!("{solved} of {total} easy problems, {} contests", progress.contests.total());
//!
//! let pace: Pace = engine.pace(user, &PaceWindow::latest(20)?).await?;
//! println!("{:?} for a medium one", pace.by_difficulty.medium.median);
//!
//! let page: Page<ContestResult, ContestId> =
//!     engine.contest_results(user, None, PageLimit::new(10)?).await?;
//! for result in &page.items {
//!     println!("{}: {} of {}", result.status, result.problems.completed, result.problems.total);
//! }
//! # Ok(()) }
//! ```
//!
//! A strategy of the host's own:
//!
//! ```
//! use contest_core::prelude::*;
//!
//! /// Problems that the user met longest ago, or never, first.
//! #[derive(Debug)]
//! struct LongestAgo;
//!
//! impl SelectionStrategy for LongestAgo {
//!     fn version(&self) -> StrategyVersion {
//!         StrategyVersion(1)
//!     }
//!
//!     fn needs(&self) -> Needs {
//!         Needs::default().with_contests()
//!     }
//!
//!     fn source(&self) -> Source {
//!         Source::ByDifficulty
//!     }
//!
//!     fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
//!         let met = |of: &Candidate<'_>| of.practice().encounters.last().map(|met| met.started_at);
//!         let mut candidates: Vec<_> = choice.collect();
//!         candidates.sort_by_key(met);
//!         Box::new(candidates.into_iter())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let name = StrategyName::new("longest-ago")?;
//! let engine = Engine::builder(MemoryStore::with_catalogue(Catalogue::neetcode150()))
//!     .strategy(name.clone(), LongestAgo)
//!     .build()
//!     .await?;
//! # let user: UserId = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
//! let request = ContestRequest::new(ProblemCount::new(3)?, ContestDuration::from_minutes(30)?)
//!     .with_strategy(Strategy::Custom(name));
//! assert_eq!(engine.create_contest(user, &request).await?.contest.problems.len(), 3);
//! # Ok(()) }
//! ```

pub use crate::calendar::{Day, TimeZone};
pub use crate::catalogue::Catalogue;
pub use crate::engine::{Engine, EngineBuilder, Error, PaceWindow, Page, PageLimit};
pub use crate::id::{ContestId, ProblemId, UserId};
#[cfg(feature = "memory")]
pub use crate::memory::MemoryStore;
pub use crate::model::{
    ContestStatus, Difficulty, IdempotencyKey, LatePolicy, NewSolve, PerDifficulty, Problem,
    RangeError, Rating, Slug, Topic,
};
pub use crate::progress::{
    Activity, ActivityWindow, Contest, ContestCounts, ContestProblem, ContestResult, DailyActivity,
    Pace, Progress, SolveTimes, Streaks, Tally,
};
pub use crate::rules::{ContestDuration, ContestRequest, Limits, Refusal, ResumePolicy};
pub use crate::select::{
    Candidate, Choice, Eligibility, Mix, Needs, Order, Part, ProblemCount, RatingBand,
    ReviewOptions, Seed, SelectionError, SelectionRequest, SelectionStrategy, SequentialSeeds,
    ShortagePolicy, Slot, SolvedRule, Source, Strategy, StrategyName, StrategyVersion,
};
pub use crate::time::{Clock, ManualClock, Timestamp};
