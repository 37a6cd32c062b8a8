//! A problem that a strategy may pick.

use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::catalogue::pools::Place;
use crate::id::ProblemId;
use crate::model::Problem;
use crate::select::{Facts, Practice};

/// A problem that a strategy may pick.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub(super) problem: &'a Arc<Problem>,
    pub(super) place: Place,
    pub(super) facts: &'a Facts,
}

impl<'a> Candidate<'a> {
    /// The problem with this id, unless it is unknown or retired. For testing a strategy on one
    /// candidate.
    ///
    /// ```
    /// use contest_core::prelude::*;
    /// use contest_core::select::Facts;
    ///
    /// fn is_short(candidate: &Candidate<'_>) -> bool {
    ///     candidate.problem().title.len() < 10
    /// }
    ///
    /// let catalogue = Catalogue::neetcode150();
    /// let facts = Facts::of(None, &catalogue);
    /// let two_sum = ProblemId::from_slug(&"two-sum".parse()?);
    /// let candidate = Candidate::new(&catalogue, &facts, two_sum).ok_or("not in the catalogue")?;
    /// assert!(is_short(&candidate));
    /// assert!(candidate.practice().solved_at.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(catalogue: &'a Catalogue, facts: &'a Facts, id: ProblemId) -> Option<Self> {
        let place = catalogue.place_in_use(catalogue.ordinal(id)?)?;
        Some(Self {
            problem: catalogue.at(&place)?,
            place,
            facts,
        })
    }

    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    /// The user's history with the problem, as far as the strategy
    /// [needs](crate::select::SelectionStrategy::needs) it.
    pub fn practice(&self) -> Practice<'a> {
        self.facts.practice(self.place.ordinal)
    }
}
