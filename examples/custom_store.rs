//! A store of one's own, held to the contract by the conformance suite.
//!
//! ```text
//! cargo run --example custom_store
//! ```
//!
//! A store implements the six repositories of `contest_core::store`. It keeps what it is given and
//! answers what it is asked; most rules stay in the core. Read on in `custom_store/store.rs`. It keeps no
//! domain events, which is optional: those have a port, and a suite, of their own.

#[path = "custom_store/life.rs"]
mod life;
#[path = "custom_store/practice.rs"]
mod practice;
#[path = "custom_store/store.rs"]
mod store;
#[path = "custom_store/user.rs"]
mod user;

use std::process::ExitCode;

use contest_core::conformance::{StoreUnderTest, check};

use crate::store::NotebookStore;

/// On several threads, so that the calls that the suite lets race do race.
#[tokio::main]
async fn main() -> ExitCode {
    let factory = async || Ok(StoreUnderTest::new(NotebookStore::default()));
    let (Ok(report) | Err(report)) = check(&factory).await;
    for case in &report.passed {
        println!("kept: {case}");
    }
    println!("{report}");
    if report.is_clean() {
        println!("All contracts hold.");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
