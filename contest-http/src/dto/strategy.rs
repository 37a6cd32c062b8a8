//! How problems are picked.

use std::borrow::Cow;

use contest_core::model::Rating;
use contest_core::select::{
    Part, ProblemCount, RatingBand, RatingBandError, ReviewOptions, ReviewOptionsError, Strategy,
    StrategyName,
};
use serde::Deserialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::extract::Object;

/// The strategies that every host has.
pub(super) fn kinds() -> Vec<&'static str> {
    let mut kinds = vec!["uniform", "topic_balanced", "least_used", "rating_band"];
    if cfg!(feature = "review") {
        kinds.push("review");
    }
    kinds
}

/// How problems are picked among the eligible ones.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Strategy)]
#[serde(rename_all = "snake_case")]
pub(super) enum StrategyBody {
    /// Each problem of a difficulty is equally likely.
    Uniform,
    /// Spread over topics, the ones the user knows least first.
    TopicBalanced,
    /// Least-seen problems first.
    LeastUsed,
    /// Problems that the user solves with a given probability, by their rating and the user's. The mix
    /// does not apply.
    RatingBand(Band),
    /// Solved problems that are due to be repeated, those most likely forgotten first. The mix does not
    /// apply, nor do rules about what is solved or attempted.
    Review,
    /// The same, due once the probability of recall has fallen below this percentage instead of 90.
    ReviewBelowPercent(Percent),
    /// A strategy of the host's own, by its name.
    Custom(Name),
}

/// 1 to 100 visible ASCII characters.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = StrategyName, value_type = String, min_length = 1, max_length = 100, pattern = "^[!-~]+$")]
#[serde(transparent)]
pub(super) struct Name(StrategyName);

/// The user's rating, and a range of probabilities of solving in percent.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RatingBand)]
#[serde(deny_unknown_fields)]
struct BandBody {
    /// The user's rating, on the scale of the problems': when the two are equal, the probability is
    /// 50 %; 400 points make it ten to one.
    #[schema(value_type = u16, maximum = 10_000, example = 1_500)]
    user_rating: Rating,
    /// The least probability of solving, in percent.
    #[serde(default = "half")]
    #[schema(minimum = 1, maximum = 99, default = 50)]
    least_percent: u8,
    /// The greatest probability of solving, in percent.
    #[serde(default = "most")]
    #[schema(minimum = 1, maximum = 99, default = 80)]
    most_percent: u8,
}

const fn half() -> u8 {
    50
}

const fn most() -> u8 {
    80
}

/// A checked band.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Object<BandBody>")]
pub(super) struct Band(RatingBand);

impl TryFrom<Object<BandBody>> for Band {
    type Error = RatingBandError;

    fn try_from(Object(body): Object<BandBody>) -> Result<Self, RatingBandError> {
        let band = RatingBand::new(body.user_rating);
        let chance = body.least_percent..=body.most_percent;
        band.with_chance(chance).map(Self)
    }
}

impl PartialSchema for Band {
    fn schema() -> RefOr<Schema> {
        BandBody::schema()
    }
}

impl ToSchema for Band {
    fn name() -> Cow<'static, str> {
        BandBody::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        BandBody::schemas(schemas);
    }
}

/// 1 to 99 percent.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(value_type = u8, minimum = 1, maximum = 99, example = 85)]
#[serde(try_from = "u8")]
pub(super) struct Percent(ReviewOptions);

impl TryFrom<u8> for Percent {
    type Error = ReviewOptionsError;

    fn try_from(percent: u8) -> Result<Self, ReviewOptionsError> {
        let options = ReviewOptions::default();
        options.with_desired_retention(percent).map(Self)
    }
}

/// Some of a contest's problems, picked in their own way.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = Part)]
#[serde(deny_unknown_fields)]
pub(super) struct PartBody {
    /// How many.
    #[schema(value_type = u16, minimum = 1, maximum = 1000, example = 4)]
    count: ProblemCount,
    /// How they are picked; `uniform` unless given.
    #[serde(default)]
    strategy: Option<StrategyBody>,
}

impl From<StrategyBody> for Strategy {
    fn from(body: StrategyBody) -> Self {
        match body {
            StrategyBody::Uniform => Self::Uniform,
            StrategyBody::TopicBalanced => Self::TopicBalanced,
            StrategyBody::LeastUsed => Self::LeastUsed,
            StrategyBody::RatingBand(Band(band)) => Self::RatingBand(band),
            StrategyBody::Review => Self::Review(ReviewOptions::default()),
            StrategyBody::ReviewBelowPercent(Percent(options)) => Self::Review(options),
            StrategyBody::Custom(Name(name)) => Self::Custom(name),
        }
    }
}

impl From<PartBody> for Part {
    fn from(body: PartBody) -> Self {
        let strategy = body.strategy.map(Into::into).unwrap_or_default();
        Self::new(body.count).with_strategy(strategy)
    }
}
