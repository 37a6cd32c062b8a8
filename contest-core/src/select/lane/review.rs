//! What is due for review comes first, and nothing else at all.

use std::collections::VecDeque;

use crate::id::ProblemId;
use crate::model::Practice;
use crate::select::ReviewOptions;
use crate::select::known::Verdict;
use crate::select::lane::{Lane, Next, SoFar, Tally};
use crate::select::rule::Rule;
use crate::time::Timestamp;

/// The problems that were solved first and are due, the most likely to be forgotten first.
#[derive(Debug)]
pub(in crate::select) struct ReviewLane {
    options: ReviewOptions,
    /// The candidates, once they were asked about.
    candidates: Option<Vec<ProblemId>>,
    /// Those of them that are due, in order, once everything about them is known.
    due: Option<VecDeque<ProblemId>>,
    tally: Tally,
}

impl ReviewLane {
    /// How many solves are looked at, oldest first.
    pub(in crate::select) const LOOK: u32 = 4_096;

    pub(in crate::select) fn new(options: ReviewOptions) -> Self {
        Self {
            options,
            candidates: None,
            due: None,
            tally: Tally {
                reviewing: true,
                ..Tally::default()
            },
        }
    }

    /// The candidates that are due, in order; `None` while something about one of them is not known.
    fn find_due(&mut self, so_far: SoFar<'_, '_>) -> Option<VecDeque<ProblemId>> {
        let known = so_far.known;
        let candidates = self.candidates.as_ref()?;
        if !candidates.iter().all(|id| known.is_known(*id)) {
            return None;
        }
        let mut due = Vec::new();
        for id in candidates {
            let practice = known.practice(*id);
            match practice.and_then(|practice| urgency(practice, known.now, self.options)) {
                Some(urgency) => due.push((urgency, *id)),
                None => self.tally.pass_over(*id, Rule::NotDue),
            }
        }
        due.sort_unstable();
        Some(due.into_iter().map(|(_, id)| id).collect())
    }
}

impl Lane for ReviewLane {
    fn next(&mut self, so_far: SoFar<'_, '_>) -> Next {
        if self.due.is_none() {
            self.due = self.find_due(so_far);
        }
        let Some(due) = &mut self.due else {
            return Next::Ask;
        };
        while let Some(id) = due.pop_front() {
            match so_far.judge_review(id) {
                Verdict::Removed(rule) => self.tally.pass_over(id, rule),
                _ => return Next::Take(id),
            }
        }
        Next::Empty
    }

    fn draw(&mut self, _wanted: usize, so_far: SoFar<'_, '_>, into: &mut Vec<ProblemId>) {
        if self.candidates.is_some() {
            return;
        }
        let filter = so_far.known.filter;
        let solves = so_far.known.oldest_solves().iter();
        let offered = |id: &ProblemId| {
            filter.catalogue.in_use(*id).is_some() && filter.removed_by(*id).is_none()
        };
        let candidates: Vec<_> = solves.map(|solve| solve.problem).filter(offered).collect();
        self.tally.look_at(&candidates);
        into.extend(&candidates);
        self.candidates = Some(candidates);
    }

    fn report(&self, tally: &mut Tally) {
        tally.add(&self.tally);
    }
}

/// How urgent the review of a problem is, the least first; none when it is not due.
#[cfg(feature = "fsrs")]
fn urgency(
    practice: &Practice,
    now: Timestamp,
    options: ReviewOptions,
) -> Option<(u16, Timestamp)> {
    let overdue = crate::select::due(practice, now, options)?;
    Some((overdue.retrievability, overdue.last_reviewed_at))
}

/// Without the model nothing is, and no selection comes so far.
#[cfg(not(feature = "fsrs"))]
fn urgency(_: &Practice, _: Timestamp, _: ReviewOptions) -> Option<(u16, Timestamp)> {
    None
}
