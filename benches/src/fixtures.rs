//! What several benchmarks measure on.

use contest_core::catalogue::Catalogue;
use contest_core::model::{Difficulty, Problem, Topic};

use crate::Outcome;

/// A catalogue of that many problems, a third of each difficulty.
///
/// # Errors
/// None; the type says what the constructors say.
pub fn catalogue(size: u32) -> Outcome<Catalogue> {
    build(size, |_| Ok(Vec::new()))
}

/// The same with a topic for each problem, of as many topics as the bundled catalogue has.
///
/// # Errors
/// None; the type says what the constructors say.
pub fn catalogue_with_topics(size: u32) -> Outcome<Catalogue> {
    build(size, |n| Ok(vec![Topic::new(format!("Topic {}", n % 18))?]))
}

fn build(size: u32, topics: impl Fn(u32) -> Outcome<Vec<Topic>>) -> Outcome<Catalogue> {
    let problem = |(n, difficulty)| -> Outcome<Problem> {
        let problem = Problem::new(format!("problem-{n}"), "Problem", difficulty)?;
        Ok(problem.with_topics(topics(n)?))
    };
    let difficulties = Difficulty::ALL.into_iter().cycle();
    let problems: Outcome<Vec<_>> = (0..size).zip(difficulties).map(problem).collect();
    Ok(Catalogue::new(problems?)?)
}
