//! Integration tests.

mod harness;
mod pool_faults;
mod postgres;
