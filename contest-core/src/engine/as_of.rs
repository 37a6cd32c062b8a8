//! Answering what a selection asks as it would have been answered at an earlier time.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use crate::catalogue::Catalogue;
use crate::engine::ask::{Asker, nothing};
use crate::id::ProblemId;
use crate::model::{Practice, Topic};
use crate::select::{Answer, Question};
use crate::store::{SolvePage, StoreError};
use crate::time::Timestamp;

/// How many solves are asked for at a time.
const PAGE: u32 = 1_024;

/// Answers as of a time: what was solved, met or marked then or later is as if it were not.
///
/// What has been taken back since is not known any more, and what was recorded later for an earlier
/// time counts.
#[derive(Clone, Copy)]
pub(super) struct AsOf<'e> {
    pub(super) asker: Asker<'e>,
    pub(super) catalogue: &'e Catalogue,
    pub(super) at: Timestamp,
}

impl AsOf<'_> {
    pub(super) async fn answer(&self, question: &Question) -> Result<Answer, StoreError> {
        Ok(match question {
            Question::Solved(candidates) => {
                Answer::Solved(solved(self.practice(self.asker, candidates).await?))
            }
            Question::Practice(candidates) => {
                Answer::Practice(self.practice(self.asker, candidates).await?)
            }
            Question::SolvedByGroup(candidates) => {
                let mut all = HashSet::new();
                for member in self.asker.group {
                    let asker = Asker {
                        user: *member,
                        ..self.asker
                    };
                    all.extend(solved(self.practice(asker, candidates).await?));
                }
                Answer::SolvedByGroup(all)
            }
            Question::SolvedByTopic => Answer::SolvedByTopic(self.solved_by_topic().await?),
            other => match self.ask(self.asker, other).await? {
                Answer::OldestSolves(mut solves) => {
                    solves.retain(|solve| solve.solved_at < self.at);
                    Answer::OldestSolves(solves)
                }
                answer => answer,
            },
        })
    }

    async fn ask(&self, asker: Asker<'_>, question: &Question) -> Result<Answer, StoreError> {
        let answers = asker.answer(std::slice::from_ref(question)).await?;
        Ok(answers.into_iter().next().unwrap_or(nothing(question)))
    }

    /// What a user had done with the candidates.
    async fn practice(
        &self,
        asker: Asker<'_>,
        candidates: &[ProblemId],
    ) -> Result<HashMap<ProblemId, Practice>, StoreError> {
        let question = Question::Practice(candidates.to_vec());
        let Answer::Practice(mut practice) = self.ask(asker, &question).await? else {
            return Ok(HashMap::new());
        };
        for practice in practice.values_mut() {
            practice.solved_at = practice.solved_at.filter(|at| *at < self.at);
            practice
                .encounters
                .retain(|encounter| encounter.at < self.at);
            for encounter in &mut practice.encounters {
                encounter.completed_at = encounter.completed_at.filter(|at| *at < self.at);
            }
        }
        Ok(practice)
    }

    /// The counts of today without what was solved since.
    async fn solved_by_topic(&self) -> Result<BTreeMap<Topic, u64>, StoreError> {
        let (store, user) = (self.asker.store, self.asker.user);
        let mut solved = store.solved_by_topic(user).await?;
        let just_before = Timestamp::from_micros(self.at.as_micros().saturating_sub(1));
        let mut after = (just_before, ProblemId::from_uuid(Uuid::max()));
        loop {
            let page = SolvePage {
                after: Some(after),
                limit: PAGE,
            };
            let later = store.list_solves(user, page).await?;
            let Some(last) = later.last() else {
                return Ok(solved);
            };
            after = (last.solved_at, last.problem);
            let problems = later
                .iter()
                .filter_map(|s| self.catalogue.in_use(s.problem));
            for topic in problems.flat_map(|problem| &problem.topics) {
                if let Some(count) = solved.get_mut(topic) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }
}

fn solved(practice: HashMap<ProblemId, Practice>) -> HashSet<ProblemId> {
    let solved = practice
        .into_iter()
        .filter(|(_, practice)| practice.solved_at.is_some());
    solved.map(|(id, _)| id).collect()
}
