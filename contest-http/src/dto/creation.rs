//! A contest to create.

use std::borrow::Cow;
use std::num::NonZeroU16;

use contest_core::ProblemId;
use contest_core::model::Topic;
use contest_core::rules::{ContestDuration, ContestRequest};
use contest_core::select::{Mix, ProblemCount, Seed, SelectionRequest, ShortagePolicy};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::details::ProblemDetails;
use crate::dto::rules::Rules;
use crate::dto::slot::SlotBody;
use crate::dto::strategy::{PartBody, StrategyBody};
use crate::extract::Object;

/// A contest to create.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewContest)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContestBody {
    /// How many problems.
    #[schema(value_type = u16, minimum = 1, maximum = 20, example = 5)]
    problem_count: ProblemCount,
    /// How long it runs.
    #[schema(value_type = u16, minimum = 10, maximum = 300, example = 60)]
    duration_minutes: ContestDuration,
    /// How the problems are shared among the difficulties. 30, 40 and 30 unless given.
    #[serde(default, deserialize_with = "mix")]
    #[schema(value_type = Option<Weights>)]
    mix: Option<Mix>,
    /// Only problems with at least one of these topics.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    topics: Vec<Topic>,
    /// Without these problems.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    excluded: Vec<ProblemId>,
    /// Whether to refuse when fewer problems are left than were asked for, instead of giving what
    /// there is.
    #[serde(default)]
    strict: bool,
    /// A whole number of 64 bits, as text: picks the same problems from the same state.
    #[serde(default, deserialize_with = "seed")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    seed: Option<Seed>,
    /// Rules about what the user has done with a problem. Without solved problems, unless given.
    #[serde(default)]
    #[schema(value_type = Option<Rules>)]
    eligibility: Option<Object<Rules>>,
    /// Without problems that have any of these topics.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    excluded_topics: Vec<Topic>,
    /// The most problems of any one topic.
    #[serde(default, deserialize_with = "cap")]
    #[schema(value_type = Option<u16>, minimum = 1)]
    topic_cap: Option<NonZeroU16>,
    /// How problems are picked; `uniform` unless given. Not beside `parts` or `slots`.
    #[serde(default)]
    strategy: Option<StrategyBody>,
    /// The problems in parts, each picked in its own way; their counts sum to `problem_count`.
    #[serde(default)]
    #[schema(value_type = Vec<PartBody>)]
    parts: Vec<Object<PartBody>>,
    /// The problems one by one, in this order, as many as `problem_count` says. The mix does not
    /// apply then, and neither `parts` nor `topic_cap` go with it.
    #[serde(default)]
    #[schema(value_type = Vec<SlotBody>)]
    slots: Vec<Object<SlotBody>>,
}

/// Weights; only their proportion matters.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Mix)]
#[serde(deny_unknown_fields)]
struct Weights {
    #[serde(default)]
    #[schema(value_type = u64, maximum = 4_294_967_295u32, example = 30)]
    easy: u32,
    #[serde(default)]
    #[schema(value_type = u64, maximum = 4_294_967_295u32, example = 40)]
    medium: u32,
    #[serde(default)]
    #[schema(value_type = u64, maximum = 4_294_967_295u32, example = 30)]
    hard: u32,
}

fn mix<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Mix>, D::Error> {
    let Some(Object(weights)) = Option::<Object<Weights>>::deserialize(from)? else {
        return Ok(None);
    };
    Mix::new(weights.easy, weights.medium, weights.hard)
        .map(Some)
        .map_err(D::Error::custom)
}

fn seed<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Seed>, D::Error> {
    let Some(text) = Option::<Cow<'_, str>>::deserialize(from)? else {
        return Ok(None);
    };
    text.parse()
        .map(|seed| Some(Seed(seed)))
        .map_err(|_| D::Error::custom("expected a whole number below 2^64, as text"))
}

/// A topic cap of zero would leave nothing.
fn cap<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NonZeroU16>, D::Error> {
    let Some(most) = Option::<u16>::deserialize(from)? else {
        return Ok(None);
    };
    match NonZeroU16::new(most) {
        Some(most) => Ok(Some(most)),
        None => Err(D::Error::custom("expected at least 1")),
    }
}

impl NewContestBody {
    /// What is asked for but for `duration_minutes`.
    ///
    /// # Errors
    /// What does not go together, naming the member.
    fn selection(self) -> Result<SelectionRequest, ProblemDetails> {
        let mut selection = SelectionRequest::new(self.problem_count)
            .with_topics(self.topics)
            .with_excluded(self.excluded)
            .with_excluded_topics(self.excluded_topics);
        if let Some(mix) = self.mix {
            selection = selection.with_mix(mix);
        }
        if self.strict {
            selection = selection.with_shortage_policy(ShortagePolicy::Strict);
        }
        if let Some(seed) = self.seed {
            selection = selection.with_seed(seed);
        }
        if let Some(Object(rules)) = self.eligibility {
            selection = selection.with_eligibility(rules.into());
        }
        if let Some(most) = self.topic_cap {
            selection = selection.with_topic_cap(most);
        }
        if let Some(strategy) = self.strategy {
            selection = selection.with_strategy(strategy.into());
        }
        if !self.parts.is_empty() {
            let parts = self.parts.into_iter().map(|Object(part)| part.into());
            selection = selection.with_parts(parts.collect())?;
        }
        if !self.slots.is_empty() {
            let slots = self.slots.into_iter().enumerate();
            let slots: Result<_, _> = slots.map(|(n, Object(slot))| slot.slot(n)).collect();
            selection = selection.with_slots(slots?)?;
        }
        selection.check()?;
        Ok(selection)
    }
}

impl TryFrom<NewContestBody> for ContestRequest {
    type Error = ProblemDetails;

    fn try_from(body: NewContestBody) -> Result<Self, ProblemDetails> {
        let duration = body.duration_minutes;
        Ok(Self::with_selection(body.selection()?, duration))
    }
}
