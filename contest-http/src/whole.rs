//! Whole numbers of any size, so that the error for one out of range names its own range and not that
//! of an integer type.

use std::borrow::Cow;
use std::fmt;
use std::num::IntErrorKind;

use contest_core::model::RangeError;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A whole number of a body or a query, not checked yet, clamped to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) i64);

impl Whole {
    /// Makes a value of it. If it does not fit `N`, `make` gets `none`, a number that it refuses.
    ///
    /// # Errors
    /// The error of `make`, with the number that was given.
    pub(crate) fn fit<N: TryFrom<i64>, T>(
        self,
        none: N,
        make: impl FnOnce(N) -> Result<T, RangeError>,
    ) -> Result<T, RangeError> {
        make(N::try_from(self.0).unwrap_or(none)).map_err(|mut outside| {
            outside.given = self.0;
            outside
        })
    }

    /// The number as a `u32`, all of which are allowed.
    pub(crate) fn fit_u32(
        self,
        field: &'static str,
        what: &'static str,
    ) -> Result<u32, RangeError> {
        RangeError::check(field, what, self.0, 0..=u32::MAX.into())?;
        Ok(u32::try_from(self.0).unwrap_or(u32::MAX))
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct WholeVisitor;

        impl Visitor<'_> for WholeVisitor {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(i64::try_from(number).unwrap_or(i64::MAX)))
            }
        }

        from.deserialize_i64(WholeVisitor)
    }
}

/// A number of a body, not checked yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number(pub(crate) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct NumberVisitor;

        #[expect(
            clippy::cast_precision_loss,
            reason = "what is read from such a number is far smaller"
        )]
        impl Visitor<'_> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                Ok(Number(number))
            }
        }

        from.deserialize_f64(NumberVisitor)
    }
}

/// Reads a whole number from the text of a query.
pub(crate) fn whole_parameter<'de, D: Deserializer<'de>>(from: D) -> Result<Whole, D::Error> {
    let text = Cow::<str>::deserialize(from)?;
    match text.parse::<i64>().map_err(|error| *error.kind()) {
        Ok(number) => Ok(Whole(number)),
        Err(IntErrorKind::PosOverflow) => Ok(Whole(i64::MAX)),
        Err(IntErrorKind::NegOverflow) => Ok(Whole(i64::MIN)),
        Err(_) => {
            let shown: String = text.chars().take(64).collect();
            Err(D::Error::custom(format!("{shown:?} is not a whole number")))
        }
    }
}

/// The same for a parameter that may be left out.
pub(crate) fn whole_if_given<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Whole>, D::Error> {
    whole_parameter(from).map(Some)
}
