//! Tests the store of the example against the contract: one test for each promise of the ports.

#[path = "../custom_store/store.rs"]
mod store;

use contest_core::conformance::Harness;

use crate::store::MapStore;

contest_core::conformance::tests!(async || Ok(Harness::new(MapStore::default())));
