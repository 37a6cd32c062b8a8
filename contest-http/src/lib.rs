//! HTTP routes for [`contest_core`], to nest in any axum app.
//!
//! ```
//! use axum::Router;
//! use contest_core::prelude::*;
//! use contest_http::{Api, ProblemDetails};
//! use http::request::Parts;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
//! let engine = Engine::builder(store).build().await?;
//!
//! // You identify the caller. Here from a header that a proxy in front sets; see `identity`.
//! let identity = |request: &Parts| {
//!     let user = request.headers.get("x-user").and_then(|value| value.to_str().ok());
//!     user.and_then(|text| text.parse().ok())
//!         .ok_or_else(|| ProblemDetails::unauthorized("log in first"))
//! };
//! let app: Router = Router::new().nest("/api", Api::new(engine, identity).router());
//! # let _ = app;
//! # Ok(()) }
//! ```
//!
//! A host that wants some of the routes takes [`Api::contest_routes`], [`Api::progress_routes`] or
//! [`Api::problem_routes`].
//!
//! # Map
//! | module | what it holds |
//! |---|---|
//! | [`Api`] | the routes, all in one table |
//! | [`identity`] | the host identifies the caller |
//! | [`ProblemDetails`] | every error, as RFC 9457 has it |
//! | [`response`] | what the routes answer with, for handlers of the host's own |
//! | `openapi` | the OpenAPI document, made from the code (feature `openapi`) |
//! | [`events`] | a user's events as they happen, over a log the host may keep |
//! | `docs` | a page about the API that works offline (feature `docs`) |
//! | `jwt` | bearer JSON Web Tokens as identity (feature `jwt`) |
//!
//! # What only a host can do
//! Some operations must not be callable by users, so they have no route. A host calls the engine
//! itself, after deciding who may:
//! - extra time: [`Engine::extend_contest`](contest_core::engine::Engine::extend_contest);
//! - erasing a user: [`Engine::erase_user`](contest_core::engine::Engine::erase_user);
//! - problems without those that a group has solved:
//!   [`Eligibility::with_group`](contest_core::select::Eligibility::with_group). A route for it would
//!   reveal to one user what another has solved.
//!
//! # What a host provides
//! The routes limit the size of bodies and answer errors as problem details. The host provides
//! timeouts, rate limits, compression, CORS and logging. A ready-made server with all of these is the
//! package `contest-server`.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cached;
mod cursor;
mod details;
#[cfg(feature = "docs")]
pub mod docs;
mod dto;
mod error;
pub mod events;
mod extract;
pub mod identity;
mod json;
#[cfg(feature = "jwt")]
pub mod jwt;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod response;
mod router;
mod routes;
mod whole;

/// The crate the routes are made with, in the version they fit.
pub use axum;
pub use details::ProblemDetails;
pub use identity::Identity;
pub use router::Api;

/// The README's examples, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
