//! Selects problems by parts, slots or names.

use crate::select::context::Context;
use crate::select::named::Named;
use crate::select::parts::Parts;
use crate::select::slots::Slots;
use crate::select::{Facts, Input, Selection, SelectionError};

/// Selects problems for a user with these facts.
///
/// The same catalogue [fingerprint](crate::catalogue::Catalogue::fingerprint), request, seed, time and
/// facts give the same selection, on every platform.
///
/// # Errors
/// [`SelectionError`] if the request contradicts itself or cannot be met.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::select::{Facts, Input, select};
/// use contest_core::select::{ProblemCount, Seed, SelectionRequest};
/// use contest_core::time::Timestamp;
///
/// let catalogue = Catalogue::neetcode150();
/// let request = SelectionRequest::new(ProblemCount::new(5)?);
/// let input = Input::new(&catalogue, &request, Seed(42), Timestamp::from_micros(0));
///
/// // A user who has done nothing yet.
/// let facts = Facts::of(None, &catalogue);
/// let first = select(&input, &facts)?;
/// assert_eq!(first.problems.len(), 5);
/// assert_eq!(select(&input, &facts)?, first);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn select(input: &Input<'_>, facts: &Facts) -> Result<Selection, SelectionError> {
    let context = input.context(facts, false);
    Filled::new(input, &context)?.outcome(&context)
}

/// The picked problems of a contest; some may be missing.
#[derive(Debug)]
pub(super) enum Filled<'a> {
    Parts(Parts<'a>),
    Slots(Slots<'a>),
    Named(Named<'a>),
}

impl<'a> Filled<'a> {
    pub(super) fn new(input: &Input<'a>, context: &'a Context<'a>) -> Result<Self, SelectionError> {
        input.check()?;
        let request = input.request;
        Ok(if !request.problems().is_empty() {
            Self::Named(Named::find(context)?)
        } else if request.slots().is_empty() {
            Self::Parts(Parts::fill(context, input.strategies)?)
        } else {
            Self::Slots(Slots::fill(context))
        })
    }

    pub(super) fn outcome(&self, context: &Context<'_>) -> Result<Selection, SelectionError> {
        match self {
            Self::Parts(parts) => parts.outcome(context),
            Self::Slots(slots) => slots.outcome(context),
            Self::Named(named) => named.outcome(context),
        }
    }
}
