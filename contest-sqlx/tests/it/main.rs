//! Integration tests.

mod harness;
mod postgres;
