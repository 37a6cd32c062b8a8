//! What is asked for when a contest is created.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::engine::{Error, LimitExceeded, Limits};
use crate::id::ProblemId;
use crate::model::{IdempotencyKey, Topic};
use crate::select::{Mix, ProblemCount, Seed, SelectionRequest, ShortagePolicy};

/// How long a contest runs: 1 to 10,080 whole minutes (a week). An engine's limits narrow this
/// further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u16", into = "u16"))]
pub struct ContestDuration(u16);

/// Minutes outside 1 to 10,080.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} is not a duration of a contest: expected 1 to 10080 minutes")]
#[non_exhaustive]
pub struct ContestDurationError {
    /// What was given.
    pub given: u16,
}

impl ContestDuration {
    /// Checks a number of minutes.
    ///
    /// # Errors
    /// [`ContestDurationError`] outside 1 to 10,080.
    pub const fn from_minutes(minutes: u16) -> Result<Self, ContestDurationError> {
        if minutes >= 1 && minutes <= 10_080 {
            Ok(Self(minutes))
        } else {
            Err(ContestDurationError { given: minutes })
        }
    }

    /// In minutes.
    pub const fn as_minutes(self) -> u16 {
        self.0
    }

    /// As a [`Duration`].
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0 as u64 * 60)
    }
}

impl TryFrom<u16> for ContestDuration {
    type Error = ContestDurationError;

    fn try_from(minutes: u16) -> Result<Self, Self::Error> {
        Self::from_minutes(minutes)
    }
}

impl From<ContestDuration> for u16 {
    fn from(duration: ContestDuration) -> Self {
        duration.0
    }
}

/// A contest to create.
///
/// ```
/// use contest_core::prelude::*;
///
/// let request = ContestRequest::new(ProblemCount::new(10)?, ContestDuration::from_minutes(90)?)
///     .with_mix(Mix::new(1, 1, 0)?)
///     .with_idempotency_key(IdempotencyKey::new("monday-1")?);
/// assert_eq!(request.duration().as_minutes(), 90);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContestRequest {
    selection: SelectionRequest,
    duration: ContestDuration,
    key: Option<IdempotencyKey>,
}

impl ContestRequest {
    /// A contest of that many problems, selected by default, for that long.
    pub fn new(count: ProblemCount, duration: ContestDuration) -> Self {
        Self::with_selection(SelectionRequest::new(count), duration)
    }

    /// A contest of the problems this selection gives, for that long.
    pub fn with_selection(selection: SelectionRequest, duration: ContestDuration) -> Self {
        Self {
            selection,
            duration,
            key: None,
        }
    }

    /// In this mix of difficulties; see [`SelectionRequest::with_mix`].
    #[must_use]
    pub fn with_mix(mut self, mix: Mix) -> Self {
        self.selection = self.selection.with_mix(mix);
        self
    }

    /// Of these topics; see [`SelectionRequest::with_topics`].
    #[must_use]
    pub fn with_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.selection = self.selection.with_topics(topics);
        self
    }

    /// Without these problems; see [`SelectionRequest::with_excluded`].
    #[must_use]
    pub fn with_excluded(mut self, problems: impl IntoIterator<Item = ProblemId>) -> Self {
        self.selection = self.selection.with_excluded(problems);
        self
    }

    /// With this policy for a shortage; see [`SelectionRequest::with_shortage_policy`].
    #[must_use]
    pub fn with_shortage_policy(mut self, policy: ShortagePolicy) -> Self {
        self.selection = self.selection.with_shortage_policy(policy);
        self
    }

    /// With this seed; see [`SelectionRequest::with_seed`].
    #[must_use]
    pub fn with_seed(mut self, seed: Seed) -> Self {
        self.selection = self.selection.with_seed(seed);
        self
    }

    /// Under this key: however often a request is made under it, by the same user, one contest is
    /// created. Without a key every call is a new attempt.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// How problems are selected.
    pub fn selection(&self) -> &SelectionRequest {
        &self.selection
    }

    /// How long the contest runs.
    pub fn duration(&self) -> ContestDuration {
        self.duration
    }

    /// The caller's key, if it chose one.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    /// Equal for equal requests, whatever their key. Kept by stores: version it on any change.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"contest request v1");
        hash.update(self.duration.as_minutes().to_le_bytes());
        self.selection.digest_into(&mut hash);
        hash.finalize().into()
    }
}

impl Limits {
    pub(super) fn check_selection(&self, request: &SelectionRequest) -> Result<(), Error> {
        let (min, max) = self.problems.clone().into_inner();
        let count = usize::from(request.count().get());
        LimitExceeded::check("problem_count", count, min.into()..=max.into())?;
        LimitExceeded::check("excluded", request.excluded().len(), 0..=self.excluded)?;
        Ok(())
    }

    pub(super) fn check_contest(&self, request: &ContestRequest) -> Result<(), Error> {
        self.check_selection(request.selection())?;
        let (min, max) = self.minutes.clone().into_inner();
        let minutes = usize::from(request.duration().as_minutes());
        LimitExceeded::check("duration_minutes", minutes, min.into()..=max.into())?;
        Ok(())
    }
}
