//! The suite for stores that keep domain events: what the log has, and how it is delivered.

pub(super) mod appending;
mod courier;
pub(super) mod delivery_races;
pub(super) mod event_cancellation;
pub(super) mod event_races;
pub(super) mod forgetting;
pub(super) mod leasing;
mod logged;
mod table;
