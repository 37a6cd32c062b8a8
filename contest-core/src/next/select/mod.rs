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

mod candidate;
mod choice;
mod context;
mod explain;
mod facts;
mod filled;
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

pub use candidate::Candidate;
pub use choice::Choice;
pub use explain::{Explanation, explain};
pub use facts::Facts;
pub use filled::select;
pub use input::Input;
pub use needs::Needs;
pub use origin::Source;
pub use practice::{Encounter, Practice};
pub use record::{Selection, SelectionMethod, SelectionRecord};
pub use strategies::{Order, SelectionStrategy, Strategies};
#[cfg(feature = "fsrs")]
pub use strategies::{Overdue, due};
