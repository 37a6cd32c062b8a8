//! How attempts are scored.

#[cfg(feature = "openapi")]
use std::borrow::Cow;
use std::time::Duration;

use contest_core::model::RangeError;
use contest_core::scoring::{
    Amount, AtCoder, CompileErrors, Falling, Icpc, Method, Points, Scoring, ScoringVersion,
    TimeUnit,
};
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::openapi::{RefOr, Schema};
#[cfg(feature = "openapi")]
use utoipa::{PartialSchema, ToSchema};

use crate::extract::Object;
use crate::whole::{Number, Whole};

/// The longest time of a request: a leap year.
const LONGEST: i64 = 366 * 24 * 3_600;

/// How attempts become points and ranks: a method, with its options beside it.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Scoring))]
#[serde(deny_unknown_fields)]
struct ScoringFields {
    /// The version of the rules.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u16>, minimum = 1, maximum = 1))]
    version: Option<Whole>,
    method: MethodName,
    /// `icpc`: the penalty for each attempt before the accepted one, 1200 by default; `atcoder`: for each
    /// before the best one, 300 by default. In seconds.
    #[serde(default)]
    penalty: Option<Time>,
    /// `icpc`: whether compile errors count as rejected; `not_counted` by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<CompileErrorsName>))]
    compile_errors: Option<CompileErrors>,
    /// `icpc`: the unit to which times are rounded down; `minute` by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<TimeUnitName>))]
    unit: Option<TimeUnit>,
    /// `falling`: the deduction for each earlier try; 10 percent by default.
    #[serde(default)]
    per_try: Option<AmountBody>,
    /// `falling`: what an accepted attempt earns at least; nothing by default.
    #[serde(default)]
    least: Option<AmountBody>,
}

/// A scoring method: `ticks` (an accepted attempt earns the problem's points), `icpc`, `best` (the best score of each
/// problem, as at the IOI), `last` and `first` (the score of that attempt), `falling` (each further try earns less),
/// `atcoder`, or `lockout` (only the first whose attempt is accepted earns points).
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Method))]
#[serde(rename_all = "snake_case")]
enum MethodName {
    Ticks,
    Icpc,
    Best,
    Last,
    First,
    Falling,
    Atcoder,
    Lockout,
}

#[cfg(feature = "openapi")]
#[derive(ToSchema)]
#[schema(as = CompileErrors, rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes values of core")]
enum CompileErrorsName {
    NotCounted,
    Penalised,
}

#[cfg(feature = "openapi")]
#[derive(ToSchema)]
#[schema(as = TimeUnit, rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes values of core")]
enum TimeUnitName {
    Minute,
    Second,
}

/// Points, or a percentage of the problem's points.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Amount))]
#[serde(rename_all = "snake_case")]
enum AmountBody {
    Points(PointsBody),
    Percent(PercentBody),
}

/// Points, with up to six decimals.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Points, value_type = f64, minimum = 0, maximum = 4_294_967_295u32, example = 1))]
#[serde(try_from = "Number")]
pub(super) struct PointsBody(pub(super) Points);

impl TryFrom<Number> for PointsBody {
    type Error = RangeError;

    fn try_from(Number(points): Number) -> Result<Self, RangeError> {
        Points::try_from(points).map(Self)
    }
}

/// 0 to 100 percent.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Percentage, value_type = u8, minimum = 0, maximum = 100, example = 10))]
#[serde(try_from = "Whole")]
struct PercentBody(u8);

impl TryFrom<Whole> for PercentBody {
    type Error = RangeError;

    fn try_from(Whole(percent): Whole) -> Result<Self, RangeError> {
        RangeError::check("percent", "percentage", percent, 0..=100)?;
        Ok(Self(u8::try_from(percent).unwrap_or(u8::MAX)))
    }
}

/// A time in seconds, of at most a leap year.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Seconds, value_type = f64, minimum = 0, maximum = 31_622_400, example = 1_200))]
#[serde(try_from = "Number")]
pub(super) struct Time(pub(super) Duration);

impl TryFrom<Number> for Time {
    type Error = RangeError;

    fn try_from(Number(seconds): Number) -> Result<Self, RangeError> {
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let up = if seconds < 0.0 {
            seconds.floor()
        } else {
            seconds.ceil()
        } as i64;
        RangeError::check("seconds", "number of seconds", up, 0..=LONGEST)?;
        let time = Duration::try_from_secs_f64(seconds);
        Ok(Self(time.unwrap_or_default()))
    }
}

/// A checked scoring.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Object<ScoringFields>")]
pub(crate) struct ScoringBody(pub(super) Scoring);

impl TryFrom<Object<ScoringFields>> for ScoringBody {
    type Error = String;

    fn try_from(Object(fields): Object<ScoringFields>) -> Result<Self, String> {
        if let Some(Whole(version)) = fields.version
            && version != i64::from(ScoringVersion::CURRENT.0)
        {
            return Err(format!("version {version} of the scoring is unknown"));
        }
        fields.check()?;
        Ok(Self(fields.method().into()))
    }
}

impl ScoringFields {
    /// Checks that the method has the given options.
    fn check(&self) -> Result<(), String> {
        use MethodName as M;
        let is = |known: bool| move |given: bool| given && !known;
        let (icpc, falling) = (
            matches!(self.method, M::Icpc),
            matches!(self.method, M::Falling),
        );
        let timed = icpc || matches!(self.method, M::Atcoder);
        let foreign = [
            ("penalty", is(timed)(self.penalty.is_some())),
            ("compile_errors", is(icpc)(self.compile_errors.is_some())),
            ("unit", is(icpc)(self.unit.is_some())),
            ("per_try", is(falling)(self.per_try.is_some())),
            ("least", is(falling)(self.least.is_some())),
        ];
        match foreign.into_iter().find(|(_, foreign)| *foreign) {
            Some((name, _)) => Err(format!("the scoring method has no option \"{name}\"")),
            None => Ok(()),
        }
    }

    fn method(&self) -> Method {
        match self.method {
            MethodName::Ticks => Method::Ticks,
            MethodName::Icpc => {
                let mut options = Icpc::default();
                if let Some(Time(penalty)) = self.penalty {
                    options = options.with_penalty(penalty);
                }
                options
                    .with_compile_errors(self.compile_errors.unwrap_or_default())
                    .with_unit(self.unit.unwrap_or_default())
                    .into()
            }
            MethodName::Best => Method::Best,
            MethodName::Last => Method::Last,
            MethodName::First => Method::First,
            MethodName::Falling => {
                let options = Falling::default();
                let per_try = self.per_try.map_or(options.per_try, Into::into);
                let least = self.least.map_or(options.least, Into::into);
                options.with_per_try(per_try).with_least(least).into()
            }
            MethodName::Atcoder => {
                let options = AtCoder::default();
                let penalty = self
                    .penalty
                    .map_or(options.penalty, |Time(penalty)| penalty);
                options.with_penalty(penalty).into()
            }
            MethodName::Lockout => Method::Lockout,
        }
    }
}

impl From<AmountBody> for Amount {
    fn from(amount: AmountBody) -> Self {
        match amount {
            AmountBody::Points(PointsBody(points)) => Self::Points(points),
            AmountBody::Percent(PercentBody(percent)) => Self::Percent(percent),
        }
    }
}

#[cfg(feature = "openapi")]
impl PartialSchema for ScoringBody {
    fn schema() -> RefOr<Schema> {
        ScoringFields::schema()
    }
}

#[cfg(feature = "openapi")]
impl ToSchema for ScoringBody {
    fn name() -> Cow<'static, str> {
        ScoringFields::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ScoringFields::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// What a client reads as the scoring of a contest or a round, it can send.
    #[test]
    fn a_scoring_is_read_as_core_writes_it() {
        let seconds = Icpc::default()
            .with_compile_errors(CompileErrors::Penalised)
            .with_unit(TimeUnit::Second)
            .with_penalty(Duration::from_millis(1_500));
        let share = Amount::Points(Points::try_from(2.5).unwrap_or_default());
        let methods = [
            Method::Ticks,
            Icpc::default().into(),
            seconds.into(),
            Method::Best,
            Method::Last,
            Method::First,
            Falling::default().with_least(share).into(),
            AtCoder::default().into(),
            Method::Lockout,
        ];
        for method in methods {
            let scoring = Scoring::from(method);
            let written = serde_json::to_value(&scoring).unwrap();
            let ScoringBody(read) = serde_json::from_value(written).unwrap();
            assert_eq!(read, scoring);
            let name = serde_json::to_value(&scoring).unwrap()["method"].clone();
            let defaults: Value = json!({"method": name});
            let ScoringBody(read) = serde_json::from_value(defaults.clone()).unwrap();
            assert_eq!(read, serde_json::from_value(defaults).unwrap());
        }
    }

    #[test]
    fn options_of_other_methods_and_values_out_of_range_are_refused() {
        for bad in [
            json!({}),
            json!({"method": "fastest"}),
            json!({"method": "icpc", "version": 2}),
            json!({"method": "best", "penalty": 60}),
            json!({"method": "atcoder", "unit": "minute"}),
            json!({"method": "ticks", "least": {"percent": 5}}),
            json!({"method": "icpc", "penalty": -0.5}),
            json!({"method": "icpc", "penalty": 31_622_400.5}),
            json!({"method": "icpc", "penalty": "1200"}),
            json!({"method": "icpc", "penalti": 1200}),
            json!({"method": "falling", "per_try": {"percent": 101}}),
            json!({"method": "falling", "per_try": {"points": -1}}),
            json!(["ticks"]),
        ] {
            let read = serde_json::from_value::<ScoringBody>(bad.clone());
            assert!(read.is_err(), "{bad}");
        }
    }
}
