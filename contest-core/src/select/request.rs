//! The request for a selection.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use crate::catalogue::Catalogue;
use crate::id::ProblemId;
use crate::model::{RangeError, Topic};
use crate::select::{Eligibility, Mix, Part, ProblemCount, Seed, Slot, SolvedRule, Strategy};

/// What to do if fewer problems match than requested. No match at all is always an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ShortagePolicy {
    /// Select those that match, and say how many are missing.
    #[default]
    BestEffort,
    /// Fail, and say how many match.
    Strict,
}

/// The request for a selection: how many problems, and of which difficulties and topics.
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
    // Left out if they have the default, so that a plain request is stored short.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    eligibility: Eligibility,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    excluded_topics: BTreeSet<Topic>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    topic_cap: Option<NonZeroU16>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    strategy: Strategy,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    parts: Vec<Part>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    slots: Vec<Slot>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_default"))]
    problems: Vec<ProblemId>,
}

/// Members of a request that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The counts of the parts do not sum to the count of the request.
    #[error("the parts ask for {parts} problem(s) in total, and the request for {count}")]
    PartsDoNotSum {
        /// How many problems the parts ask for in total.
        parts: u32,
        /// How many problems the request asks for.
        count: u16,
    },
    /// The numbers of slots and problems differ.
    #[error("the request has {slots} slot(s) for {count} problem(s): give one slot per problem")]
    SlotsDoNotMatch {
        /// The number of slots.
        slots: usize,
        /// The number of problems.
        count: u16,
    },
    /// A request with slots also has parts.
    #[error("a request has parts or slots, not both")]
    PartsWithSlots,
    /// A request with parts or slots also has a strategy.
    #[error("the strategy {strategy} cannot be combined with parts or slots: set it on a part")]
    StrategyWithPlan {
        /// The [kind](Strategy::kind) of the strategy.
        strategy: &'static str,
    },
    /// The number of named problems is out of range.
    #[error(transparent)]
    ProblemCount(#[from] RangeError),
    /// A problem is named more than once.
    #[error("{} problem(s) named more than once", problems.len())]
    RepeatedProblems {
        /// Each repeated problem once, in the order given.
        problems: Vec<ProblemId>,
    },
    /// A request that names its problems also says how to select them.
    #[error("the request names its problems: leave out the {}", in_words(member))]
    ChoiceAmongNamed {
        /// The name of the extra member, such as `mix`.
        member: &'static str,
    },
    /// A request with slots also has a cap per topic.
    #[error("a cap per topic cannot be combined with slots: give the slots different topics")]
    TopicCapWithSlots,
}

/// The name of a member, for people.
fn in_words(member: &str) -> String {
    match member {
        "excluded" => "excluded problems".to_owned(),
        member => member.replace('_', " "),
    }
}

#[cfg(feature = "serde")]
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl SelectionRequest {
    /// This many problems in the default [`Mix`], of any topic, with the engine's next seed.
    pub fn new(count: ProblemCount) -> Self {
        Self {
            count,
            mix: Mix::default(),
            topics: BTreeSet::new(),
            excluded: BTreeSet::new(),
            shortage_policy: ShortagePolicy::default(),
            seed: None,
            eligibility: Eligibility::default(),
            excluded_topics: BTreeSet::new(),
            topic_cap: None,
            strategy: Strategy::default(),
            parts: Vec::new(),
            slots: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// These problems, in this order, whether the user has solved them or not.
    ///
    /// Marking a named problem that is solved already records a repeated solve. To leave out problems,
    /// give the request rules ([`with_eligibility`](Self::with_eligibility)); the [shortage
    /// policy](Self::with_shortage_policy) then says whether the remaining problems suffice. Nothing is
    /// drawn, so named problems cannot be combined with a mix, topics, a strategy, parts or slots.
    ///
    /// ```
    /// use contest_core::prelude::*;
    ///
    /// let catalogue = Catalogue::neetcode150();
    /// let slugs = ["two-sum", "valid-anagram"].map(|slug| slug.parse::<Slug>());
    /// let known = slugs.iter().flatten().filter_map(|slug| catalogue.by_slug(slug));
    /// let request = SelectionRequest::with_problems(known.map(|problem| problem.id))?;
    /// assert_eq!(request.count().get(), 2);
    ///
    /// let mixed = request.with_mix(Mix::new(1, 0, 0)?);
    /// assert!(mixed.check().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError::ProblemCount`] outside 1 to 1,000 problems, [`RequestError::RepeatedProblems`].
    /// A selection fails if a problem is unknown or retired.
    pub fn with_problems(
        problems: impl IntoIterator<Item = ProblemId>,
    ) -> Result<Self, RequestError> {
        let problems: Vec<_> = problems.into_iter().collect();
        let count = u16::try_from(problems.len()).unwrap_or(u16::MAX);
        let all = Eligibility::default().with_solved(SolvedRule::Allow);
        let request = Self {
            problems,
            ..Self::new(ProblemCount::new(count)?).with_eligibility(all)
        };
        request.check()?;
        Ok(request)
    }

    /// Sets the mix of difficulties.
    #[must_use]
    pub fn with_mix(mut self, mix: Mix) -> Self {
        self.mix = mix;
        self
    }

    /// Selects only problems with at least one of these topics; any topic if empty.
    #[must_use]
    pub fn with_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.topics = topics.into_iter().collect();
        self
    }

    /// Excludes these problems, solved or not. Ids absent from the catalogue have no effect, and are not
    /// stored with a contest.
    #[must_use]
    pub fn with_excluded(mut self, problems: impl IntoIterator<Item = ProblemId>) -> Self {
        self.excluded = problems.into_iter().collect();
        self
    }

    /// Sets the policy for a shortage.
    #[must_use]
    pub fn with_shortage_policy(mut self, policy: ShortagePolicy) -> Self {
        self.shortage_policy = policy;
        self
    }

    /// Sets the seed, for a selection that can be predicted or repeated.
    #[must_use]
    pub fn with_seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the rules on the history of the user and of others. By default, solved problems are
    /// excluded.
    #[must_use]
    pub fn with_eligibility(mut self, eligibility: Eligibility) -> Self {
        self.eligibility = eligibility;
        self
    }

    /// Excludes problems that have any of these topics. Topics absent from the catalogue have no
    /// effect.
    #[must_use]
    pub fn with_excluded_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.excluded_topics = topics.into_iter().collect();
        self
    }

    /// Caps the problems of any one topic; a problem counts in each of its topics.
    ///
    /// The cap applies to the whole contest. A candidate that would exceed it is passed over. If
    /// problems have several topics, another choice might have fitted more of them.
    #[must_use]
    pub fn with_topic_cap(mut self, most: NonZeroU16) -> Self {
        self.topic_cap = Some(most);
        self
    }

    /// Sets the strategy. Default: [`Strategy::Uniform`].
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Divides the selection into parts, each with its own strategy.
    ///
    /// Parts with few usable problems are filled first: reviews, then bands of ratings, then custom
    /// strategies, then the others; equals in the order given. If a part finds too few, the next part
    /// in this order is asked for the rest. The result is ordered easy to hard, and within a difficulty
    /// by part.
    ///
    /// # Errors
    /// [`RequestError::PartsDoNotSum`] unless their counts sum to the count of the request;
    /// [`RequestError::ChoiceAmongNamed`] for a request that names its problems.
    pub fn with_parts(mut self, parts: Vec<Part>) -> Result<Self, RequestError> {
        self.check_unnamed("parts")?;
        check_parts(&parts, self.count)?;
        self.parts = parts;
        Ok(self)
    }

    /// Sets a list of slots, one for each problem, in this order. The mix of difficulties does not
    /// apply then.
    ///
    /// # Errors
    /// [`RequestError::SlotsDoNotMatch`] unless there is one per problem;
    /// [`RequestError::ChoiceAmongNamed`] for a request that names its problems.
    pub fn with_slots(mut self, slots: Vec<Slot>) -> Result<Self, RequestError> {
        self.check_unnamed("slots")?;
        check_slots(&slots, self.count)?;
        self.slots = slots;
        Ok(self)
    }

    /// Checks the request for contradictions. A selection does this first.
    ///
    /// # Errors
    /// [`RequestError`] with the contradiction.
    pub fn check(&self) -> Result<(), RequestError> {
        let planned = !self.parts.is_empty() || !self.slots.is_empty();
        if planned && self.strategy != Strategy::default() {
            let strategy = self.strategy.kind();
            return Err(RequestError::StrategyWithPlan { strategy });
        }
        if !self.parts.is_empty() {
            check_parts(&self.parts, self.count)?;
        }
        if !self.slots.is_empty() {
            check_slots(&self.slots, self.count)?;
            if !self.parts.is_empty() {
                return Err(RequestError::PartsWithSlots);
            }
            if self.topic_cap.is_some() {
                return Err(RequestError::TopicCapWithSlots);
            }
        }
        self.check_problems()
    }

    fn check_unnamed(&self, member: &'static str) -> Result<(), RequestError> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(RequestError::ChoiceAmongNamed { member })
        }
    }

    /// Checks that named problems are distinct and not combined with other choices.
    fn check_problems(&self) -> Result<(), RequestError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let choices = [
            ("mix", self.mix != Mix::default()),
            ("topics", !self.topics.is_empty()),
            ("excluded", !self.excluded.is_empty()),
            ("excluded_topics", !self.excluded_topics.is_empty()),
            ("topic_cap", self.topic_cap.is_some()),
            ("strategy", self.strategy != Strategy::default()),
            ("parts", !self.parts.is_empty()),
            ("slots", !self.slots.is_empty()),
        ];
        if let Some((member, _)) = choices.into_iter().find(|(_, given)| *given) {
            self.check_unnamed(member)?;
        }
        let (mut seen, mut repeated) = (BTreeSet::new(), Vec::new());
        for problem in &self.problems {
            if !seen.insert(problem) && !repeated.contains(problem) {
                repeated.push(*problem);
            }
        }
        match repeated.as_slice() {
            [] => Ok(()),
            _ => Err(RequestError::RepeatedProblems { problems: repeated }),
        }
    }

    /// The request as stores keep it: without excluded problems and topics that the catalogue lacks. They
    /// have no effect, and a client could send any number of them.
    pub(crate) fn to_store(&self, catalogue: &Catalogue) -> Self {
        let known = self
            .excluded
            .iter()
            .filter(|id| catalogue.get(**id).is_some());
        let topics = self.excluded_topics.iter();
        let topics = topics.filter(|topic| catalogue.has_topic(topic));
        Self {
            excluded: known.copied().collect(),
            excluded_topics: topics.cloned().collect(),
            topics: self.topics.clone(),
            eligibility: self.eligibility.clone(),
            strategy: self.strategy.clone(),
            parts: self.parts.clone(),
            slots: self.slots.clone(),
            problems: self.problems.clone(),
            ..*self
        }
    }

    /// The number of problems.
    pub fn count(&self) -> ProblemCount {
        self.count
    }

    /// The named problems, in order; empty if the request names none.
    pub fn problems(&self) -> &[ProblemId] {
        &self.problems
    }

    /// The mix of difficulties.
    pub fn mix(&self) -> Mix {
        self.mix
    }

    /// The topics, of which a problem needs one; empty for any topic.
    pub fn topics(&self) -> &BTreeSet<Topic> {
        &self.topics
    }

    /// The same request with other ids of its problems.
    #[cfg(feature = "serde")]
    pub(crate) fn map_problems(mut self, new: &impl Fn(ProblemId) -> ProblemId) -> Self {
        self.excluded = self.excluded.into_iter().map(new).collect();
        self.problems = self.problems.into_iter().map(new).collect();
        self
    }

    /// The excluded problems.
    pub fn excluded(&self) -> &BTreeSet<ProblemId> {
        &self.excluded
    }

    /// The policy for a shortage.
    pub fn shortage_policy(&self) -> ShortagePolicy {
        self.shortage_policy
    }

    /// The seed, if the caller set one.
    pub fn seed(&self) -> Option<Seed> {
        self.seed
    }

    /// The rules on the history of the user and of others.
    pub fn eligibility(&self) -> &Eligibility {
        &self.eligibility
    }

    /// The excluded topics.
    pub fn excluded_topics(&self) -> &BTreeSet<Topic> {
        &self.excluded_topics
    }

    /// The most problems of any one topic, if there is a cap.
    pub fn topic_cap(&self) -> Option<NonZeroU16> {
        self.topic_cap
    }

    /// The strategy, for a request with neither parts nor slots.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// The parts; may be empty.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The slots; may be empty.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }
}

fn check_parts(parts: &[Part], count: ProblemCount) -> Result<(), RequestError> {
    let sum = parts.iter().map(|part| u32::from(part.count().get())).sum();
    if sum == u32::from(count.get()) {
        Ok(())
    } else {
        Err(RequestError::PartsDoNotSum {
            parts: sum,
            count: count.get(),
        })
    }
}

fn check_slots(slots: &[Slot], count: ProblemCount) -> Result<(), RequestError> {
    if slots.len() == usize::from(count.get()) {
        Ok(())
    } else {
        Err(RequestError::SlotsDoNotMatch {
            slots: slots.len(),
            count: count.get(),
        })
    }
}
