//! Selection: which problems a contest gets. Pure: no input, no output, no ambient randomness.
//!
//! [`Needs`] tells which facts about a user a request needs, [`Facts`] holds them, and [`select`] is a
//! function of an [`Input`] and the facts. [`explain()`] is the same function with an observer.
//!
//! The algorithm, version 1:
//!
//! 1. The count is shared among difficulties by the Sainte-Laguë method
//!    ([`Mix::quota`]).
//! 2. Each difficulty has a pool: the problems that are not retired and match the topics, by id.
//!    A lazy Fisher–Yates shuffle, fed by a random stream of that difficulty's own, draws from it.
//! 3. What the rules keep out is passed over. The first that pass fill the difficulty's quota.
//! 4. What a difficulty cannot give flows to the nearest that can
//!    ([`ShortagePolicy`] says what happens when none can).
//! 5. The result is ordered easy to hard, and in drawn order inside a difficulty.
//!
//! A request may ask for other [rules](Eligibility) about who may get what, another
//! [strategy](SelectionStrategy) to order the candidates of a pool, several
//! [parts](Part) with a strategy each, or [slots](Slot) instead of a mix.
//! Each strategy has a version of its own.
//!
//! A request may instead [name its problems](SelectionRequest::with_problems). Nothing is drawn then:
//! the problems that pass its rules are given in the order in which they are named.

mod candidate;
mod choice;
mod context;
mod count;
mod digest;
mod draw;
mod eligibility;
mod error;
mod explain;
mod facts;
mod filled;
mod funnel;
mod input;
mod matching;
mod mix;
mod named;
mod needs;
mod origin;
mod part;
mod parts;
mod practice;
mod random;
mod rating_band;
mod record;
mod request;
mod review;
mod rule;
mod shortage;
mod slot;
mod slots;
mod strategies;
mod strategy;
#[cfg(test)]
#[cfg(feature = "fsrs")]
mod tests;
mod version;

pub use candidate::Candidate;
pub use choice::Choice;
pub use count::ProblemCount;
pub use eligibility::{Eligibility, SolvedRule};
pub use error::{OpenSlot, SelectionError};
pub use explain::{Explanation, explain};
pub use facts::Facts;
pub use filled::select;
pub use funnel::{Funnel, PartExplanation, PoolExplanation, SlotExplanation};
pub use input::Input;
pub use matching::{Matching, match_slots};
pub use mix::{Mix, MixError};
pub use needs::Needs;
pub use origin::Source;
pub use part::Part;
pub use practice::{Encounter, Practice};
pub use random::{Seed, SeedSource, SequentialSeeds, SystemSeeds};
pub use rating_band::{RatingBand, RatingBandError};
pub use record::{Selection, SelectionRecord};
pub use request::{RequestError, SelectionRequest, ShortagePolicy};
pub use review::ReviewOptions;
pub use rule::Rule;
pub use slot::{Slot, SlotLevel};
pub use strategies::{Order, SelectionStrategy, Strategies};
#[cfg(feature = "fsrs")]
pub use strategies::{Overdue, due};
pub use strategy::{SelectionMethod, Strategy, StrategyName, StrategyNameError};
pub use version::{AlgorithmVersion, PartRecord, StrategyVersion};
