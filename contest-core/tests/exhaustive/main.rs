//! Every interleaving of the store calls of up to three use cases of one user.
//!
//! Each schedule of loads, page reads and commits runs the engine's own futures over a store whose
//! calls happen one at a time, as the scheduler chooses. It must end like some serial order of the same
//! use cases, with the same answers and the same data (linearizability); after each call the record
//! must equal a recount of the log and the contests. Use cases run in two processes, whose clocks may
//! differ; commits may fail, or their answers may be lost. At first each process may remember the
//! stored state of the user, an earlier one, or one of a history that was lost; the serial orders run
//! without remembered states.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod explore;
mod round;
mod scenario;
mod store;
mod walks;

use explore::explore;
use scenario::{Clocks, Memory, Op, Start};

/// All starting states.
fn starts() -> impl Iterator<Item = (Start, Memory)> {
    let memories = |start| Memory::ALL.map(|memory| (start, memory));
    Start::ALL.into_iter().flat_map(memories)
}

/// Those with attempts that the host judges.
fn judged_starts() -> impl Iterator<Item = (Start, Memory)> {
    let memories = |start| Memory::ALL.map(|memory| (start, memory));
    Start::JUDGED.into_iter().flat_map(memories)
}

/// Use cases of rounds and of judged attempts, in pairs with each other, each with every use case.
fn judged_ops() -> Vec<[Op; 3]> {
    let mut all = Vec::new();
    for (a, first) in Op::JUDGED.iter().enumerate() {
        for (b, second) in Op::JUDGED.iter().enumerate().skip(a) {
            let others = Op::ALL.iter().chain(&Op::JUDGED[b..]);
            all.extend(others.map(|third| [*third, *first, *second]));
        }
    }
    all
}

/// Joins and judged attempts, with all other use cases and with each other.
#[tokio::test(start_paused = true)]
async fn joins_and_judged_attempts_end_as_some_serial_order() {
    let mut schedules = 0;
    for start in Start::ALL.into_iter().chain(Start::JUDGED) {
        for ops in judged_ops() {
            schedules += explore(start, &ops, Clocks::Together, Memory::Off, 0).await;
        }
    }
    println!("{schedules} schedules with rounds and judged attempts");
}

/// An accepted attempt of an ended contest is rejected, and accepted again, while another contest with the
/// problem is active.
#[tokio::test(start_paused = true)]
async fn rejudgements_end_as_some_serial_order_with_everything() {
    let mut schedules = 0;
    for (start, memory) in judged_starts() {
        for (place, first) in Op::ALL.iter().enumerate() {
            // Which process remembers matters for two at most.
            let seconds = if memory == Memory::Off {
                &Op::ALL[place..]
            } else {
                &[]
            };
            for second in seconds {
                let ops = [*first, *second, Op::Reject];
                schedules += explore(start, &ops, Clocks::Together, memory, 0).await;
            }
            for judged in Op::JUDGED {
                for ops in [[*first, judged], [judged, *first]] {
                    for clocks in [Clocks::SecondsApart, Clocks::YearsApart] {
                        schedules += explore(start, &ops, clocks, memory, 0).await;
                    }
                }
            }
        }
    }
    println!("{schedules} schedules of rejudgements");
}

/// Joins and judged attempts survive commits that fail, are lost, or are stored without an answer.
#[tokio::test(start_paused = true)]
async fn joins_and_judged_attempts_survive_a_failed_or_unknown_commit() {
    let mut schedules = 0;
    for (start, memory) in starts().chain(judged_starts()) {
        for judged in Op::JUDGED {
            explore(start, &[judged], Clocks::Together, memory, 1).await;
        }
    }
    for start in Start::ALL.into_iter().chain(Start::JUDGED) {
        for judged in Op::JUDGED {
            for other in Op::every() {
                let ops = [other, judged];
                schedules += explore(start, &ops, Clocks::Together, Memory::Off, 1).await;
            }
        }
    }
    println!("{schedules} schedules with faults");
}

/// Three use cases, all with known outcomes: all combinations without remembered states, and one use
/// case of each kind with them.
#[tokio::test(start_paused = true)]
async fn three_use_cases_in_every_order_end_as_some_serial_order() {
    let mut schedules = 0;
    for (start, memory) in starts() {
        let all = if memory == Memory::Off {
            &Op::ALL[..]
        } else {
            &Op::KINDS[..]
        };
        for (a, first) in all.iter().enumerate() {
            for (b, second) in all.iter().enumerate().skip(a) {
                for third in &all[b..] {
                    let ops = [*first, *second, *third];
                    schedules += explore(start, &ops, Clocks::Together, memory, 0).await;
                }
            }
        }
    }
    assert!(schedules > 100_000, "{schedules} schedules");
    println!("{schedules} schedules of three use cases");
}

/// One use case whose commit fails, is lost, or is stored without an answer: it happens once.
#[tokio::test(start_paused = true)]
async fn one_use_case_happens_once_whatever_the_outcome_of_its_commit() {
    for (start, memory) in starts() {
        for op in Op::ALL {
            explore(start, &[op], Clocks::Together, memory, 1).await;
        }
    }
}

/// Two use cases; one commit of each schedule may fail, be lost, or be stored without an answer.
#[tokio::test(start_paused = true)]
async fn two_use_cases_survive_a_failed_or_unknown_commit() {
    let mut schedules = 0;
    for (start, memory) in starts() {
        for (a, first) in Op::ALL.iter().enumerate() {
            for second in &Op::ALL[a..] {
                for clocks in [Clocks::Together, Clocks::SecondsApart] {
                    schedules += explore(start, &[*first, *second], clocks, memory, 1).await;
                }
            }
        }
    }
    assert!(schedules > 10_000, "{schedules} schedules");
    println!("{schedules} schedules of two use cases with faults");
}

/// Two processes whose clocks differ slightly or widely: the order of commits decides, and no user is
/// locked out.
#[tokio::test(start_paused = true)]
async fn i17_clocks_that_differ_change_no_rule_and_lock_no_user_out() {
    let mut schedules = 0;
    for (start, memory) in starts() {
        for first in Op::ALL {
            for second in Op::ALL {
                for clocks in [Clocks::SecondsApart, Clocks::YearsApart] {
                    schedules += explore(start, &[first, second], clocks, memory, 0).await;
                }
            }
        }
    }
    println!("{schedules} schedules over two clocks");
}
