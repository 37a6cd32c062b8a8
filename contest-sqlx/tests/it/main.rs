//! Both stores, held to the contract and to what only a database can break.

mod harness;
mod pool_faults;
mod postgres;
mod sqlite;
