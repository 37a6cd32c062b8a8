//! The tests that the example `custom_strategy` has beside its strategy.

#[path = "../custom_strategy.rs"]
#[allow(dead_code, reason = "the program itself is not run here")]
mod custom_strategy;
