//! Selection of problems that the request names.

use crate::model::PerDifficulty;
use crate::select::context::Context;
use crate::select::{Candidate, Rule, Selection, SelectionError, ShortagePolicy};

/// The named problems, in the order of the request, each with the first rule that removes it.
#[derive(Debug)]
pub(super) struct Named<'a>(pub(super) Vec<(Candidate<'a>, Option<Rule>)>);

impl<'a> Named<'a> {
    /// Finds the problems and applies the rules.
    ///
    /// # Errors
    /// [`SelectionError::UnknownProblems`] or [`SelectionError::RetiredProblems`].
    pub(super) fn find(context: &'a Context<'a>) -> Result<Self, SelectionError> {
        let catalogue = context.catalogue;
        let (mut found, mut unknown, mut retired) = (Vec::new(), Vec::new(), Vec::new());
        for problem in context.request.problems() {
            match Candidate::new(catalogue, context.facts, *problem) {
                Some(candidate) => found.push((candidate, context.kept_out_by(&candidate))),
                None if catalogue.get(*problem).is_some() => retired.push(*problem),
                None => unknown.push(*problem),
            }
        }
        if !unknown.is_empty() {
            Err(SelectionError::UnknownProblems { problems: unknown })
        } else if !retired.is_empty() {
            Err(SelectionError::RetiredProblems { problems: retired })
        } else {
            Ok(Self(found))
        }
    }

    /// The selection, or the error if the rules leave too few.
    pub(super) fn outcome(&self, context: &Context<'_>) -> Result<Selection, SelectionError> {
        let passed = self.0.iter().filter(|(_, rule)| rule.is_none());
        let passed: Vec<_> = passed.map(|(candidate, _)| *candidate).collect();
        if passed.is_empty() {
            return Err(SelectionError::NoEligibleProblems);
        }
        let (quota, parts, open) = (PerDifficulty::default(), Vec::new(), Vec::new());
        let selection = context.selection(&passed, quota, parts, open);
        let strict = context.request.shortage_policy() == ShortagePolicy::Strict;
        if strict && passed.len() < self.0.len() {
            return Err(SelectionError::NotEnoughProblems {
                asked: selection.record.asked,
                available: selection.record.taken,
            });
        }
        Ok(selection)
    }
}
