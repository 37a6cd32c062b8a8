//! Serialised forms of times and durations, for `#[serde(with)]`.

/// A duration in seconds: a whole number, or one with a fraction.
pub(crate) mod seconds {
    use std::time::Duration;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Clone, Copy, Serialize, Deserialize)]
    #[serde(untagged)]
    pub(super) enum Seconds {
        Whole(u64),
        Fraction(f64),
    }

    impl From<Duration> for Seconds {
        fn from(duration: Duration) -> Self {
            let seconds = duration.as_secs_f64();
            // Rounding to `f64` can lift the longest durations above the maximum.
            if duration.subsec_nanos() == 0 || Duration::try_from_secs_f64(seconds).is_err() {
                Self::Whole(duration.as_secs())
            } else {
                Self::Fraction(seconds)
            }
        }
    }

    impl TryFrom<Seconds> for Duration {
        type Error = std::time::TryFromFloatSecsError;

        fn try_from(seconds: Seconds) -> Result<Self, Self::Error> {
            match seconds {
                Seconds::Whole(seconds) => Ok(Self::from_secs(seconds)),
                Seconds::Fraction(seconds) => Self::try_from_secs_f64(seconds),
            }
        }
    }

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        Seconds::from(*duration).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let seconds = Seconds::deserialize(from)?;
        seconds.try_into().map_err(D::Error::custom)
    }
}

/// The same, or null.
pub(crate) mod optional_seconds {
    use std::time::Duration;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::seconds::Seconds;

    #[expect(
        clippy::ref_option,
        reason = "serde hands over a reference to the field"
    )]
    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(Seconds::from).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<Seconds>::deserialize(from)?;
        let duration = seconds.map(TryInto::try_into).transpose();
        duration.map_err(D::Error::custom)
    }
}

/// A time as microseconds since 1970, for stored values: shorter than text, and every byte that a
/// commit changes is written to the database's log.
pub(crate) mod micros {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::time::Timestamp;

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference to the field"
    )]
    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.as_micros())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(from).map(Timestamp::from_micros)
    }
}

/// The same, or null.
pub(crate) mod optional_micros {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::time::Timestamp;

    #[expect(
        clippy::ref_option,
        reason = "serde hands over a reference to the field"
    )]
    pub(crate) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(Timestamp::as_micros).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let micros = Option::<i64>::deserialize(from)?;
        Ok(micros.map(Timestamp::from_micros))
    }
}
