//! Every interleaving of the store calls of up to three use cases of one user.
//!
//! Each schedule of loads, page reads and commits runs the engine's own futures over a store whose calls
//! happen one at a time, when the scheduler says so. It must end as some serial order of the same use
//! cases ends, with the same answers and the same data (linearizability); after each call the record
//! must equal a recount of the log and the contests. Use cases run in two processes, whose clocks may
//! differ; commits may fail, or have their answers lost.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod explore;
mod scenario;
mod store;
mod walks;

use explore::explore;
use scenario::{Clocks, Op, Start};

/// Three use cases, all of which are answered.
#[tokio::test(start_paused = true)]
async fn three_use_cases_in_every_order_end_as_some_serial_order() {
    let mut schedules = 0;
    for start in Start::ALL {
        for (a, first) in Op::ALL.iter().enumerate() {
            for (b, second) in Op::ALL.iter().enumerate().skip(a) {
                for third in &Op::ALL[b..] {
                    let ops = [*first, *second, *third];
                    schedules += explore(start, &ops, Clocks::Together, 0).await;
                }
            }
        }
    }
    assert!(schedules > 100_000, "{schedules} schedules");
    println!("{schedules} schedules of three use cases");
}

/// One use case alone, one commit of which fails, is lost, or is kept without an answer: it happens once.
#[tokio::test(start_paused = true)]
async fn one_use_case_happens_once_whatever_becomes_of_its_commit() {
    for start in Start::ALL {
        for op in Op::ALL {
            explore(start, &[op], Clocks::Together, 1).await;
        }
    }
}

/// Two use cases; one commit of each schedule may fail, be lost, or be kept without an answer.
#[tokio::test(start_paused = true)]
async fn two_use_cases_survive_a_failed_or_unknown_commit() {
    let mut schedules = 0;
    for start in Start::ALL {
        for (a, first) in Op::ALL.iter().enumerate() {
            for second in &Op::ALL[a..] {
                for clocks in [Clocks::Together, Clocks::SecondsApart] {
                    schedules += explore(start, &[*first, *second], clocks, 1).await;
                }
            }
        }
    }
    assert!(schedules > 10_000, "{schedules} schedules");
    println!("{schedules} schedules of two use cases with faults");
}

/// Two processes whose clocks are a little or far apart: the order of commits decides, no user is locked
/// out.
#[tokio::test(start_paused = true)]
async fn i17_clocks_that_differ_change_no_rule_and_lock_nobody_out() {
    let mut schedules = 0;
    for start in Start::ALL {
        for first in Op::ALL {
            for second in Op::ALL {
                for clocks in [Clocks::SecondsApart, Clocks::YearsApart] {
                    schedules += explore(start, &[first, second], clocks, 0).await;
                }
            }
        }
    }
    println!("{schedules} schedules over two clocks");
}
