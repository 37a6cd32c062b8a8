//! What is asked of a selection.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::id::ProblemId;
use crate::model::Topic;
use crate::select::{Mix, Seed};

/// How many problems: 1 to 1,000. An engine's limits narrow this further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u16", into = "u16"))]
pub struct ProblemCount(u16);

/// A count outside 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} is not a count of problems: expected 1 to {}", ProblemCount::MAX.get())]
#[non_exhaustive]
pub struct ProblemCountError {
    /// What was given.
    pub given: u16,
}

impl ProblemCount {
    /// The smallest count.
    pub const MIN: Self = Self(1);
    /// The greatest count.
    pub const MAX: Self = Self(1_000);

    /// Checks a count.
    ///
    /// # Errors
    /// [`ProblemCountError`] outside 1 to 1,000.
    pub const fn new(count: u16) -> Result<Self, ProblemCountError> {
        if count >= Self::MIN.0 && count <= Self::MAX.0 {
            Ok(Self(count))
        } else {
            Err(ProblemCountError { given: count })
        }
    }

    /// The count.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for ProblemCount {
    type Error = ProblemCountError;

    fn try_from(count: u16) -> Result<Self, ProblemCountError> {
        Self::new(count)
    }
}

impl From<ProblemCount> for u16 {
    fn from(count: ProblemCount) -> Self {
        count.0
    }
}

/// What to do when fewer problems are eligible than were asked for. None at all is always an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ShortagePolicy {
    /// Select what there is, and say how many are missing.
    #[default]
    BestEffort,
    /// Fail, and say how many there are.
    Strict,
}

/// What is asked of a selection: how many, of which difficulties and topics, without which.
///
/// ```
/// use contest_core::model::Topic;
/// use contest_core::select::{Mix, ProblemCount, SelectionRequest, ShortagePolicy};
///
/// let request = SelectionRequest::new(ProblemCount::new(8)?)
///     .with_mix(Mix::new(1, 2, 1)?)
///     .with_topics([Topic::new("Graphs")?, Topic::new("Trees")?])
///     .with_shortage_policy(ShortagePolicy::Strict);
/// assert_eq!(request.count().get(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SelectionRequest {
    count: ProblemCount,
    mix: Mix,
    topics: BTreeSet<Topic>,
    excluded: BTreeSet<ProblemId>,
    shortage_policy: ShortagePolicy,
    seed: Option<Seed>,
}

impl SelectionRequest {
    /// That many problems in the default [`Mix`], of any topic, with the engine's next seed.
    pub fn new(count: ProblemCount) -> Self {
        Self {
            count,
            mix: Mix::default(),
            topics: BTreeSet::new(),
            excluded: BTreeSet::new(),
            shortage_policy: ShortagePolicy::default(),
            seed: None,
        }
    }

    /// In this mix of difficulties.
    #[must_use]
    pub fn with_mix(mut self, mix: Mix) -> Self {
        self.mix = mix;
        self
    }

    /// Only problems with at least one of these topics; any topic when empty.
    #[must_use]
    pub fn with_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.topics = topics.into_iter().collect();
        self
    }

    /// Without these problems, solved or not. Ids that are in no catalogue exclude nothing.
    #[must_use]
    pub fn with_excluded(mut self, problems: impl IntoIterator<Item = ProblemId>) -> Self {
        self.excluded = problems.into_iter().collect();
        self
    }

    /// With this policy for a shortage.
    #[must_use]
    pub fn with_shortage_policy(mut self, policy: ShortagePolicy) -> Self {
        self.shortage_policy = policy;
        self
    }

    /// With a seed of the caller's choice, for a selection that can be predicted or repeated.
    #[must_use]
    pub fn with_seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How many problems.
    pub fn count(&self) -> ProblemCount {
        self.count
    }

    /// The mix of difficulties.
    pub fn mix(&self) -> Mix {
        self.mix
    }

    /// The topics, any of which will do; empty for any topic.
    pub fn topics(&self) -> &BTreeSet<Topic> {
        &self.topics
    }

    /// The problems left out.
    pub fn excluded(&self) -> &BTreeSet<ProblemId> {
        &self.excluded
    }

    /// What happens on a shortage.
    pub fn shortage_policy(&self) -> ShortagePolicy {
        self.shortage_policy
    }

    /// The caller's seed, if it chose one.
    pub fn seed(&self) -> Option<Seed> {
        self.seed
    }

    /// Feeds every field, unambiguously, to a digest that stores keep: never reorder.
    pub(crate) fn digest_into(&self, hash: &mut Sha256) {
        hash.update(self.count.get().to_le_bytes());
        for (_, weight) in self.mix.weights().iter() {
            hash.update(weight.to_le_bytes());
        }
        hash.update((self.topics.len() as u64).to_le_bytes());
        for topic in &self.topics {
            hash.update((topic.as_str().len() as u64).to_le_bytes());
            hash.update(topic.as_str());
        }
        hash.update((self.excluded.len() as u64).to_le_bytes());
        for problem in &self.excluded {
            hash.update(problem.as_uuid().as_bytes());
        }
        let strict = self.shortage_policy == ShortagePolicy::Strict;
        hash.update([u8::from(strict), u8::from(self.seed.is_some())]);
        hash.update(self.seed.map_or(0, |seed| seed.0).to_le_bytes());
    }
}
