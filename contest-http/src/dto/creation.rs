//! A contest to create.

use std::borrow::Cow;

use contest_core::ProblemId;
use contest_core::engine::{ContestDuration, ContestRequest};
use contest_core::model::Topic;
use contest_core::select::{Mix, ProblemCount, Seed, SelectionRequest, ShortagePolicy};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

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
}

/// Weights; only their proportion matters.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Mix)]
#[serde(deny_unknown_fields)]
struct Weights {
    #[serde(default)]
    #[schema(example = 30)]
    easy: u32,
    #[serde(default)]
    #[schema(example = 40)]
    medium: u32,
    #[serde(default)]
    #[schema(example = 30)]
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

impl From<NewContestBody> for ContestRequest {
    fn from(body: NewContestBody) -> Self {
        let mut selection = SelectionRequest::new(body.problem_count)
            .with_topics(body.topics)
            .with_excluded(body.excluded);
        if let Some(mix) = body.mix {
            selection = selection.with_mix(mix);
        }
        if body.strict {
            selection = selection.with_shortage_policy(ShortagePolicy::Strict);
        }
        if let Some(seed) = body.seed {
            selection = selection.with_seed(seed);
        }
        Self::with_selection(selection, body.duration_minutes)
    }
}
