//! Statistics of a user: pure functions of the stored data and the time.

mod activity;
mod contest;
mod count;
mod pace;
mod recount;
mod results;
mod score;
mod timing;

pub use activity::{
    Activity, ActivityWindow, ActivityWindowError, DailyActivity, StreakCounter, Streaks,
};
pub use contest::{Contest, ContestProblem};
pub use count::{ContestCounts, Progress, Tally, progress};
pub use pace::{Pace, SolveTimes, pace};
pub use recount::{Discrepancy, recount};
pub use results::{ContestResult, PointsResult, ProblemsResult};
pub use score::{ContestScore, RankedRow, RowBytesError, Standing, StandingRows};
pub use timing::ProblemTiming;
