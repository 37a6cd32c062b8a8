//! What can be said of a user's data: pure functions of what is stored and the time.

mod activity;
mod contest;
mod count;
mod pace;
mod recount;
mod results;

pub use activity::{
    Activity, ActivityWindow, ActivityWindowError, DailyActivity, StreakCounter, Streaks,
};
pub use contest::{Contest, ContestProblem};
pub use count::progress;
pub use pace::pace;
pub use recount::{Discrepancy, recount};
pub use results::ContestResult;

pub use crate::model::{
    ContestCounts, Pace, PointsResult, ProblemTiming, ProblemsResult, Progress,
};
