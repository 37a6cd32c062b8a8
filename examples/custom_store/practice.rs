//! What was done with single problems.
//!
//! Counted from the contests each time, as progress is from the solves: enough for a few hundred
//! contests of a user. Beyond them a store keeps, for each problem, which contests had it.

use std::collections::HashMap;

use contest_core::model::{Encounter, Practice, Solve};
use contest_core::store::{PracticeRepository, SolvePage, StoreError, async_trait};
use contest_core::{ProblemId, UserId};

use crate::store::{NotebookStore, size};
use crate::user::User;

#[async_trait]
impl PracticeRepository for NotebookStore {
    async fn practice_among(
        &self,
        user: UserId,
        candidates: &[ProblemId],
    ) -> Result<HashMap<ProblemId, Practice>, StoreError> {
        Ok(self.read(user, |user| {
            let practice = candidates.iter().map(|id| (*id, user.practice(*id)));
            let met = practice.filter(|(_, practice)| *practice != Practice::default());
            met.collect()
        }))
    }

    /// Beginning at a solve instead of a number of them, no page shifts under its reader.
    async fn list_solves(&self, user: UserId, page: SolvePage) -> Result<Vec<Solve>, StoreError> {
        let mut solves: Vec<_> = self.read(user, |user| {
            let solves = user.solves.iter();
            let solves = solves.map(|(problem, solve)| Solve {
                problem: *problem,
                solved_at: solve.at,
                contest: solve.contest,
            });
            solves.collect()
        });
        solves.sort_unstable_by_key(|solve| (solve.solved_at, solve.problem));
        solves.retain(|solve| Some((solve.solved_at, solve.problem)) > page.after);
        solves.truncate(size(page.limit));
        Ok(solves)
    }
}

impl User {
    /// Since the last reset.
    fn practice(&self, problem: ProblemId) -> Practice {
        let contests = self.contests.values();
        let since = contests.filter(|contest| Some(contest.started_at) >= self.epoch.began_at);
        let mut encounters: Vec<_> = since
            .flat_map(|contest| {
                let had = contest.problems.iter().filter(|p| p.problem == problem);
                had.map(|assigned| Encounter {
                    contest: contest.id,
                    at: contest.started_at,
                    completed_at: assigned.completed_at,
                })
            })
            .collect();
        encounters.sort_unstable_by_key(|encounter| (encounter.at, encounter.contest));
        Practice {
            solved_at: self.solves.get(&problem).map(|solve| solve.at),
            encounters,
        }
    }
}
