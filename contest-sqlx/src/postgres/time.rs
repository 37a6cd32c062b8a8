//! [`Timestamp`] as a `timestamptz` of Postgres: microseconds since 2000.

use contest_core::time::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, Postgres,
};
use sqlx::{Decode, Encode, Type};

/// 2000-01-01T00:00:00Z in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;
/// The first instant of a `timestamptz`, in microseconds since 2000: 4714-11-24 BC.
const FIRST: i64 = -211_813_488_000_000_000;
/// The last one: a microsecond before 294277-01-01.
const LAST: i64 = 9_223_371_331_199_999_999;

/// An instant that a `timestamptz` can hold, in microseconds since 2000: so the first and last instants of
/// both types do not overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PgTime(i64);

/// An instant before 4714 BC, which `timestamptz` cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("{0} is out of the range of timestamptz")]
pub(super) struct OutOfRange(Timestamp);

impl PgTime {
    /// The instant, to be stored.
    pub(super) fn stored(at: Timestamp) -> Result<Self, OutOfRange> {
        let exact = Self::nearest(at);
        if exact.timestamp() == Some(at) {
            Ok(exact)
        } else {
            Err(OutOfRange(at))
        }
    }

    /// The instant, or the nearest one that can be held: good enough for comparisons with stored instants.
    pub(super) fn nearest(at: Timestamp) -> Self {
        Self(at.as_micros().saturating_sub(EPOCH).clamp(FIRST, LAST))
    }

    /// The instant, or `None` if a [`Timestamp`] cannot hold it, such as `infinity`.
    fn timestamp(self) -> Option<Timestamp> {
        if !(FIRST..=LAST).contains(&self.0) {
            return None;
        }
        self.0.checked_add(EPOCH).map(Timestamp::from_micros)
    }
}

impl TryFrom<PgTime> for Timestamp {
    type Error = BoxDynError;

    fn try_from(time: PgTime) -> Result<Self, BoxDynError> {
        let unfit = || format!("{} us since 2000 is not an instant", time.0).into();
        time.timestamp().ok_or_else(unfit)
    }
}

impl Type<Postgres> for PgTime {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184))
    }
}

impl PgHasArrayType for PgTime {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1185))
    }
}

impl Encode<'_, Postgres> for PgTime {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode(self.0, buf)
    }
}

impl Decode<'_, Postgres> for PgTime {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => Ok(Self(<i64 as Decode<Postgres>>::decode(value)?)),
            PgValueFormat::Text => Err("expected a binary timestamptz".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_survive_and_what_does_not_fit_is_refused() {
        for micros in [0, -1, EPOCH, 1_700_000_000_123_456, i64::MAX - EPOCH] {
            let at = Timestamp::from_micros(micros);
            assert_eq!(PgTime::stored(at).unwrap().timestamp(), Some(at));
        }
        let before_history = Timestamp::from_micros(i64::MIN);
        assert!(PgTime::stored(before_history).is_err());
        assert_eq!(PgTime::nearest(before_history), PgTime(FIRST));
    }

    #[test]
    fn infinity_is_not_an_instant() {
        for stored in [i64::MIN, i64::MAX] {
            assert!(Timestamp::try_from(PgTime(stored)).is_err());
        }
    }
}
