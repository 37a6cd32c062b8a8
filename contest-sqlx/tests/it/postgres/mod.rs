//! The PostgreSQL store: the promises of the ports, and the failures of a database.

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
mod rounds;
mod same_outcome;
mod schema;
mod tls;
mod users;
