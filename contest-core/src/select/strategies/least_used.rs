//! What the user's contests had least often comes first.

use std::iter;

use crate::select::{Candidate, Choice, Needs, Order, SelectionStrategy, Source, StrategyVersion};

/// How many candidates are compared with each other. A pool up to this size is put in order whole, a
/// greater one in windows of this size as they are drawn.
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

/// Windows of the draw, each ordered by how often the user met its candidates, in drawn order among
/// equals.
///
/// What was never met comes first in a window, so it is given as soon as it is seen: only users who
/// met nearly everything pay for a whole window.
struct Windows<'a> {
    choice: Choice<'a>,
    /// How many candidates of this window are still to be looked at.
    left: usize,
    /// Those of them that were met before, in drawn order.
    met: Vec<Candidate<'a>>,
    /// What is left of a window that is in order.
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
                    Some(Err(_)) => {}
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
