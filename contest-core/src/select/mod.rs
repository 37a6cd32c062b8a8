//! Selection: which problems a contest gets. Pure: no input, no output, no ambient randomness.
//!
//! The algorithm, version 1:
//!
//! 1. The count is shared among difficulties by the Sainte-Laguë method ([`Mix::quota`]).
//! 2. Each difficulty has a pool: the problems that are not retired and match the topics, by id.
//!    A lazy Fisher–Yates shuffle, fed by a random stream of that difficulty's own, draws from it.
//!    What is excluded is passed over.
//! 3. Of the candidates drawn, the solved ones are dropped. The first unsolved ones, in drawn order,
//!    fill the difficulty's quota; more are drawn while it is short.
//! 4. What a difficulty cannot give flows to the nearest that can ([`ShortagePolicy`] says what
//!    happens when none can).
//! 5. The result is ordered easy to hard, and in drawn order inside a difficulty.
//!
//! Only step 3 needs to know anything about the user, so [`Picker`] does everything else and asks
//! its driver which candidates are solved. How candidates are batched, split or reordered on the way
//! cannot change the outcome. [`select`] drives it from a closure; the engine drives it from a store.

mod draw;
mod mix;
mod picker;
mod random;
mod record;
mod request;
mod shortage;

pub use mix::{Mix, MixError};
pub use picker::{Picker, SelectionError};
pub use random::{Seed, SeedSource, SequentialSeeds, SystemSeeds};
pub use record::{AlgorithmVersion, Selection, SelectionRecord};
pub use request::{ProblemCount, ProblemCountError, SelectionRequest, ShortagePolicy};

use crate::catalogue::Catalogue;
use crate::id::ProblemId;

/// Selects problems for a user whose solves are known to the caller.
///
/// The same catalogue [fingerprint](Catalogue::fingerprint), request, seed and answers give the same
/// selection, on every platform. To replay a stored [`SelectionRecord`], pass its request and seed.
///
/// # Errors
/// [`SelectionError`] when the request names an unknown topic or cannot be met.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::select::{ProblemCount, Seed, SelectionRequest, select};
///
/// let catalogue = Catalogue::neetcode150();
/// let request = SelectionRequest::new(ProblemCount::new(5)?);
/// let first = select(&catalogue, &request, Seed(42), |_| false)?;
/// let again = select(&catalogue, &request, Seed(42), |_| false)?;
/// assert_eq!(first, again);
///
/// let without_those = select(&catalogue, &request, Seed(42), |id| first.problems.contains(&id))?;
/// assert!(without_those.problems.iter().all(|id| !first.problems.contains(id)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn select(
    catalogue: &Catalogue,
    request: &SelectionRequest,
    seed: Seed,
    is_solved: impl Fn(ProblemId) -> bool,
) -> Result<Selection, SelectionError> {
    let mut picker = Picker::new(catalogue, request, seed)?;
    while let Some(candidates) = picker.next_candidates() {
        let solved = candidates
            .iter()
            .copied()
            .filter(|id| is_solved(*id))
            .collect();
        picker.answer(&solved);
    }
    picker.finish()
}
