//! The SQLite store: the promises of the ports, and the failures of a database.

mod backup;
mod cancelled;
mod catalogue;
mod dropped;
mod engines;
mod erasure;
mod events;
mod failures;
mod gathered;
mod history;
mod host_transaction;
mod place;
mod power_cut;
mod processes;
mod races;
mod rounds;
mod same_outcome;
mod scene;
mod users;
