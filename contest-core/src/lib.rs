//! Practice contests to embed in an application: pick problems a user has not solved, balanced by
//! difficulty; run the timed contest; track progress. Works over any store.
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
//! | module | contents |
//! |---|---|
//! | [`engine`] | the use cases: start here; [`Rounds`](engine::Rounds) has those of contests given to many |
//! | [`model`], [`id`], [`time`], [`calendar`] | values, and time as one of them |
//! | [`catalogue`] | all problems, validated and indexed; reading them from CSV and JSON |
//! | [`user`] | a user's stored data |
//! | [`rules`] | when an operation on a contest is allowed, and its result: one use case a file, pure |
//! | [`select`] | which problems a contest gets: pure and reproducible |
//! | [`progress`] | statistics of a user: counts, days, streaks, results, pace; pure |
//! | [`scoring`] | attempts with verdicts, and how they are scored: ticks, ICPC, IOI and others; pure |
//! | [`standings`] | rounds, and the board of one: ranks, freeze, first to solve, updated attempt by attempt; pure |
//! | [`store`] | the traits a store implements, and wrappers around a store |
//! | [`delivery`] | delivers committed events to the host's sink |
//! | [`fan_out`] | bounded, fail-fast, structured concurrency |
//! | `memory` | a store in memory |
//! | `conformance` | the suite that checks a store against its contract |
//!
//! # Features
//! | feature | default | adds |
//! |---|---|---|
//! | `memory` | yes | `memory::MemoryStore` |
//! | `bundled` | yes | `Catalogue::neetcode150`; turns on `csv` |
//! | `tzdb` | yes | the IANA time-zone database, compiled in. Without it, [zones](calendar::TimeZone) come from the system's |
//! | `csv` | by `bundled` | `Catalogue::from_csv` |
//! | `json` | no | `Catalogue::from_json`; turns on `serde` |
//! | `serde` | no | `Serialize` and `Deserialize`: see [As JSON](#as-json) |
//! | `fsrs` | no | spaced review by the FSRS model: `select::due` |
//! | `testing` | no | `conformance`: the suite, and stores that fail or delay. Exempt from semantic versioning |
//! | `mock` | no | `store::MockStore`. Exempt from semantic versioning |
//!
//! # As JSON
//! With the feature `serde`, values are serialised by these rules, which are part of the public interface:
//!
//! | value | JSON |
//! |---|---|
//! | an [instant](time::Timestamp) | RFC 3339 in UTC, to the microsecond: `"2026-01-31T12:00:00Z"`. Any offset is read |
//! | a [day](calendar::Day) | an ISO date: `"2026-01-31"` |
//! | a duration | seconds, with a fraction if it has one: `90`, `0.5` |
//! | [points](scoring::Points) | a number: `100`, `66.6` |
//! | an id | a UUID, in a member whose name ends in `_id`, or `_ids` for a list |
//! | a [seed](select::Seed) | a string, because some readers keep only 53 bits of a number |
//! | a [difficulty](model::Difficulty) | `"Easy"`, `"Medium"` or `"Hard"`; as members `easy`, `medium` and `hard` |
//! | another enum | its name in snake case: the status `"active"`, the policy `"reject"` or `{"accept_for": 60}` |
//! | an absent value | `null`; left out of events and selections |
//!
//! - Members are named as over HTTP: the instant of a view is `server_now`. For answers equal to those of
//!   `contest-http`, use the types of its module `response`.
//! - Members may be added. Deserialising ignores unknown members, except in the options of a strategy:
//!   ignoring one there would select different problems.
//! - A [contest](progress::Contest) says how its problems were selected. It omits the request, which could
//!   name other users.
//! - [`UserRecord`](user::UserRecord), [`ContestRecord`](user::ContestRecord) and their parts are different:
//!   their JSON is the format of stored data, with times as microseconds. It is for stores alone, and
//!   changes with [`FORMAT`](user::FORMAT).
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod calendar;
pub mod catalogue;
#[cfg(feature = "testing")]
pub mod conformance;
pub mod delivery;
#[cfg(feature = "serde")]
mod encoding;
pub mod engine;
pub mod fan_out;
pub mod id;
#[cfg(feature = "memory")]
pub mod memory;
pub mod model;
pub mod prelude;
pub mod progress;
pub mod rules;
pub mod scoring;
pub mod select;
pub mod standings;
pub mod store;
pub mod time;
pub mod user;

pub use engine::Engine;
/// The crate ids are made of, as this crate was built with it.
pub use uuid;

pub use id::{ContestId, ParticipantId, ProblemId, UserId};

/// The READMEs' examples, compiled and run as tests.
#[cfg(all(doctest, feature = "memory", feature = "bundled"))]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../../README.md")]
struct Readme;
