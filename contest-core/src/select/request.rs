//! What is asked of a selection.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use crate::id::ProblemId;
use crate::model::{RangeError, Topic};
use crate::select::{Eligibility, Mix, Part, ProblemCount, Seed, Slot, SolvedRule, Strategy};

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
    // What databases hold from before these fields lacks them, and a request that does not use them
    // is written as it always was.
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

/// Demands of a request that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The counts of the parts do not sum to the count of the request.
    #[error("the parts ask for {parts} problem(s) together and the request for {count}")]
    PartsDoNotSum {
        /// What the parts ask for together.
        parts: u32,
        /// What the request asks for.
        count: u16,
    },
    /// There are not as many slots as problems.
    #[error("there are {slots} slot(s) for {count} problem(s): one for each is needed")]
    SlotsDoNotMatch {
        /// How many slots there are.
        slots: usize,
        /// What the request asks for.
        count: u16,
    },
    /// A request with slots also has parts.
    #[error("a request has parts or slots, not both")]
    PartsWithSlots,
    /// A request with parts or slots also has a strategy of its own.
    #[error("the strategy {strategy} has no place beside parts or slots: give it to a part")]
    StrategyWithPlan {
        /// Its [kind](Strategy::kind).
        strategy: &'static str,
    },
    /// The number of named problems is none that a contest may have.
    #[error(transparent)]
    ProblemCount(#[from] RangeError),
    /// Problems are named more than once.
    #[error("{} problem(s) named more than once", problems.len())]
    RepeatedProblems {
        /// Each of them once, in the order they were given.
        problems: Vec<ProblemId>,
    },
    /// A request that names its problems also says how to choose them.
    #[error("the problems are named: leave out the {}", member.replace('_', " "))]
    ChoiceAmongNamed {
        /// The name of the demand, such as `mix`.
        member: &'static str,
    },
    /// A request with slots also has a cap per topic.
    #[error("a cap per topic does not go with slots: give the slots different topics")]
    TopicCapWithSlots,
}

#[cfg(feature = "serde")]
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
            eligibility: Eligibility::default(),
            excluded_topics: BTreeSet::new(),
            topic_cap: None,
            strategy: Strategy::default(),
            parts: Vec::new(),
            slots: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// These problems, in this order, whatever the user has solved.
    ///
    /// A named problem that is solved already is a repeat: marking it counts as solving it again. Give
    /// the request rules ([`with_eligibility`](Self::with_eligibility)) to leave out what they keep out;
    /// the [policy for a shortage](Self::with_shortage_policy) then says whether a part of the list will
    /// do. Nothing is drawn, so there is no mix, topic, strategy or other choice beside named problems.
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
    /// A selection refuses problems that are unknown or retired.
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

    /// With these rules about what the user and others have done. Default: without what the user
    /// has solved.
    #[must_use]
    pub fn with_eligibility(mut self, eligibility: Eligibility) -> Self {
        self.eligibility = eligibility;
        self
    }

    /// Without problems that have any of these topics. Topics that are in no catalogue exclude
    /// nothing.
    #[must_use]
    pub fn with_excluded_topics(mut self, topics: impl IntoIterator<Item = Topic>) -> Self {
        self.excluded_topics = topics.into_iter().collect();
        self
    }

    /// With at most this many problems of any one topic; a problem counts in each topic it has.
    ///
    /// The cap holds for the whole contest. Problems are passed over once they would break it, in
    /// the order they are looked at; where problems have several topics, another choice might have
    /// fitted more of them.
    #[must_use]
    pub fn with_topic_cap(mut self, most: NonZeroU16) -> Self {
        self.topic_cap = Some(most);
        self
    }

    /// Picked by this strategy. Default: [`Strategy::Uniform`].
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// In parts, each picked by a strategy of its own.
    ///
    /// Parts that can use few problems choose first: reviews, then bands of ratings, then strategies
    /// of the host's own, then the others, and in the order given among equals. What one does not
    /// find, the next in this order is asked for. The result is ordered easy to hard, inside a
    /// difficulty by part.
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

    /// As a list of slots, one for each problem, in this order. The mix of difficulties does not
    /// apply then.
    ///
    /// # Errors
    /// [`RequestError::SlotsDoNotMatch`] unless there are as many as problems;
    /// [`RequestError::ChoiceAmongNamed`] for a request that names its problems.
    pub fn with_slots(mut self, slots: Vec<Slot>) -> Result<Self, RequestError> {
        self.check_unnamed("slots")?;
        check_slots(&slots, self.count)?;
        self.slots = slots;
        Ok(self)
    }

    /// Whether everything asked for goes together. A selection checks it first.
    ///
    /// # Errors
    /// [`RequestError`] with what does not.
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

    /// Whether the problems it names, if it does, are different ones, and nothing else chooses.
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

    /// How many problems.
    pub fn count(&self) -> ProblemCount {
        self.count
    }

    /// The problems it names, in order; empty for a request that leaves the choice open.
    pub fn problems(&self) -> &[ProblemId] {
        &self.problems
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

    /// The rules about what the user and others have done.
    pub fn eligibility(&self) -> &Eligibility {
        &self.eligibility
    }

    /// The topics left out.
    pub fn excluded_topics(&self) -> &BTreeSet<Topic> {
        &self.excluded_topics
    }

    /// The most problems of any one topic, if there is a cap.
    pub fn topic_cap(&self) -> Option<NonZeroU16> {
        self.topic_cap
    }

    /// How problems are picked, where there are neither parts nor slots.
    pub fn strategy(&self) -> &Strategy {
        &self.strategy
    }

    /// The parts; empty for a request without.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The slots; empty for a request without.
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
