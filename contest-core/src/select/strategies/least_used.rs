//! Problems that were least often in the user's contests come first.

use std::iter;

use crate::select::choice::PassedOver;
use crate::select::{Candidate, Choice, Needs, Order, SelectionStrategy, Source, StrategyVersion};

/// How many candidates are sorted at a time. A pool up to this size is sorted as a whole, a larger one
/// in windows of this size, as they are drawn.
const WINDOW: usize = 512;

/// [`Strategy::LeastUsed`](crate::select::Strategy::LeastUsed).
#[derive(Debug)]
pub(super) struct LeastUsed;

impl SelectionStrategy for LeastUsed {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn needs(&self) -> Needs {
        Needs::default().with_contests()
    }

    fn source(&self) -> Source {
        Source::ByDifficulty
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        let mut windows = Windows {
            choice,
            left: WINDOW,
            met: Vec::new(),
            sorted: Vec::new().into_iter(),
        };
        Box::new(iter::from_fn(move || windows.next()))
    }
}

/// Windows of the draw, each sorted by how often the user's contests had its candidates, in drawn order
/// among equals.
///
/// A candidate that no contest had is given as soon as it is drawn, because it comes first in its
/// window. So only users who have met nearly all problems pay for a whole window.
struct Windows<'a> {
    choice: Choice<'a>,
    /// How many candidates of this window are still to be drawn.
    left: usize,
    /// The candidates of this window that a contest had, in drawn order.
    met: Vec<Candidate<'a>>,
    /// The rest of a sorted window.
    sorted: std::vec::IntoIter<Candidate<'a>>,
}

impl<'a> Windows<'a> {
    fn next(&mut self) -> Option<Candidate<'a>> {
        loop {
            if let Some(candidate) = self.sorted.next() {
                return Some(candidate);
            }
            let mut ended = false;
            while self.left > 0 && !ended {
                self.left -= 1;
                match self.choice.look() {
                    Some(Ok(candidate)) if candidate.practice().met() == 0 => {
                        return Some(candidate);
                    }
                    Some(Ok(candidate)) => self.met.push(candidate),
                    Some(Err(PassedOver)) => {}
                    None => ended = true,
                }
            }
            if ended && self.met.is_empty() {
                return None;
            }
            self.left = WINDOW;
            self.met.sort_by_key(|candidate| candidate.practice().met());
            self.sorted = std::mem::take(&mut self.met).into_iter();
        }
    }
}
