//! Integration tests.

mod sqlite;
