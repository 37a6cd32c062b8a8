//! A contest as a list of slots.

use contest_core::model::{Difficulty, Rating, Topic};
use contest_core::select::Slot;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

use crate::details::ProblemDetails;
use crate::dto::strategy::rating;
use crate::extract::{Object, invalid_body};
use crate::whole::Whole;

/// A place in a contest, and the problems that fit.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Slot))]
#[serde(deny_unknown_fields)]
pub(super) struct SlotBody {
    /// The difficulties that fit; all by default.
    #[serde(default, deserialize_with = "difficulties")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<DifficultyRange>))]
    difficulty: Option<(Difficulty, Difficulty)>,
    /// The ratings that fit, instead of difficulties. Problems without a rating do not fit.
    #[serde(default, deserialize_with = "ratings")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<RatingRange>))]
    rating: Option<(Rating, Rating)>,
    /// Only problems with at least one of these topics fit.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    topics: Vec<Topic>,
    /// The points of the problem, stored with the contest.
    #[serde(default, deserialize_with = "points")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u64>, maximum = 4_294_967_295u32, example = 100))]
    points: Option<u32>,
}

fn points<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let Some(points) = Option::<Whole>::deserialize(from)? else {
        return Ok(None);
    };
    let points = points.fit_u32("points", "number of points");
    points.map(Some).map_err(D::Error::custom)
}

/// A range of difficulties; both ends are included.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
struct DifficultyRange {
    #[serde(default = "easiest")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "Easy"))]
    min: Difficulty,
    #[serde(default = "hardest")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "Medium"))]
    max: Difficulty,
}

const fn easiest() -> Difficulty {
    Difficulty::Easy
}

const fn hardest() -> Difficulty {
    Difficulty::Hard
}

fn difficulties<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<(Difficulty, Difficulty)>, D::Error> {
    let Some(Object(range)) = Option::<Object<DifficultyRange>>::deserialize(from)? else {
        return Ok(None);
    };
    if range.min > range.max {
        return Err(D::Error::custom(
            "the lowest difficulty of a slot is above the highest",
        ));
    }
    Ok(Some((range.min, range.max)))
}

/// A range of ratings; both ends are included.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
struct RatingRange {
    #[serde(default = "lowest", deserialize_with = "rating")]
    #[cfg_attr(feature = "openapi", schema(value_type = i16, minimum = -10_000, maximum = 10_000, example = 1_200))]
    min: Rating,
    #[serde(default = "highest", deserialize_with = "rating")]
    #[cfg_attr(feature = "openapi", schema(value_type = i16, minimum = -10_000, maximum = 10_000, example = 1_500))]
    max: Rating,
}

const fn lowest() -> Rating {
    Rating::MIN
}

const fn highest() -> Rating {
    Rating::MAX
}

fn ratings<'de, D: Deserializer<'de>>(from: D) -> Result<Option<(Rating, Rating)>, D::Error> {
    let Some(Object(range)) = Option::<Object<RatingRange>>::deserialize(from)? else {
        return Ok(None);
    };
    if range.min > range.max {
        return Err(D::Error::custom(
            "the lowest rating of a slot is above the highest",
        ));
    }
    Ok(Some((range.min, range.max)))
}

impl SlotBody {
    /// The slot for the engine; `place` is its position in the body, from 0.
    ///
    /// # Errors
    /// It has both a difficulty and a rating.
    pub(super) fn slot(self, place: usize) -> Result<Slot, ProblemDetails> {
        let slot = match (self.difficulty, self.rating) {
            (Some(_), Some(_)) => {
                let field = format!("slots[{place}]");
                let both = "a slot has a difficulty or a rating, not both";
                return Err(invalid_body(both).with_field(field));
            }
            (None, Some((min, max))) => Slot::of_rating(min..=max),
            (difficulty, None) => {
                let (min, max) = difficulty.unwrap_or((easiest(), hardest()));
                Slot::of_difficulty(min..=max)
            }
        };
        let slot = slot.with_topics(self.topics);
        Ok(match self.points {
            Some(points) => slot.with_points(points),
            None => slot,
        })
    }
}
