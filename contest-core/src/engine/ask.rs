//! Answering, from a store, what a selection asks about a user.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroUsize;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::fan_out::fan_out;
use crate::id::UserId;
use crate::select::{Answer, Question};
use crate::store::{SolvePage, Store, StoreError};

/// The most candidates in one question to the store.
pub(super) const CHUNK: usize = 1_024;

/// Answers about one user, from what a store holds now.
#[derive(Clone, Copy)]
pub(super) struct Asker<'e> {
    pub(super) store: &'e dyn Store,
    pub(super) user: UserId,
    pub(super) group: &'e BTreeSet<UserId>,
    /// How many calls run side by side.
    pub(super) concurrency: NonZeroUsize,
}

/// A part of an answer that is found with one call.
type Piece<'a> = BoxFuture<'a, Result<Answer, StoreError>>;

impl<'e> Asker<'e> {
    /// An answer to each question. The store is asked in chunks, for each member of a group on its
    /// own, a bounded number at a time; the first failure ends it all.
    pub(super) async fn answer(&self, questions: &[Question]) -> Result<Vec<Answer>, StoreError> {
        // What nearly every selection asks: nothing to fan out.
        if let [Question::Solved(candidates)] = questions
            && candidates.len() <= CHUNK
        {
            let solved = self.store.solved_among(self.user, candidates).await?;
            return Ok(vec![Answer::Solved(solved)]);
        }
        let mut pieces = Vec::new();
        for question in questions {
            self.pieces(question, &mut pieces);
        }
        let mut answers: Vec<_> = questions.iter().map(nothing).collect();
        for piece in fan_out(self.concurrency, pieces).await? {
            merge(&mut answers, &piece);
        }
        Ok(answers)
    }

    fn pieces<'a>(&self, question: &'a Question, pieces: &mut Vec<Piece<'a>>)
    where
        'e: 'a,
    {
        let Self { store, user, .. } = *self;
        match question {
            Question::Solved(candidates) => {
                for chunk in candidates.chunks(CHUNK) {
                    let solved = store.solved_among(user, chunk);
                    pieces.push(solved.map(|solved| solved.map(Answer::Solved)).boxed());
                }
            }
            Question::SolvedByGroup(candidates) => {
                for chunk in candidates.chunks(CHUNK) {
                    for member in self.group {
                        let solved = store.solved_among(*member, chunk);
                        let solved = solved.map(|solved| solved.map(Answer::SolvedByGroup));
                        pieces.push(solved.boxed());
                    }
                }
            }
            Question::Practice(candidates) => {
                for chunk in candidates.chunks(CHUNK) {
                    let practice = store.practice_among(user, chunk);
                    pieces.push(practice.map(|some| some.map(Answer::Practice)).boxed());
                }
            }
            Question::SolvedByTopic => {
                let solved = store.solved_by_topic(user);
                pieces.push(solved.map(|some| some.map(Answer::SolvedByTopic)).boxed());
            }
            Question::OldestSolves(limit) => {
                let page = SolvePage {
                    after: None,
                    limit: *limit,
                };
                let solves = store.list_solves(user, page);
                pieces.push(solves.map(|some| some.map(Answer::OldestSolves)).boxed());
            }
        }
    }
}

/// The answer to a question before anything was found.
pub(super) fn nothing(question: &Question) -> Answer {
    match question {
        Question::Solved(_) => Answer::Solved(HashSet::new()),
        Question::Practice(_) => Answer::Practice(HashMap::new()),
        Question::SolvedByGroup(_) => Answer::SolvedByGroup(HashSet::new()),
        Question::SolvedByTopic => Answer::SolvedByTopic([].into()),
        Question::OldestSolves(_) => Answer::OldestSolves(Vec::new()),
    }
}

/// Adds a part to the answer of its kind; there is one of each kind at most.
fn merge(answers: &mut [Answer], piece: &Answer) {
    for answer in answers {
        match (answer, piece) {
            (Answer::Solved(all), Answer::Solved(some))
            | (Answer::SolvedByGroup(all), Answer::SolvedByGroup(some)) => all.extend(some),
            (Answer::Practice(all), Answer::Practice(some)) => {
                all.extend(some.iter().map(|(id, practice)| (*id, practice.clone())));
            }
            (Answer::SolvedByTopic(all), Answer::SolvedByTopic(some)) => all.clone_from(some),
            (Answer::OldestSolves(all), Answer::OldestSolves(some)) => all.clone_from(some),
            _ => {}
        }
    }
}
