//! Options for spaced review.

use crate::model::RangeError;

/// When solved problems come back for review: once the estimated chance that the user still knows how
/// to solve them falls below the desired retention.
///
/// ```
/// use contest_core::select::ReviewOptions;
///
/// assert_eq!(ReviewOptions::default().desired_retention(), 90);
/// let later = ReviewOptions::default().with_desired_retention(80)?;
/// # let _ = later;
/// # Ok::<(), contest_core::model::RangeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Fields", into = "Fields"))]
pub struct ReviewOptions {
    desired_retention: u8,
}

/// The serialised form of the options.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    desired_retention_percent: u8,
}

/// A retention of 90 %.
impl Default for ReviewOptions {
    fn default() -> Self {
        Self {
            desired_retention: 90,
        }
    }
}

impl ReviewOptions {
    /// Sets the retention, in percent. With a lower one problems come back later, and more of them are
    /// forgotten by then. The model is meant for 70 to 97.
    ///
    /// # Errors
    /// [`RangeError`] outside 1 to 99.
    pub const fn with_desired_retention(self, percent: u8) -> Result<Self, RangeError> {
        const WHAT: &str = "desired retention in percent";
        match RangeError::check("desired_retention_percent", WHAT, percent as i64, 1..=99) {
            Ok(()) => Ok(Self {
                desired_retention: percent,
            }),
            Err(outside) => Err(outside),
        }
    }

    /// The retention below which a problem is due, in percent.
    pub const fn desired_retention(self) -> u8 {
        self.desired_retention
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Fields> for ReviewOptions {
    type Error = RangeError;

    fn try_from(fields: Fields) -> Result<Self, RangeError> {
        Self::default().with_desired_retention(fields.desired_retention_percent)
    }
}

#[cfg(feature = "serde")]
impl From<ReviewOptions> for Fields {
    fn from(options: ReviewOptions) -> Self {
        Self {
            desired_retention_percent: options.desired_retention,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_retentions_are_refused() {
        let refused = |percent| {
            ReviewOptions::default()
                .with_desired_retention(percent)
                .is_err()
        };
        assert_eq!([0, 1, 99, 100].map(refused), [true, false, false, true]);
    }

    #[cfg(feature = "json")]
    #[test]
    fn options_survive_json_and_bad_ones_are_refused() {
        let json = r#"{"desired_retention_percent":90}"#;
        let options: ReviewOptions = serde_json::from_str(json).unwrap();
        assert_eq!(options, ReviewOptions::default());
        assert_eq!(serde_json::to_string(&options).unwrap(), json);
        assert!(serde_json::from_str::<ReviewOptions>(&json.replace("90", "100")).is_err());
    }
}
