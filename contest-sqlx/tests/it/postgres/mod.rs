//! The PostgreSQL store: what its ports promise, and what only a database can break.

mod cancelled;
mod catalogue;
mod commits;
mod costs;
mod crash;
mod dropped;
mod events;
mod export;
mod faults;
mod fixture;
mod gathered;
mod history;
mod host_transaction;
mod pgbouncer;
mod pool;
mod processes;
mod races;
mod replica;
mod same_outcome;
mod schema;
mod tls;
mod users;
