//! Breaking promises about resetting.

use contest_core::UserId;
use contest_core::model::Epoch;
use contest_core::store::{LifeRepository, PracticeRepository, Reset, ResetError, SolvePage};
use contest_core::time::Timestamp;

use super::{Sabotage, Sabotaged, pause};

impl Sabotaged {
    pub(super) async fn reset(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError> {
        let everything = SolvePage {
            after: None,
            limit: u32::MAX,
        };
        let solves = self.inner.list_solves(user, everything).await?;
        let before = self.inner.current_epoch(user).await?;
        let next = Epoch {
            number: before.number + 1,
            began_at: Some(now),
        };
        match self.how {
            Sabotage::NumbersFullResetsOnly if solves.is_empty() => {
                return Ok(Reset {
                    epoch: before,
                    removed: 0,
                    settled: None,
                });
            }
            Sabotage::ResetsEverybody => {
                let others: Vec<_> = self.state().users.iter().copied().collect();
                for other in others.into_iter().filter(|other| *other != user) {
                    let _ = self.inner.reset_progress(other, now).await;
                }
            }
            Sabotage::ResetsInTwoSteps => {
                let shown = solves.iter().map(|solve| (user, solve.problem));
                self.state().unsolved.extend(shown);
                pause().await;
            }
            Sabotage::CountsBeforeResetting | Sabotage::LooksThenResets => pause().await,
            _ => {}
        }
        let answer = self.inner.reset_progress(user, now).await;
        match (self.how, answer) {
            (Sabotage::ResetsInTwoSteps, answer) => {
                self.state().unsolved.retain(|(whose, _)| *whose != user);
                answer
            }
            (Sabotage::ResetsDuringContests, Err(ResetError::ActiveContestExists { .. })) => {
                Ok(Reset {
                    epoch: next,
                    removed: solves.len() as u64,
                    settled: None,
                })
            }
            (Sabotage::ResetsWithoutSettling, Ok(reset)) => {
                let settled = reset.settled.into_iter().map(|contest| (contest, None));
                self.state().endings.extend(settled);
                Ok(reset)
            }
            (Sabotage::CountsBeforeResetting, Ok(reset)) => Ok(Reset {
                removed: solves.len() as u64,
                ..reset
            }),
            (Sabotage::LooksThenResets, Ok(reset)) => Ok(Reset {
                epoch: next,
                ..reset
            }),
            (_, answer) => answer,
        }
    }
}
