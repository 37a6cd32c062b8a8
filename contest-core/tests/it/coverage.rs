//! How evenly contests cover the topics of a catalogue.

use contest_core::prelude::*;
use contest_core::select::{SequentialSeeds, Strategy};

use crate::support::{ALICE, request};

/// The spread of a user's topics in the bundled catalogue after each of `contests` contests of five
/// problems, all solved, that this strategy picked: the standard deviation, over the topics, of the
/// solved share, in percent points. The mean over `users`, each with other seeds.
async fn unevenness(strategy: &Strategy, contests: usize, users: u32) -> Vec<f64> {
    let mut means = vec![0.0; contests];
    for seed in 0..users {
        let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
        let seeds = SequentialSeeds::new(1_000 * u64::from(seed));
        let engine = Engine::builder(store).seeds(seeds).build().await.unwrap();
        let request = request(5).with_strategy(strategy.clone());
        for mean in &mut means {
            let contest = engine
                .create_contest(ALICE, &request)
                .await
                .unwrap()
                .contest;
            for entry in &contest.problems {
                let marked = engine.mark_solved(ALICE, contest.id, entry.problem.id);
                marked.await.unwrap();
            }
            engine.complete_contest(ALICE, contest.id).await.unwrap();
            let progress = engine.progress(ALICE).await.unwrap();
            *mean += deviation(progress.by_topic.values()) / f64::from(users);
        }
    }
    means
}

/// The standard deviation of the solved shares, in percent points.
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

/// Both end at zero, when all 150 problems are solved.
#[tokio::test]
async fn topic_balanced_contests_cover_topics_more_evenly() {
    let uniform = unevenness(&Strategy::Uniform, 30, 8).await;
    let balanced = unevenness(&Strategy::TopicBalanced, 30, 8).await;
    let ratio = balanced.iter().sum::<f64>() / uniform.iter().sum::<f64>();
    assert!(ratio < 0.5, "{ratio}: {balanced:?} of {uniform:?}");
}
