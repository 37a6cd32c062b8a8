//! The SQLite store of edition 2.

mod catalogue;
mod dropped;
mod erasure;
mod events;
mod failures;
mod history;
mod races;
mod scene;
mod users;
