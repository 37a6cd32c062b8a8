//! What several benchmarks measure on.

use contest_core::catalogue::Catalogue;
use contest_core::model::{Difficulty, Problem, ProblemError};

use crate::Outcome;

/// A catalogue of that many problems, a third of each difficulty.
///
/// # Errors
/// None; the type says what the constructors say.
pub fn catalogue(size: u32) -> Outcome<Catalogue> {
    let problem = |(n, difficulty)| Problem::new(format!("problem-{n}"), "Problem", difficulty);
    let difficulties = Difficulty::ALL.into_iter().cycle();
    let problems: Result<Vec<_>, ProblemError> = (0..size).zip(difficulties).map(problem).collect();
    Ok(Catalogue::new(problems?)?)
}
