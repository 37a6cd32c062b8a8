//! Practice contests to embed: pick problems a user has not solved, balanced by difficulty; run the
//! timed contest; track progress. Over any store.
//!
//! ```
//! use contest_core::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
//! let engine = Engine::builder(store).build().await?;
//! let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
//!
//! let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
//! let contest = engine.create_contest(user, &request).await?.contest;
//! for entry in &contest.problems {
//!     println!("{}. {} ({})", entry.order, entry.problem.title, entry.problem.difficulty);
//! }
//! engine.mark_solved(user, contest.id, contest.problems[0].problem.id).await?;
//! engine.complete_contest(user, contest.id).await?;
//! assert_eq!(engine.progress(user).await?.overall().solved, 1);
//! # Ok(()) }
//! ```
//!
//! # Map
//! | module | what it holds |
//! |---|---|
//! | [`engine`] | the use cases: start here |
//! | [`model`], [`id`], [`time`], [`calendar`] | values, and time as one of them |
//! | [`catalogue`] | all problems, validated and indexed; reading them from CSV and JSON |
//! | [`user`] | what is kept of a user |
//! | [`rules`] | what a contest accepts, and what becomes of it: one use case a file, pure |
//! | [`select`] | which problems a contest gets: pure and reproducible |
//! | [`progress`] | what can be said of a user: counts, days, streaks, results, pace; pure |
//! | [`store`] | the ports a store implements, and what stands before a store |
//! | [`delivery`] | what was committed, taken to a sink of the host's |
//! | [`fan_out`] | bounded, fail-fast, structured concurrency |
//! | `memory` | a store in memory |
//! | `conformance` | the suite that checks a store against its contract |
//!
//! # Features
//! | feature | default | what it adds |
//! |---|---|---|
//! | `memory` | yes | `memory::MemoryStore` |
//! | `bundled` | yes | `Catalogue::neetcode150`; turns on `csv` |
//! | `csv` | by `bundled` | `Catalogue::from_csv` |
//! | `json` | no | `Catalogue::from_json`; turns on `serde` |
//! | `serde` | no | serialisation of the domain types |
//! | `fsrs` | no | spaced review by the FSRS model: `select::due` |
//! | `testing` | no | `conformance`: the suite, and stores that fail or delay. Exempt from semantic versioning |
//! | `mock` | no | `store::MockStore`. Exempt from semantic versioning |
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod calendar;
pub mod catalogue;
#[cfg(feature = "testing")]
pub mod conformance;
pub mod delivery;
pub mod engine;
pub mod fan_out;
pub mod id;
#[cfg(feature = "memory")]
pub mod memory;
pub mod model;
pub mod prelude;
pub mod progress;
pub mod rules;
pub mod select;
pub mod store;
pub mod time;
pub mod user;

pub use engine::Engine;
/// The crate ids are made of, as this crate was built with it.
pub use uuid;

pub use id::{ContestId, ProblemId, UserId};

/// The READMEs' examples, compiled and run as tests.
#[cfg(all(doctest, feature = "memory", feature = "bundled"))]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../../README.md")]
struct Readme;
