//! The selection as a state machine that asks about the user.

use crate::select::plain::{Plain, is_plain};
use crate::select::ruled::Ruled;
use crate::select::{Answer, Basis, Explanation, Question, Selection, SelectionError};

/// A selection under way. Ask for its [`questions`](Self::questions), [`answer`](Self::answer) each,
/// until there is nothing more to ask; then [`finish`](Self::finish).
///
/// [`select_with`](crate::select::select_with) is this loop with a closure for an answer.
#[derive(Debug)]
pub struct Picker<'c>(Kind<'c>);

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are plain: those need no box"
)]
enum Kind<'c> {
    Plain(Plain<'c>),
    Ruled(Box<Ruled<'c>>),
}

impl<'c> Picker<'c> {
    /// Begins a selection.
    ///
    /// # Errors
    /// [`SelectionError::Request`], [`SelectionError::UnknownTopic`] or
    /// [`SelectionError::UnknownStrategy`].
    pub fn new(basis: Basis<'c>) -> Result<Self, SelectionError> {
        if is_plain(basis.request) {
            basis.check()?;
            Ok(Self(Kind::Plain(Plain::new(basis))))
        } else {
            Self::explaining(basis)
        }
    }

    /// Begins a selection that can be [explained](Self::explain) and gives the same problems.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn explaining(basis: Basis<'c>) -> Result<Self, SelectionError> {
        basis.check()?;
        Ok(Self(Kind::Ruled(Box::new(Ruled::new(basis)?))))
    }

    /// What must be known next, or nothing when the selection is decided. The questions do not
    /// depend on each other; candidates do not repeat. Asking again without an
    /// [`answer`](Self::answer) gives the same questions.
    pub fn questions(&mut self) -> Vec<Question> {
        match &mut self.0 {
            Kind::Plain(plain) => plain
                .next_candidates()
                .map(Question::Solved)
                .into_iter()
                .collect(),
            Kind::Ruled(ruled) => ruled.questions(),
        }
    }

    /// Takes the answer to one of the last [`questions`](Self::questions). An answer to anything
    /// else is ignored.
    pub fn answer(&mut self, answer: Answer) {
        match (&mut self.0, answer) {
            (Kind::Plain(plain), Answer::Solved(solved)) => plain.answer(&solved),
            (Kind::Plain(_), _) => {}
            (Kind::Ruled(ruled), answer) => ruled.answer(answer),
        }
    }

    /// How it came about. A selection that is not [`explaining`](Self::explaining) tells only its
    /// outcome.
    pub fn explain(self) -> Explanation {
        match self.0 {
            Kind::Ruled(ruled) => ruled.explain(),
            Kind::Plain(plain) => Explanation {
                seed: plain.seed(),
                parts: Vec::new(),
                slots: Vec::new(),
                outcome: plain.finish(),
            },
        }
    }

    /// The outcome.
    ///
    /// # Errors
    /// [`SelectionError::NoEligibleProblems`], or in strict mode
    /// [`SelectionError::NotEnoughProblems`] or [`SelectionError::PartUnfilled`];
    /// [`SelectionError::SlotsUnfillable`] for slots.
    pub fn finish(self) -> Result<Selection, SelectionError> {
        match self.0 {
            Kind::Plain(plain) => plain.finish(),
            Kind::Ruled(ruled) => ruled.finish(),
        }
    }
}
