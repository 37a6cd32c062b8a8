//! How problems are selected.

#[cfg(feature = "openapi")]
use std::borrow::Cow;

use contest_core::model::{RangeError, Rating};
use contest_core::rules::Limits;
use contest_core::select::{
    Part, RatingBand, RatingBandError, ReviewOptions, Strategy, StrategyName,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
#[cfg(feature = "openapi")]
use utoipa::openapi::{RefOr, Schema};
#[cfg(feature = "openapi")]
use utoipa::{PartialSchema, ToSchema};

use crate::details::ProblemDetails;
use crate::dto::creation::problem_count;
use crate::extract::Object;
use crate::whole::Whole;

/// The built-in strategies.
pub(super) fn kinds() -> Vec<&'static str> {
    let mut kinds = vec!["uniform", "topic_balanced", "least_used", "rating_band"];
    if cfg!(feature = "review") {
        kinds.push("review");
    }
    kinds
}

/// How problems are selected from the eligible ones.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Strategy))]
#[serde(rename_all = "snake_case")]
pub(super) enum StrategyBody {
    /// Each problem of a difficulty is equally likely.
    Uniform,
    /// Spread over topics, those with the smallest solved share first.
    TopicBalanced,
    /// Least-seen problems first.
    LeastUsed,
    /// Problems that the user solves with a given probability, by their rating and the user's. The mix
    /// does not apply.
    RatingBand(Band),
    /// Solved problems that are due to be repeated, the most likely forgotten first. The mix does not
    /// apply, nor do the rules `solved` and `attempted`.
    Review,
    /// The same, due once the probability of recall has fallen below this percentage instead of 90.
    ReviewBelowPercent(Percent),
    /// One of the host's own strategies, by its name.
    Custom(Name),
}

/// 1 to 100 visible ASCII characters.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StrategyName, value_type = String, min_length = 1, max_length = 100, pattern = "^[!-~]+$"))]
#[serde(transparent)]
pub(super) struct Name(StrategyName);

/// The user's rating, and a range of probabilities of solving in percent.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RatingBand))]
#[serde(deny_unknown_fields)]
struct BandBody {
    /// The user's rating, on the same scale as the problems'. For equal ratings, the probability is 50 %;
    /// 400 points of difference are odds of ten to one.
    #[serde(deserialize_with = "rating")]
    #[cfg_attr(feature = "openapi", schema(value_type = i16, minimum = -10_000, maximum = 10_000, example = 1_500))]
    user_rating: Rating,
    /// The least probability of solving, in percent.
    #[serde(default = "half")]
    #[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 99, default = 50))]
    least_percent: Whole,
    /// The greatest probability of solving, in percent.
    #[serde(default = "most")]
    #[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 99, default = 80))]
    most_percent: Whole,
}

const fn half() -> Whole {
    Whole(50)
}

const fn most() -> Whole {
    Whole(80)
}

pub(super) fn rating<'de, D: Deserializer<'de>>(from: D) -> Result<Rating, D::Error> {
    let rating = Whole::deserialize(from)?.fit(i16::MAX, Rating::new);
    rating.map_err(D::Error::custom)
}

/// A checked band.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Object<BandBody>")]
pub(super) struct Band(RatingBand);

impl TryFrom<Object<BandBody>> for Band {
    type Error = RatingBandError;

    fn try_from(Object(body): Object<BandBody>) -> Result<Self, RatingBandError> {
        let band = RatingBand::new(body.user_rating);
        let percent = |given: Whole| {
            given.fit(u8::MAX, |percent| {
                match band.with_chance(percent..=percent) {
                    Err(RatingBandError::Percent(outside)) => Err(outside),
                    _ => Ok(percent),
                }
            })
        };
        let (least, most) = (percent(body.least_percent)?, percent(body.most_percent)?);
        band.with_chance(least..=most).map(Self)
    }
}

#[cfg(feature = "openapi")]
impl PartialSchema for Band {
    fn schema() -> RefOr<Schema> {
        BandBody::schema()
    }
}

#[cfg(feature = "openapi")]
impl ToSchema for Band {
    fn name() -> Cow<'static, str> {
        BandBody::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        BandBody::schemas(schemas);
    }
}

/// 1 to 99 percent.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 99, example = 85))]
#[serde(try_from = "Whole")]
pub(super) struct Percent(ReviewOptions);

impl TryFrom<Whole> for Percent {
    type Error = RangeError;

    fn try_from(percent: Whole) -> Result<Self, RangeError> {
        let options = ReviewOptions::default();
        let options = percent.fit(u8::MAX, |percent| options.with_desired_retention(percent));
        options.map(Self)
    }
}

/// Some of a contest's problems, with their own strategy.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Part))]
#[serde(deny_unknown_fields)]
pub(super) struct PartBody {
    /// Number of problems.
    #[cfg_attr(feature = "openapi", schema(value_type = u16, minimum = 1, maximum = 20, example = 4))]
    count: Whole,
    /// How they are selected; `uniform` by default.
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

impl PartBody {
    /// The part for the engine; `place` is its position in the body, from 0.
    ///
    /// # Errors
    /// It has a number of problems that no host allows.
    pub(super) fn part(self, place: usize, limits: &Limits) -> Result<Part, ProblemDetails> {
        let limits = limits.clone().with_problems(1..=*limits.problems.end());
        let count = problem_count(self.count, &limits).map_err(|outside| {
            ProblemDetails::from(outside).with_field(format!("parts[{place}].count"))
        })?;
        let strategy = self.strategy.map(Into::into).unwrap_or_default();
        Ok(Part::new(count).with_strategy(strategy))
    }
}
