//! Selection: which problems a contest gets. Pure: no I/O and no ambient randomness.
//!
//! [`Needs`] lists the facts about a user that a request needs, [`Facts`] holds them, and [`select`] is
//! a function of an [`Input`] and the facts. [`explain()`] is the same function with an observer.
//!
//! The algorithm, version 1:
//!
//! 1. The count is divided among difficulties by the Sainte-Laguë method ([`Mix::quota`]).
//! 2. Each difficulty has a pool: the problems that are not retired and match the topics, by id. A lazy
//!    Fisher–Yates shuffle draws from it, with a random stream for each difficulty.
//! 3. Problems that a rule removes are passed over. The first that pass fill the difficulty's quota.
//! 4. A difficulty's missing problems come from the nearest difficulty that has more
//!    ([`ShortagePolicy`] says what happens if none has).
//! 5. The result is ordered easy to hard, and in drawn order inside a difficulty.
//!
//! A request may set other [rules](Eligibility) on who may get which problems, another
//! [strategy](SelectionStrategy) to order the candidates of a pool, several [parts](Part) with a
//! strategy each, or [slots](Slot) instead of a mix. Each strategy has a version of its own.
//!
//! A request may instead [name its problems](SelectionRequest::with_problems). Then nothing is drawn:
//! the contest gets the named problems that pass the rules, in the order of the request.

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
mod sets;
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
