//! Attempts at problems, and how they are scored: pure functions.
//!
//! A [`Scoring`] folds a participant's [attempts](Attempt) at a problem, in the order in which they were
//! made, into a [`ProblemScore`], sums these up to a [`TotalScore`], and ranks that by a [`RankKey`]. The
//! [standings](crate::standings) do this for all participants of a round.

mod attempt;
mod method;
mod points;
mod problem;
mod total;

pub use attempt::{Attempt, ParseVerdictError, Score, Verdict};
pub(crate) use attempt::{Judgement, Made};
pub use method::{
    Amount, AtCoder, CompileErrors, Falling, Icpc, Method, Scoring, ScoringVersion, TimeUnit,
};
pub use points::Points;
pub(crate) use problem::Fold;
pub use problem::ProblemScore;
pub use total::{RankKey, TotalScore};
