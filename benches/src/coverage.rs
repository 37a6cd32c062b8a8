//! How evenly contests cover the topics of a catalogue.

use std::time::Duration;

use contest_core::prelude::*;
use contest_core::select::{SequentialSeeds, Strategy};
use contest_core::time::ManualClock;

use crate::Outcome;

/// Contests of a user.
pub const CONTESTS: usize = 30;
/// Problems of a contest.
const PROBLEMS: u16 = 5;

/// How unevenly a user knows the topics of the bundled catalogue after each of [`CONTESTS`] contests of
/// five problems, all solved, that this strategy picked: the standard deviation, over the topics, of
/// the share of a topic that is solved, in percent points. The mean over `users`, each of whom has
/// other seeds.
///
/// # Errors
/// When a contest is refused, which 150 problems give no reason for.
pub async fn unevenness(strategy: &Strategy, users: u64) -> Outcome<Vec<f64>> {
    let mut sums = vec![0.0; CONTESTS];
    for user in 0..users {
        let run = one(strategy.clone(), user).await?;
        for (sum, value) in sums.iter_mut().zip(run) {
            *sum += value;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of users")]
    let users = users.max(1) as f64;
    Ok(sums.into_iter().map(|sum| sum / users).collect())
}

async fn one(strategy: Strategy, seed: u64) -> Outcome<Vec<f64>> {
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let clock = std::sync::Arc::new(ManualClock::new(Timestamp::from_micros(0)));
    let engine = Engine::builder(store)
        .clock(std::sync::Arc::clone(&clock))
        .seeds(SequentialSeeds::new(1_000 * seed))
        .build()
        .await?;
    let user: UserId = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let count = ProblemCount::new(PROBLEMS)?;
    let request = ContestRequest::new(count, ContestDuration::from_minutes(60)?);
    let request = request.with_strategy(strategy);
    let mut unevenness = Vec::with_capacity(CONTESTS);
    for _ in 0..CONTESTS {
        let contest = engine.create_contest(user, &request).await?;
        for entry in &contest.problems {
            engine
                .mark_solved(user, contest.id, entry.problem.id)
                .await?;
        }
        engine.complete_contest(user, contest.id).await?;
        clock.advance(Duration::from_hours(24));
        let progress = engine.progress(user).await?;
        unevenness.push(deviation(progress.by_topic.values()));
    }
    Ok(unevenness)
}

/// The standard deviation of what is solved, in percent points.
#[expect(clippy::cast_precision_loss, reason = "a catalogue of 150")]
fn deviation<'t>(topics: impl Iterator<Item = &'t Tally>) -> f64 {
    let shares: Vec<_> = topics
        .map(|tally| 100.0 * tally.solved as f64 / tally.total.max(1) as f64)
        .collect();
    let number = shares.len().max(1) as f64;
    let mean = shares.iter().sum::<f64>() / number;
    let squares = shares.iter().map(|share| (share - mean).powi(2));
    (squares.sum::<f64>() / number).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both end at zero, when all 150 problems are solved.
    #[tokio::test]
    async fn topic_balanced_contests_cover_topics_more_evenly() {
        let uniform = unevenness(&Strategy::Uniform, 8).await.unwrap();
        let balanced = unevenness(&Strategy::TopicBalanced, 8).await.unwrap();
        let mean = |values: &[f64]| values.iter().sum::<f64>();
        let ratio = mean(&balanced) / mean(&uniform);
        assert!(ratio < 0.5, "{ratio}: {balanced:?} of {uniform:?}");
    }
}
