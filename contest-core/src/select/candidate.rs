//! A problem that may be picked.

use std::sync::Arc;

use crate::catalogue::pools::Place;
use crate::model::Problem;
use crate::select::{Facts, Practice};

/// A problem that may be picked.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub(super) problem: &'a Arc<Problem>,
    pub(super) place: Place,
    pub(super) facts: &'a Facts,
}

impl<'a> Candidate<'a> {
    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    /// What the user has done with the problem, as far as the strategy
    /// [needs](crate::select::SelectionStrategy::needs) it.
    pub fn practice(&self) -> Practice<'a> {
        self.facts.practice(self.place.ordinal)
    }
}
