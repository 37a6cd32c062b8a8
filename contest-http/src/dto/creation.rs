//! A contest to create.

use std::borrow::Cow;
use std::num::NonZeroU16;

use contest_core::ProblemId;
use contest_core::model::{RangeError, Topic};
use contest_core::rules::{ContestDuration, ContestRequest, Limits};
use contest_core::select::{
    Mix, ProblemCount, RequestError, Seed, SelectionRequest, ShortagePolicy,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

use crate::details::ProblemDetails;
use crate::dto::rules::Rules;
use crate::dto::scoring::ScoringBody;
use crate::dto::slot::SlotBody;
use crate::dto::strategy::{PartBody, StrategyBody};
use crate::extract::{Object, invalid_body};
use crate::whole::Whole;

/// The most bytes of a body: an engine's default limit of 10,000 excluded problems fits, also indented.
pub(crate) const CONTEST_LIMIT: usize = 1024 * 1024;

/// A contest to create.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewContest))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContestBody {
    /// The number of problems. Give this or `problem_ids`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u16>, minimum = 1, maximum = 20, example = 5))]
    problem_count: Option<Whole>,
    /// These problems, in this order, solved or not. No others are selected, so only `duration_minutes`,
    /// `eligibility`, `strict` and `seed` may be given beside it. No rule leaves a problem out unless
    /// `eligibility` is given.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<uuid::Uuid>>, min_items = 1, max_items = 20))]
    problem_ids: Option<Vec<ProblemId>>,
    /// The duration.
    #[cfg_attr(feature = "openapi", schema(value_type = u16, minimum = 10, maximum = 300, example = 60))]
    duration_minutes: Whole,
    /// The shares of the difficulties; 30, 40 and 30 by default.
    #[serde(default, deserialize_with = "mix")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Weights>))]
    mix: Option<Mix>,
    /// Only problems with at least one of these topics.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    topics: Vec<Topic>,
    /// Leave out these problems.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<uuid::Uuid>))]
    excluded: Vec<ProblemId>,
    /// Whether to refuse if fewer problems are left than requested, instead of selecting fewer.
    #[serde(default)]
    strict: bool,
    /// A whole number of 64 bits, as text. The same seed selects the same problems from the same state.
    #[serde(default, deserialize_with = "seed")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$"))]
    seed: Option<Seed>,
    /// Rules about the user's history with a problem. By default solved problems are left out; with
    /// `problem_ids` none are.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Rules>))]
    eligibility: Option<Object<Rules>>,
    /// Leave out problems with any of these topics.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    excluded_topics: Vec<Topic>,
    /// The most problems of any one topic.
    #[serde(default, deserialize_with = "cap")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u16>, minimum = 1))]
    topic_cap: Option<NonZeroU16>,
    /// How problems are selected; `uniform` by default. Not beside `parts` or `slots`.
    #[serde(default)]
    strategy: Option<StrategyBody>,
    /// Parts, each with its own strategy; their counts sum to `problem_count`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<PartBody>))]
    parts: Vec<Object<PartBody>>,
    /// A slot for each problem, in this order; `problem_count` is their number. `mix` does not apply then,
    /// and `parts`, `strategy` and `topic_cap` must not be given.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<SlotBody>))]
    slots: Vec<Object<SlotBody>>,
    /// How attempts are scored; `ticks` by default.
    #[serde(default)]
    scoring: Option<ScoringBody>,
}

/// Weights; only their proportion matters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Mix))]
#[serde(deny_unknown_fields)]
struct Weights {
    #[serde(default, deserialize_with = "weight")]
    #[cfg_attr(feature = "openapi", schema(value_type = u64, maximum = 4_294_967_295u32, example = 30))]
    easy: u32,
    #[serde(default, deserialize_with = "weight")]
    #[cfg_attr(feature = "openapi", schema(value_type = u64, maximum = 4_294_967_295u32, example = 40))]
    medium: u32,
    #[serde(default, deserialize_with = "weight")]
    #[cfg_attr(feature = "openapi", schema(value_type = u64, maximum = 4_294_967_295u32, example = 30))]
    hard: u32,
}

fn weight<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let weight = Whole::deserialize(from)?;
    let weight = weight.fit_u32("weight", "weight of a difficulty");
    weight.map_err(D::Error::custom)
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
        .map_err(|_| D::Error::custom("the seed is not a whole number below 2^64, as text"))
}

/// Reads a topic cap. Zero is refused, because it would leave no problem.
fn cap<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NonZeroU16>, D::Error> {
    let Some(Whole(most)) = Option::deserialize(from)? else {
        return Ok(None);
    };
    let all = 1..=u16::MAX.into();
    RangeError::check("topic_cap", "number of problems of a topic", most, all)
        .map_err(D::Error::custom)?;
    Ok(u16::try_from(most).ok().and_then(NonZeroU16::new))
}

/// A number of problems. The error for a number out of range names the host's range.
pub(super) fn problem_count(count: Whole, limits: &Limits) -> Result<ProblemCount, RangeError> {
    let fitting = count.fit(0, ProblemCount::new);
    fitting.or_else(|_| limits.problem_count(count.0))
}

impl NewContestBody {
    /// The request for the engine of a host with these limits.
    ///
    /// # Errors
    /// A number that no host allows, or members that contradict each other; the error names the member.
    /// The engine checks the limits, because a repeated request under a key comes before them.
    pub(crate) fn request(mut self, limits: &Limits) -> Result<ContestRequest, ProblemDetails> {
        let Whole(minutes) = self.duration_minutes;
        let duration = self.duration_minutes.fit(0, ContestDuration::from_minutes);
        let duration = duration.or_else(|_| limits.duration(minutes))?;
        let scoring = self.scoring.take();
        let request = ContestRequest::with_selection(self.selection(limits)?, duration);
        Ok(match scoring {
            Some(ScoringBody(scoring)) => request.with_scoring(scoring),
            None => request,
        })
    }

    /// A selection of the problems it names, or of its number of problems.
    fn problems(&mut self, limits: &Limits) -> Result<SelectionRequest, ProblemDetails> {
        match (self.problem_count, self.problem_ids.take()) {
            (Some(count), None) => Ok(SelectionRequest::new(problem_count(count, limits)?)),
            (None, Some(problems)) => {
                let count = i64::try_from(problems.len()).unwrap_or(i64::MAX);
                problem_count(Whole(count), limits)
                    .map_err(|outside| ProblemDetails::from(outside).with_field("problem_ids"))?;
                Ok(SelectionRequest::with_problems(problems)?)
            }
            (Some(_), Some(_)) => Err(RequestError::ChoiceAmongNamed {
                member: "problem_count",
            }
            .into()),
            (None, None) => {
                let missing = invalid_body("give the number of problems, or name them");
                Err(missing.with_field("problem_count"))
            }
        }
    }

    fn selection(mut self, limits: &Limits) -> Result<SelectionRequest, ProblemDetails> {
        let mut selection = self
            .problems(limits)?
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
        let selection = planned(selection, self.parts, self.slots, limits)?;
        selection.check()?;
        Ok(selection)
    }
}

/// `selection` with the parts or the slots, if there are any.
fn planned(
    mut selection: SelectionRequest,
    parts: Vec<Object<PartBody>>,
    slots: Vec<Object<SlotBody>>,
    limits: &Limits,
) -> Result<SelectionRequest, ProblemDetails> {
    if !parts.is_empty() {
        let parts = parts.into_iter().enumerate();
        let parts = parts.map(|(n, Object(part))| part.part(n, limits));
        selection = selection.with_parts(parts.collect::<Result<_, _>>()?)?;
    }
    if !slots.is_empty() {
        let slots = slots.into_iter().enumerate();
        let slots = slots.map(|(n, Object(slot))| slot.slot(n));
        selection = selection.with_slots(slots.collect::<Result<_, _>>()?)?;
    }
    Ok(selection)
}
