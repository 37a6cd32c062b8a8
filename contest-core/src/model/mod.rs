//! Plain data: what the domain talks about. No input or output happens here.

mod contest;
mod difficulty;
mod problem;
mod progress;
mod solve;
mod text;

pub use contest::{
    AssignedProblem, Contest, ContestProblem, ContestRecord, ContestStatus, Ending, EndingKind,
};
pub use difficulty::{Difficulty, ParseDifficultyError, PerDifficulty};
pub use problem::{Problem, ProblemError};
pub use progress::{ContestCounts, Progress, Tally};
pub use solve::{NewSolve, SolveEvent, SolveEventKind};
pub use text::{IdempotencyKey, IdempotencyKeyError, Slug, SlugError, Topic, TopicError};
