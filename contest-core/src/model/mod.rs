//! Plain data: what the domain talks about. No input or output happens here.

mod contest;
mod difficulty;
mod event;
mod pace;
mod practice;
mod problem;
mod progress;
mod rating;
mod results;
mod solve;
mod text;
mod timing;

pub use contest::{
    AssignedProblem, Contest, ContestProblem, ContestRecord, ContestStatus, Ending, EndingKind,
};
pub use difficulty::{Difficulty, ParseDifficultyError, PerDifficulty};
pub use event::{Event, EventKind, EventNumber};
pub use pace::{Pace, SolveTimes};
pub use practice::{Encounter, Practice, Solve};
pub use problem::{Problem, ProblemError};
pub use progress::{ContestCounts, Epoch, Progress, Tally};
pub use rating::{ParseRatingError, Rating, RatingError};
pub use results::{ContestResult, PointsResult, ProblemsResult};
pub use solve::{NewSolve, SolveEvent, SolveEventKind};
pub use text::{IdempotencyKey, IdempotencyKeyError, Slug, SlugError, Topic, TopicError};
pub use timing::ProblemTiming;
pub(crate) use timing::{late_by, timings};
