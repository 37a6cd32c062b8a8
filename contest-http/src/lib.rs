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
//! To mount only some of the routes, use [`Api::contest_routes`], [`Api::progress_routes`],
//! [`Api::problem_routes`] or [`Api::round_routes`].
//!
//! # Rounds
//! [`Api::rounds`] adds contests given to many, with their boards, and [`Api::host`] the routes with which the
//! host runs them:
//!
//! ```
//! use axum::body::Body;
//! use contest_core::engine::Rounds;
//! use contest_core::prelude::*;
//! use contest_http::{Api, identity::FromExtension};
//! use http::{Method, Request, StatusCode};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
//! let engine = Engine::builder(store.clone()).build().await?;
//! let staff: UserId = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
//! let app: axum::Router = Api::new(engine.clone(), FromExtension)
//!     .rounds(Rounds::new(engine.clone(), store))
//!     .host(move |user| user == staff)
//!     .router();
//! let send = |user: UserId, method: Method, path: &str, body: String| {
//!     let request = Request::builder().method(method).uri(path).extension(user);
//!     let request = request.header("content-type", "application/json").body(Body::from(body));
//!     let app = app.clone();
//!     async move { Ok::<_, Box<dyn std::error::Error>>(app.oneshot(request?).await?.status()) }
//! };
//!
//! // The host gives the first problem of the catalogue to everyone.
//! let problem = engine.catalogue().problems()[0].id;
//! let round = format!(
//!     r#"{{"opens_at": "2026-01-31T12:00:00Z", "closes_at": "9999-01-31T17:00:00Z",
//!          "problems": [{{"problem_id": "{problem}"}}], "scoring": {{"method": "icpc"}}}}"#
//! );
//! let path = "/rounds/0190d3f4-7a00-7000-8000-0000000000aa";
//! assert_eq!(send(staff, Method::PUT, path, round).await?, StatusCode::OK);
//!
//! // A user joins, and looks at the board.
//! let user = "0190d3f4-7a00-7000-8000-000000000002".parse()?;
//! let joined = send(user, Method::POST, &format!("{path}/join"), String::new()).await?;
//! assert_eq!(joined, StatusCode::CREATED);
//! let board = send(user, Method::GET, &format!("{path}/board"), String::new()).await?;
//! assert_eq!(board, StatusCode::OK);
//! # Ok(()) }
//! ```
//!
//! # Map
//! | item | content |
//! |---|---|
//! | [`Api`] | the routes, all in one table |
//! | [`identity`] | how the host identifies the caller, and decides who acts for it |
//! | [`ProblemDetails`] | all errors, in the format of RFC 9457 |
//! | [`CachedResponse`] | a response that is made once and sent many times, for the host's static files too |
//! | [`response`] | the response types of the routes, for the host's own handlers |
//! | `openapi` | the OpenAPI document, made from the code (feature `openapi`) |
//! | [`events`] | streams of a user's events, if the host keeps an event log, and of boards |
//! | `docs` | a page about the API that works offline (feature `docs`) |
//! | `jwt` | bearer JSON Web Tokens as identity (feature `jwt`) |
//!
//! # Operations without a route
//! Some operations must not be callable by users, so they have no route. The host calls the engine
//! itself, after it has checked the caller's rights:
//! - granting extra time outside rounds: [`Engine::extend_contest`](contest_core::engine::Engine::extend_contest);
//! - recording attempts outside rounds: [`Engine::record_attempts`](contest_core::engine::Engine::record_attempts);
//! - erasing a user: [`Engine::erase_user`](contest_core::engine::Engine::erase_user);
//! - leaving out problems that a group has solved:
//!   [`Eligibility::with_group`](contest_core::select::Eligibility::with_group). A route for it would
//!   reveal to one user the problems that another has solved.
//!
//! # Left to the host
//! The routes limit the size of bodies and answer errors as problem details. With feature `gzip`, they
//! compress lists of problems and the files of `docs`, once for each revision of the catalogue. The host
//! provides timeouts, rate limits, compression of other responses, CORS and logging. A ready-made server
//! with all of these is the package `contest-server`.
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
mod kept;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod response;
mod router;
mod routes;
mod whole;

/// The version of axum that the routes are built with.
pub use axum;
pub use cached::CachedResponse;
pub use details::ProblemDetails;
pub use identity::Identity;
pub use router::Api;

/// The README's examples, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
