//! Delivering [domain events](crate::store::EventLog) to the host's sinks.
//!
//! A store with an event log (an outbox) writes the events of a commit in the same step. A
//! [`Dispatcher`] leases them from the log and passes them to an [`EventSink`] of the host: a queue, a
//! mailer, a cache to invalidate.
//!
//! - **Exactly the committed events.** A process that dies between committing and delivering loses
//!   nothing: the next dispatcher finds the events.
//! - **In order per user.** A dispatcher leases a user, and during the lease no other delivers that
//!   user's events. Any number of dispatchers, in any number of processes, share the work.
//! - **At least once.** A process that dies between delivering and acknowledging delivers again. A sink
//!   recognises a repeated event by the user and the [number](crate::model::EventNumber).
//! - **Retries with a growing pause.** Events that a sink did not accept are delivered again, with the
//!   number of the [attempt](crate::store::EventBatch::attempt). A host can have an event [set
//!   aside](Dispatcher::with_set_aside) after a number of attempts, so that the next ones continue.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use contest_core::delivery::{Dispatched, Dispatcher, EventSink, SinkError};
//! use contest_core::prelude::*;
//! use contest_core::store::{EventBatch, async_trait};
//! use contest_core::time::SystemClock;
//!
//! #[derive(Default)]
//! struct Notes(Mutex<Vec<String>>);
//!
//! #[async_trait]
//! impl EventSink for Notes {
//!     async fn deliver(&self, batch: &EventBatch) -> Result<(), SinkError> {
//!         let notes = batch.events.iter().map(|event| format!("{:?}", event.kind));
//!         self.0.lock().unwrap().extend(notes);
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::with_catalogue(Catalogue::neetcode150()).with_outbox();
//! let engine = Engine::builder(store.clone()).build().await?;
//! let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
//! let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
//! engine.create_contest(user, &request).await?;
//!
//! let notes = Arc::new(Notes::default());
//! let dispatcher = Dispatcher::new(Arc::new(store), Arc::clone(&notes) as _, SystemClock);
//! // Usually `dispatcher.run(stop)`, next to the server.
//! while dispatcher.dispatch_once().await? != Dispatched::Nothing {}
//! assert!(notes.0.lock().unwrap()[0].starts_with("ContestCreated"));
//! # Ok(()) }
//! ```

mod dispatcher;
mod error;
mod run;
mod sink;

pub use dispatcher::{Dispatched, Dispatcher};
pub use error::DispatchError;
pub use sink::{EventSink, SinkError};
