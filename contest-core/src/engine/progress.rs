//! Use case: how far a user has come.

use std::collections::BTreeMap;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::fan_out::fan_out;
use crate::id::UserId;
use crate::model::{ContestCounts, PerDifficulty, Progress, Tally, Topic};

/// One independent part of a user's progress.
enum Part {
    ByDifficulty(PerDifficulty<u64>),
    ByTopic(BTreeMap<Topic, u64>),
    Contests(ContestCounts),
}

impl Engine {
    /// How far the user has come: solved of total by difficulty and topic, and contests by state.
    ///
    /// The parts are asked for side by side and fail together. Each is right on its own at the moment
    /// it is read; a solve that lands in between may show in one and not yet in another. Totals are
    /// those of the engine's snapshot of the catalogue.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn progress(&self, user: UserId) -> Result<Progress, Error> {
        self.observe(operation_span!("contest.progress", user = user), async {
            let now = self.inner.clock.now();
            let store = &self.inner.store;
            let parts: [BoxFuture<'_, Result<Part, _>>; 3] = [
                store
                    .solved_by_difficulty(user)
                    .map(|n| n.map(Part::ByDifficulty))
                    .boxed(),
                store
                    .solved_by_topic(user)
                    .map(|n| n.map(Part::ByTopic))
                    .boxed(),
                store
                    .count_contests(user, now)
                    .map(|n| n.map(Part::Contests))
                    .boxed(),
            ];
            let (mut by_difficulty, mut by_topic) = (PerDifficulty::default(), BTreeMap::new());
            let mut contests = ContestCounts::default();
            for part in fan_out(self.inner.concurrency, parts).await? {
                match part {
                    Part::ByDifficulty(solved) => by_difficulty = solved,
                    Part::ByTopic(solved) => by_topic = solved,
                    Part::Contests(counts) => contests = counts,
                }
            }
            let catalogue = self.catalogue();
            let totals = catalogue.totals();
            let tally = |solved, total| Tally { solved, total };
            Ok(Progress {
                by_difficulty: PerDifficulty::from_fn(|d| tally(by_difficulty[d], totals[d])),
                by_topic: catalogue
                    .topics()
                    .map(|(topic, total)| {
                        let solved = by_topic.get(topic).copied().unwrap_or_default();
                        let total = total.easy + total.medium + total.hard;
                        (topic.clone(), tally(solved, total))
                    })
                    .collect(),
                contests,
                as_of: now,
            })
        })
        .await
    }
}
