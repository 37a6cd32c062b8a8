//! A user's progress.

use std::collections::BTreeMap;

use contest_core::model::Topic;
use contest_core::progress::{ContestCounts, Progress, Tally};
use contest_core::time::Timestamp;
use serde::{Serialize, Serializer};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The user's progress.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Progress))]
pub struct ProgressView<'a> {
    #[cfg_attr(feature = "openapi", schema(example = 12))]
    total_solved: u64,
    #[cfg_attr(feature = "openapi", schema(example = 150))]
    total_problems: u64,
    easy_solved: u64,
    easy_total: u64,
    medium_solved: u64,
    medium_total: u64,
    hard_solved: u64,
    hard_total: u64,
    /// A problem with several topics counts in each of them.
    #[serde(serialize_with = "tallies")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, TallyView>))]
    topic_progress: &'a BTreeMap<Topic, Tally>,
    contest_stats: ContestStats,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    server_now: Timestamp,
}

fn tallies<S: Serializer>(topics: &BTreeMap<Topic, Tally>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(
        topics
            .iter()
            .map(|(topic, tally)| (topic, TallyView::from(*tally))),
    )
}

/// Number of solved problems, and of all problems.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Tally))]
struct TallyView {
    total: u64,
    solved: u64,
}

/// Numbers of the user's contests.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[expect(clippy::struct_field_names, reason = "the reference's names")]
struct ContestStats {
    total_contests: u64,
    active_contests: u64,
    completed_contests: u64,
    abandoned_contests: u64,
    expired_contests: u64,
}

impl From<Tally> for TallyView {
    fn from(tally: Tally) -> Self {
        Self {
            total: tally.total,
            solved: tally.solved,
        }
    }
}

impl From<ContestCounts> for ContestStats {
    fn from(counts: ContestCounts) -> Self {
        Self {
            total_contests: counts.total(),
            active_contests: counts.active,
            completed_contests: counts.completed,
            abandoned_contests: counts.abandoned,
            expired_contests: counts.expired,
        }
    }
}

impl<'a> From<&'a Progress> for ProgressView<'a> {
    fn from(progress: &'a Progress) -> Self {
        let by = &progress.by_difficulty;
        let overall = progress.overall();
        Self {
            total_solved: overall.solved,
            total_problems: overall.total,
            easy_solved: by.easy.solved,
            easy_total: by.easy.total,
            medium_solved: by.medium.solved,
            medium_total: by.medium.total,
            hard_solved: by.hard.solved,
            hard_total: by.hard.total,
            topic_progress: &progress.by_topic,
            contest_stats: progress.contests.into(),
            server_now: progress.as_of,
        }
    }
}
