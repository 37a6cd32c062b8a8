//! Selection: which problems a contest gets. Pure: no input, no output, no ambient randomness.
//!
//! [`Needs`] tells which facts about a user a request needs, [`Facts`] holds them, and [`select`] is a
//! function of an [`Input`] and the facts. [`explain()`] is the same function with an observer.
//!
//! The algorithm, version 1:
//!
//! 1. The count is shared among difficulties by the Sainte-Laguë method
//!    ([`Mix::quota`](crate::select::Mix::quota)).
//! 2. Each difficulty has a pool: the problems that are not retired and match the topics, by id.
//!    A lazy Fisher–Yates shuffle, fed by a random stream of that difficulty's own, draws from it.
//! 3. What the rules keep out is passed over. The first that pass fill the difficulty's quota.
//! 4. What a difficulty cannot give flows to the nearest that can
//!    ([`ShortagePolicy`](crate::select::ShortagePolicy) says what happens when none can).
//! 5. The result is ordered easy to hard, and in drawn order inside a difficulty.
//!
//! A request may ask for other [rules](crate::select::Eligibility) about who may get what, another
//! [strategy](SelectionStrategy) to order the candidates of a pool, several
//! [parts](crate::select::Part) with a strategy each, or [slots](crate::select::Slot) instead of a mix.
//! Each strategy has a version of its own.

mod choice;
mod context;
mod explain;
mod facts;
mod input;
mod needs;
mod origin;
mod parts;
mod practice;
mod record;
mod slots;
mod strategies;
#[cfg(test)]
#[cfg(feature = "fsrs")]
mod tests;

pub use choice::{Candidate, Choice};
pub use explain::{Explanation, explain};
pub use facts::Facts;
pub use input::Input;
pub use needs::Needs;
pub use practice::{Encounter, Practice};
pub use record::{Selection, SelectionMethod, SelectionRecord};
pub use strategies::{Order, SelectionStrategy, Source, Strategies};
#[cfg(feature = "fsrs")]
pub use strategies::{Overdue, due};

use crate::model::PerDifficulty;
use crate::select::{AlgorithmVersion, PartRecord, SelectionError};
use context::Context;
use parts::Parts;
use slots::Slots;

/// Selects problems for a user about whom these facts are known.
///
/// The same catalogue [fingerprint](crate::catalogue::Catalogue::fingerprint), request, seed, time and
/// facts give the same selection, on every platform.
///
/// # Errors
/// [`SelectionError`] when the request does not make sense or cannot be met.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::next::select::{Facts, Input, select};
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
    let context = Context::new(input, facts, false);
    Filled::new(&context)?.outcome(&context)
}

/// A contest after picking: full, or as full as can be.
#[derive(Debug)]
enum Filled<'a> {
    Parts(Parts<'a>),
    Slots(Slots<'a>),
}

impl<'a> Filled<'a> {
    fn new(context: &'a Context<'a>) -> Result<Self, SelectionError> {
        context.input.check()?;
        Ok(if context.input.request.slots().is_empty() {
            Self::Parts(Parts::fill(context)?)
        } else {
            Self::Slots(Slots::fill(context))
        })
    }

    fn outcome(&self, context: &Context<'_>) -> Result<Selection, SelectionError> {
        match self {
            Self::Parts(parts) => parts.outcome(context),
            Self::Slots(slots) => slots.outcome(context),
        }
    }
}

/// The selection of these candidates.
fn selection(
    context: &Context<'_>,
    candidates: &[Candidate<'_>],
    quota: PerDifficulty<u16>,
    parts: Vec<PartRecord>,
    open_slots: Vec<u16>,
) -> Selection {
    let input = context.input;
    let solved =
        |candidate: &&Candidate<'_>| context.facts.solved().contains(candidate.place.ordinal);
    let mut taken = PerDifficulty::default();
    for candidate in candidates {
        taken[candidate.place.difficulty] += 1;
    }
    let id = |candidate: &Candidate<'_>| candidate.place.id;
    Selection {
        problems: candidates.iter().map(id).collect(),
        repeats: candidates.iter().filter(solved).map(id).collect(),
        record: SelectionRecord {
            algorithm: AlgorithmVersion::CURRENT,
            seed: input.seed,
            catalogue: input.catalogue.fingerprint(),
            method: SelectionMethod::of(input.request),
            asked: input.request.count().get(),
            quota,
            taken,
            parts,
            open_slots,
        },
    }
}
