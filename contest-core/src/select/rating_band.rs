//! The ratings that are neither too easy nor too hard for a user.

use std::ops::RangeInclusive;

use crate::model::{RangeError, Rating};

/// A user's rating and the wanted chance of solving.
///
/// The chance that a user of rating `u` solves a problem of rating `p` is taken to be
/// `1 / (1 + 10^((p - u) / 400))`, the logistic form of Elo's system (A. Elo, *The Rating of
/// Chessplayers, Past and Present*, 1978): one half when the ratings are equal, 10 to 1 at 400 points.
/// Online judges that rate problems use the same scale.
///
/// ```
/// use contest_core::model::Rating;
/// use contest_core::select::RatingBand;
///
/// let band = RatingBand::new(Rating::new(1_500)?);
/// assert_eq!(band.ratings(), Rating::new(1_259)?..=Rating::new(1_500)?);
///
/// let harder = band.with_chance(10..=30)?;
/// assert!(harder.ratings().start() > band.ratings().end());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Fields", into = "Fields"))]
pub struct RatingBand {
    user: Rating,
    least: u8,
    most: u8,
}

/// A range is not a range of chances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RatingBandError {
    /// An end is outside 1 to 99 %.
    #[error(transparent)]
    Percent(#[from] RangeError),
    /// The lowest chance is above the highest.
    #[error("the least chance, {least} %, is above the greatest, {most} %")]
    Backwards {
        /// The lowest chance given, in percent.
        least: u8,
        /// The highest chance given, in percent.
        most: u8,
    },
}

/// The serialised form of a band.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    user_rating: Rating,
    least_percent: u8,
    most_percent: u8,
}

impl RatingBand {
    /// Problems that a user of this rating solves with a chance of 50 % to 80 %: hard enough to learn
    /// from, and solved more often than not.
    pub const fn new(user: Rating) -> Self {
        Self {
            user,
            least: 50,
            most: 80,
        }
    }

    /// Sets the chance of solving, in percent.
    ///
    /// # Errors
    /// [`RatingBandError`] unless both ends are from 1 to 99 and the lower comes first.
    pub fn with_chance(self, percent: RangeInclusive<u8>) -> Result<Self, RatingBandError> {
        let (least, most) = (*percent.start(), *percent.end());
        for (field, end) in [("least_percent", least), ("most_percent", most)] {
            RangeError::check(field, "chance in percent", end.into(), 1..=99)?;
        }
        if least > most {
            return Err(RatingBandError::Backwards { least, most });
        }
        Ok(Self {
            least,
            most,
            ..self
        })
    }

    /// The user's rating.
    pub const fn user(&self) -> Rating {
        self.user
    }

    /// The chance of solving, in percent.
    pub const fn chance(&self) -> RangeInclusive<u8> {
        self.least..=self.most
    }

    /// The ratings with a chance in the range, each end rounded to the nearest whole rating and limited
    /// to the scale. Never empty. The same on every platform.
    pub fn ratings(&self) -> RangeInclusive<Rating> {
        let at = |percent| self.user.saturating_add(points_above_user(percent));
        at(self.most)..=at(self.least)
    }
}

/// How many points above the user's rating the chance is this many percent, rounded.
///
/// For no whole percent is the exact value within a thousandth of a rounding boundary, so an inexact
/// logarithm cannot change the result.
fn points_above_user(percent: u8) -> i16 {
    let odds_against = f64::from(100_u8.saturating_sub(percent)) / f64::from(percent);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "from -798 to 798 for 1 % to 99 %"
    )]
    let points = (400.0 * odds_against.log10()).round() as i16;
    points
}

#[cfg(feature = "serde")]
impl TryFrom<Fields> for RatingBand {
    type Error = RatingBandError;

    fn try_from(fields: Fields) -> Result<Self, RatingBandError> {
        Self::new(fields.user_rating).with_chance(fields.least_percent..=fields.most_percent)
    }
}

#[cfg(feature = "serde")]
impl From<RatingBand> for Fields {
    fn from(band: RatingBand) -> Self {
        Self {
            user_rating: band.user,
            least_percent: band.least,
            most_percent: band.most,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chance(user: Rating, problem: Rating) -> f64 {
        let points = f64::from(problem.get()) - f64::from(user.get());
        100.0 / (1.0 + 10_f64.powf(points / 400.0))
    }

    fn band(user: i16, percent: RangeInclusive<u8>) -> RatingBand {
        RatingBand::new(Rating::new(user).unwrap())
            .with_chance(percent)
            .unwrap()
    }

    fn range() -> impl Strategy<Value = RangeInclusive<u8>> {
        (1_u8..=99, 1_u8..=99).prop_map(|(a, b)| a.min(b)..=a.max(b))
    }

    proptest! {
        #[test]
        fn ratings_inside_have_the_chance_and_ratings_outside_do_not(
            user in -9_000_i16..=9_000,
            percent in range(),
        ) {
            let ratings = band(user, percent.clone()).ratings();
            let user = Rating::new(user).unwrap();
            // Half a point of rating is less than a tenth of a percent point.
            let (least, most) = (f64::from(*percent.start()) - 0.1, f64::from(*percent.end()) + 0.1);
            for inside in [*ratings.start(), *ratings.end()] {
                prop_assert!((least..=most).contains(&chance(user, inside)));
            }
            let (least, most) = (least + 0.1, most - 0.1);
            prop_assert!(chance(user, ratings.start().saturating_add(-1)) > most);
            prop_assert!(chance(user, ratings.end().saturating_add(1)) < least);
        }

        #[test]
        fn a_stronger_user_gets_no_easier_problems_and_a_wider_range_no_fewer(
            user in -10_000_i16..10_000,
            percent in range(),
        ) {
            let narrow = band(user, percent.clone()).ratings();
            let stronger = band(user + 1, percent.clone()).ratings();
            prop_assert!(narrow.start() <= narrow.end());
            prop_assert!(stronger.start() >= narrow.start() && stronger.end() >= narrow.end());
            let (least, most) = percent.into_inner();
            let wide = band(user, least.saturating_sub(1).max(1)..=(most + 1).min(99)).ratings();
            prop_assert!(wide.start() <= narrow.start() && wide.end() >= narrow.end());
        }
    }

    #[test]
    fn known_ratings() {
        let ends = |user, percent| {
            let (start, end) = band(user, percent).ratings().into_inner();
            (start.get(), end.get())
        };
        assert_eq!(ends(1_500, 50..=50), (1_500, 1_500));
        assert_eq!(ends(1_500, 50..=80), (1_259, 1_500));
        assert_eq!(ends(1_500, 20..=50), (1_500, 1_741));
        assert_eq!(ends(1_500, 1..=99), (702, 2_298));
        assert_eq!(ends(0, 60..=99), (-798, -70), "below 0");
        let lowest = (-10_000, -10_000);
        assert_eq!(ends(-10_000, 60..=99), lowest, "off the scale");
        assert_eq!(ends(10_000, 1..=40), (10_000, 10_000), "off the scale");
    }

    #[test]
    fn no_whole_percent_is_near_where_rounding_changes() {
        for percent in 1..=99_u8 {
            let odds = f64::from(100 - percent) / f64::from(percent);
            let points = 400.0 * odds.log10();
            let to_half = (points - points.floor() - 0.5).abs();
            assert!(to_half > 0.001, "{percent} %: {points}");
        }
    }

    #[test]
    fn invalid_ranges_are_refused() {
        let band = RatingBand::new(Rating::MIN);
        #[expect(clippy::reversed_empty_ranges, reason = "it is to be refused")]
        for bad in [0..=50, 50..=100, 60..=40] {
            assert!(band.with_chance(bad).is_err());
        }
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_band_survives_json_and_a_bad_one_is_refused() {
        let json = r#"{"user_rating":1500,"least_percent":50,"most_percent":80}"#;
        let band: RatingBand = serde_json::from_str(json).unwrap();
        assert_eq!(band, RatingBand::new(Rating::new(1_500).unwrap()));
        assert_eq!(serde_json::to_string(&band).unwrap(), json);
        assert!(serde_json::from_str::<RatingBand>(&json.replace("80", "49")).is_err());
    }
}
