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
//!
//! A request may ask for more: other [rules](Eligibility) about who may get what, another
//! [strategy](Strategy) in the place of step 3's draw, several [parts](Part) with a strategy each, or
//! [slots](Slot) instead of a mix. Each strategy has a version of its own. Then the picker may ask
//! other [questions](Question), and the same holds: the catalogue, the request, the seed, the time
//! and the answers determine the outcome.

mod basis;
mod count;
mod custom;
mod digest;
pub(crate) mod draw;
mod eligibility;
mod error;
mod explain;
#[cfg(feature = "fsrs")]
mod forgetting;
mod funnel;
mod known;
mod lane;
mod matching;
mod mix;
mod part;
mod part_fill;
mod parts_plan;
mod picker;
mod picking;
mod plain;
mod pool;
mod question;
pub(crate) mod random;
mod rating_band;
mod record;
mod request;
mod review;
mod rule;
mod ruled;
pub(crate) mod shortage;
mod slot;
mod slots_plan;
mod strategy;
mod taken;
mod version;

pub use basis::Basis;
pub use count::{ProblemCount, ProblemCountError};
pub use custom::{Candidate, Choice, SelectionStrategy, Strategies};
pub use eligibility::{Eligibility, SolvedRule};
pub use error::{OpenSlot, SelectionError};
pub use explain::Explanation;
#[cfg(feature = "fsrs")]
pub use forgetting::{Overdue, due};
pub use funnel::{Funnel, PartExplanation, PoolExplanation, SlotExplanation};
pub use matching::{Matching, match_slots};
pub use mix::{Mix, MixError};
pub use part::Part;
pub use picker::Picker;
pub use question::{Answer, Question};
pub use random::{Seed, SeedSource, SequentialSeeds, SystemSeeds};
pub use rating_band::{RatingBand, RatingBandError};
pub use record::{Selection, SelectionRecord};
pub use request::{RequestError, SelectionRequest, ShortagePolicy};
pub use review::{ReviewOptions, ReviewOptionsError};
pub use rule::Rule;
pub use slot::{Slot, SlotLevel};
pub use strategy::{Strategy, StrategyName, StrategyNameError};
pub use version::{AlgorithmVersion, PartRecord, StrategyVersion};

use crate::catalogue::Catalogue;
use crate::id::ProblemId;
use crate::time::Timestamp;

/// Selects problems for a user whose solves are known to the caller.
///
/// The same catalogue [fingerprint](Catalogue::fingerprint), request, seed and answers give the same
/// selection, on every platform. To replay a stored [`SelectionRecord`], pass its request and seed.
///
/// # Errors
/// [`SelectionError`] when the request names an unknown topic or cannot be met, and
/// [`SelectionError::MoreToKnow`] when more must be known about the user than what is solved.
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
    // What depends on the time asks for more than what is solved.
    let basis = Basis::new(catalogue, request, seed, Timestamp::from_micros(0));
    let mut picker = Picker::new(basis)?;
    loop {
        let questions = picker.questions();
        if questions.is_empty() {
            return picker.finish();
        }
        for question in questions {
            let Question::Solved(candidates) = question else {
                return Err(SelectionError::MoreToKnow);
            };
            let solved = candidates.into_iter().filter(|id| is_solved(*id));
            picker.answer(Answer::Solved(solved.collect()));
        }
    }
}

/// Selects problems for a user about whom the caller knows everything a request may ask.
///
/// # Errors
/// [`SelectionError`] when the request does not make sense or cannot be met.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::select::{Answer, Basis, ProblemCount, Question, Seed, SelectionRequest, Strategy};
/// use contest_core::select::select_with;
/// use contest_core::time::Timestamp;
///
/// // Somebody who has done nothing yet.
/// let newcomer = |question: &Question| match question {
///     Question::Practice(_) => Answer::Practice([].into()),
///     _ => Answer::Solved([].into()),
/// };
/// let catalogue = Catalogue::neetcode150();
/// let request = SelectionRequest::new(ProblemCount::new(5)?).with_strategy(Strategy::LeastUsed);
/// let basis = Basis::new(&catalogue, &request, Seed(1), Timestamp::from_micros(0));
/// assert_eq!(select_with(basis, newcomer)?.problems.len(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn select_with(
    basis: Basis<'_>,
    mut answer: impl FnMut(&Question) -> Answer,
) -> Result<Selection, SelectionError> {
    let mut picker = Picker::new(basis)?;
    loop {
        let questions = picker.questions();
        if questions.is_empty() {
            return picker.finish();
        }
        for question in &questions {
            picker.answer(answer(question));
        }
    }
}
