//! What a case found, and the few ways to find it.

use std::error::Error;
use std::fmt::{self, Debug, Write as _};

/// What was done, what should have followed and what did.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) done: String,
    pub(super) expected: String,
    pub(super) observed: String,
}

/// The outcome of a case or of a part of one.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(super) fn new(
        done: impl fmt::Display,
        expected: impl fmt::Display,
        observed: impl fmt::Display,
    ) -> Self {
        Self {
            done: done.to_string(),
            expected: expected.to_string(),
            observed: observed.to_string(),
        }
    }

    /// With what led to it: a seed, a round, a step.
    pub(super) fn after(mut self, context: impl fmt::Display) -> Self {
        self.done = format!("{}, {context}", self.done);
        self
    }
}

/// Turns an error that should not have been into a [`Failure`].
pub(super) trait During<T> {
    /// `done` says what was being done.
    fn during(self, done: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> During<T> for Result<T, E> {
    fn during(self, done: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure::new(done, "no error", chain(error.into().as_ref())))
    }
}

/// An error with everything below it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = format!("the error: {error}");
    let mut below = error.source();
    while let Some(source) = below {
        let _ = write!(text, ": {source}");
        below = source.source();
    }
    text
}

/// Compares what was seen with what should have been.
pub(super) fn ensure_eq<T: PartialEq + Debug>(
    done: impl fmt::Display,
    observed: &T,
    expected: &T,
) -> Outcome {
    if observed == expected {
        return Ok(());
    }
    Err(Failure::new(
        done,
        format_args!("{expected:?}"),
        format_args!("{observed:?}"),
    ))
}

/// Checks a condition that has no single right value.
pub(super) fn ensure(
    holds: bool,
    done: impl fmt::Display,
    expected: impl fmt::Display,
    observed: impl Debug,
) -> Outcome {
    if holds {
        return Ok(());
    }
    Err(Failure::new(done, expected, format_args!("{observed:?}")))
}

/// Checks that a value is of one of some shapes; evaluates to an [`Outcome`].
macro_rules! ensure_matches {
    ($done:expr, $observed:expr, $($pattern:pat $(if $guard:expr)?),+ $(,)?) => {
        match $observed {
            $($pattern $(if $guard)? => Ok(()),)+
            other => Err($crate::conformance::failure::Failure::new(
                $done,
                [$(stringify!($pattern $(if $guard)?)),+].join(", or "),
                format_args!("{other:?}"),
            )),
        }
    };
}
pub(super) use ensure_matches;
