//! The request to create a contest.

use std::num::NonZeroU16;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::catalogue::Fingerprint;
use crate::id::ProblemId;
use crate::model::{IdempotencyKey, RangeError, Topic};
use crate::scoring::Scoring;
use crate::select::{
    Eligibility, Mix, Part, ProblemCount, RequestError, Seed, SelectionRequest, ShortagePolicy,
    Slot, Strategy,
};

/// The duration of a contest: 1 to 10,080 whole minutes (a week). An engine's limits narrow the range:
/// see [`Limits::duration`](crate::rules::Limits::duration).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u16", into = "u16"))]
pub struct ContestDuration(u16);

impl ContestDuration {
    /// The shortest duration.
    pub const MIN: Self = Self(1);
    /// The longest duration: a week.
    pub const MAX: Self = Self(10_080);

    /// Checks a number of minutes.
    ///
    /// # Errors
    /// [`RangeError`] outside 1 to 10,080.
    pub const fn from_minutes(minutes: u16) -> Result<Self, RangeError> {
        match Self::check(minutes as i64) {
            Ok(()) => Ok(Self(minutes)),
            Err(outside) => Err(outside),
        }
    }

    const fn check(minutes: i64) -> Result<(), RangeError> {
        const WHAT: &str = "duration in minutes";
        let allowed = Self::MIN.0 as i64..=Self::MAX.0 as i64;
        RangeError::check("duration_minutes", WHAT, minutes, allowed)
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
    type Error = RangeError;

    fn try_from(minutes: u16) -> Result<Self, Self::Error> {
        Self::from_minutes(minutes)
    }
}

/// Rounds up to whole minutes, so the result may be above the maximum.
impl TryFrom<Duration> for ContestDuration {
    type Error = RangeError;

    fn try_from(duration: Duration) -> Result<Self, Self::Error> {
        let minutes = i64::try_from(duration.as_nanos().div_ceil(60_000_000_000));
        let minutes = minutes.unwrap_or(i64::MAX);
        Self::check(minutes)?;
        // The conversion cannot fail: the range was checked above.
        Self::from_minutes(u16::try_from(minutes).unwrap_or(u16::MAX))
    }
}

impl From<ContestDuration> for Duration {
    fn from(duration: ContestDuration) -> Self {
        duration.as_duration()
    }
}

impl From<ContestDuration> for u16 {
    fn from(duration: ContestDuration) -> Self {
        duration.0
    }
}

/// A request to create a contest.
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
    scoring: Scoring,
    key: Option<IdempotencyKey>,
}

impl ContestRequest {
    /// A contest of this many problems, selected by default, and this duration.
    pub fn new(count: ProblemCount, duration: ContestDuration) -> Self {
        Self::with_selection(SelectionRequest::new(count), duration)
    }

    /// A contest of this selection and duration.
    pub fn with_selection(selection: SelectionRequest, duration: ContestDuration) -> Self {
        Self {
            selection,
            duration,
            scoring: Scoring::default(),
            key: None,
        }
    }

    /// A contest of these problems, in this order; see [`SelectionRequest::with_problems`].
    ///
    /// # Errors
    /// [`RequestError::ProblemCount`] or [`RequestError::RepeatedProblems`].
    pub fn with_problems(
        problems: impl IntoIterator<Item = ProblemId>,
        duration: ContestDuration,
    ) -> Result<Self, RequestError> {
        let selection = SelectionRequest::with_problems(problems)?;
        Ok(Self::with_selection(selection, duration))
    }

    /// Sets how attempts are scored. Default: [`Ticks`](crate::scoring::Method::Ticks). Lockout needs a round:
    /// alone, it scores as ticks do.
    #[must_use]
    pub fn with_scoring(mut self, scoring: impl Into<Scoring>) -> Self {
        self.scoring = scoring.into();
        self
    }

    /// Sets the mix of difficulties; see [`SelectionRequest::with_mix`].
    #[must_use]
    pub fn with_mix(mut self, mix: Mix) -> Self {
        self.selection = self.selection.with_mix(mix);
        self
    }

    /// Selects from these topics; see [`SelectionRequest::with_topics`].
    #[must_use]
    pub fn with_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.selection = self.selection.with_topics(topics);
        self
    }

    /// Excludes these problems; see [`SelectionRequest::with_excluded`].
    #[must_use]
    pub fn with_excluded(mut self, problems: impl IntoIterator<Item = ProblemId>) -> Self {
        self.selection = self.selection.with_excluded(problems);
        self
    }

    /// Sets the policy for a shortage; see [`SelectionRequest::with_shortage_policy`].
    #[must_use]
    pub fn with_shortage_policy(mut self, policy: ShortagePolicy) -> Self {
        self.selection = self.selection.with_shortage_policy(policy);
        self
    }

    /// Sets the seed; see [`SelectionRequest::with_seed`].
    #[must_use]
    pub fn with_seed(mut self, seed: Seed) -> Self {
        self.selection = self.selection.with_seed(seed);
        self
    }

    /// Sets the rules of eligibility; see [`SelectionRequest::with_eligibility`].
    #[must_use]
    pub fn with_eligibility(mut self, eligibility: Eligibility) -> Self {
        self.selection = self.selection.with_eligibility(eligibility);
        self
    }

    /// Excludes these topics; see [`SelectionRequest::with_excluded_topics`].
    #[must_use]
    pub fn with_excluded_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.selection = self.selection.with_excluded_topics(topics);
        self
    }

    /// Caps the problems per topic; see [`SelectionRequest::with_topic_cap`].
    #[must_use]
    pub fn with_topic_cap(mut self, most: NonZeroU16) -> Self {
        self.selection = self.selection.with_topic_cap(most);
        self
    }

    /// Sets the strategy; see [`SelectionRequest::with_strategy`].
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Self {
        self.selection = self.selection.with_strategy(strategy);
        self
    }

    /// Divides the selection into parts; see [`SelectionRequest::with_parts`].
    ///
    /// # Errors
    /// [`RequestError::PartsDoNotSum`].
    pub fn with_parts(mut self, parts: Vec<Part>) -> Result<Self, RequestError> {
        self.selection = self.selection.with_parts(parts)?;
        Ok(self)
    }

    /// Sets the slots; see [`SelectionRequest::with_slots`].
    ///
    /// # Errors
    /// [`RequestError::SlotsDoNotMatch`].
    pub fn with_slots(mut self, slots: Vec<Slot>) -> Result<Self, RequestError> {
        self.selection = self.selection.with_slots(slots)?;
        Ok(self)
    }

    /// Makes the request idempotent: repeated calls of the same user with this key create one contest.
    /// Without a key every call is a new request.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// How problems are selected.
    pub fn selection(&self) -> &SelectionRequest {
        &self.selection
    }

    /// The duration.
    pub fn duration(&self) -> ContestDuration {
        self.duration
    }

    /// How attempts are scored.
    pub fn scoring(&self) -> &Scoring {
        &self.scoring
    }

    /// The idempotency key, if there is one.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    /// Equal for equal requests, whatever their key. Stores keep it: change its version on any change.
    pub(crate) fn digest(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        hash.update(b"contest request v1");
        hash.update(self.duration.as_minutes().to_le_bytes());
        self.selection.digest_into(&mut hash);
        // Left out for ticks, so that digests from before there was scoring stay valid.
        if self.scoring != Scoring::default() {
            self.scoring.digest_into(&mut hash);
        }
        Fingerprint::from_bytes(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::UserId;
    use crate::model::Difficulty;
    use crate::select::{SolvedRule, StrategyName};

    fn five() -> ContestRequest {
        let hour = ContestDuration::from_minutes(60).unwrap();
        ContestRequest::new(ProblemCount::new(5).unwrap(), hour)
    }

    fn hex(request: &ContestRequest) -> String {
        request.digest().to_string()
    }

    /// Computed independently of this code. Stores keep digests as long as contests.
    #[test]
    fn the_digests_of_requests_from_before_there_were_rules_are_pinned() {
        assert_eq!(
            hex(&five()),
            "768e17b09f9dea3674018b6d4e288d10f4da31efcdf8c318103dbfe8fa7bdc3d"
        );
        let excluded = uuid::Uuid::from_u128(5).into();
        let selection = SelectionRequest::new(ProblemCount::new(7).unwrap())
            .with_mix(Mix::new(1, 2, 3).unwrap())
            .with_topics([Topic::new("Graphs").unwrap()])
            .with_excluded([excluded])
            .with_shortage_policy(ShortagePolicy::Strict)
            .with_seed(Seed(u64::MAX));
        let request = ContestRequest::with_selection(selection, five().duration());
        assert_eq!(
            hex(&request),
            "7d8509a73a2de3c91dca6e815d5106487de26eb3682fb45e6d4985c8cb817612"
        );
    }

    #[test]
    fn i5_requests_that_differ_in_anything_have_different_digests() {
        let one = ProblemCount::new(1).unwrap();
        let four = ProblemCount::new(4).unwrap();
        let topic = |name| Topic::new(name).unwrap();
        let name = |text| Strategy::Custom(StrategyName::new(text).unwrap());
        let rules = Eligibility::default;
        let day = Duration::from_hours(24);
        let within = |time| rules().with_solved(SolvedRule::ExcludeWithin(time));
        let member = |n| UserId::from_uuid(uuid::Uuid::from_u128(n));
        let cap = |n| five().with_topic_cap(NonZeroU16::new(n).unwrap());
        let slots = |slot: Slot| five().with_slots(vec![slot; 5]).unwrap();
        let parts = |parts: Vec<Part>| five().with_parts(parts).unwrap();
        let problem = |n: &u128| ProblemId::from_uuid(uuid::Uuid::from_u128(*n));
        let hour = five().duration();
        let named =
            |ids: &[u128]| ContestRequest::with_problems(ids.iter().map(problem), hour).unwrap();
        let easy = || Slot::of_difficulty(Difficulty::Easy..=Difficulty::Easy);
        let requests = [
            five(),
            five().with_topics([topic("a")]),
            five().with_excluded_topics([topic("a")]),
            five().with_excluded_topics([topic("a"), topic("b")]),
            five().with_eligibility(rules().with_solved(SolvedRule::Allow)),
            five().with_eligibility(within(day)),
            five().with_eligibility(within(day + Duration::from_nanos(1))),
            five().with_eligibility(rules().excluding_attempted()),
            five().with_eligibility(rules().with_group([member(1)])),
            five().with_eligibility(rules().with_group([member(2)])),
            cap(1),
            cap(2),
            five().with_strategy(Strategy::TopicBalanced),
            five().with_strategy(Strategy::LeastUsed),
            five().with_strategy(name("a")),
            five().with_strategy(name("b")),
            parts(vec![Part::new(one), Part::new(four)]),
            parts(vec![Part::new(four), Part::new(one)]),
            parts(vec![
                Part::new(four),
                Part::new(one).with_strategy(Strategy::LeastUsed),
            ]),
            slots(easy()),
            slots(Slot::of_difficulty(Difficulty::Easy..=Difficulty::Hard)),
            slots(easy().with_topics([topic("a")])),
            slots(easy().with_points(0)),
            slots(easy().with_points(1)),
            named(&[1, 2]),
            named(&[2, 1]),
            named(&[1]),
            named(&[1, 2]).with_eligibility(rules()),
        ];
        let digests: std::collections::HashSet<_> =
            requests.iter().map(ContestRequest::digest).collect();
        assert_eq!(digests.len(), requests.len());
    }
}
