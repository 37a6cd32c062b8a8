//! Use case: make a contest's selection again.

use crate::catalogue::{Catalogue, Fingerprint};
use crate::engine::as_of::AsOf;
use crate::engine::observe::operation_span;
use crate::engine::{Engine, Error};
use crate::id::{ContestId, ProblemId, UserId};
use crate::model::ContestRecord;
use crate::select::{
    AlgorithmVersion, Answer, Basis, Picker, Question, Selection, SelectionError, SolvedRule,
    StrategyName, StrategyVersion,
};
use crate::time::Timestamp;

/// What a contest's recorded request and seed select today.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// What the contest has.
    pub problems: Vec<ProblemId>,
    /// What is selected today.
    pub outcome: Result<Selection, SelectionError>,
    /// Why the two differ: empty if and only if they do not.
    pub differences: Vec<Difference>,
}

/// Something that makes a selection come out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Difference {
    /// Another version of the algorithm selects today.
    Algorithm {
        /// The version that selected.
        recorded: AlgorithmVersion,
        /// The version that selects today.
        current: AlgorithmVersion,
    },
    /// Another edition of a strategy picks today.
    Strategy {
        /// The place of its part in the request, from 0.
        part: u16,
        /// The edition that picked.
        recorded: StrategyVersion,
        /// The edition that picks today.
        current: StrategyVersion,
    },
    /// The engine has no strategy of this name any more.
    StrategyUnknown {
        /// The name.
        name: StrategyName,
    },
    /// The catalogue has other problems, or other difficulties, topics or ratings.
    Catalogue {
        /// What it was.
        recorded: Fingerprint,
        /// What it is today.
        current: Fingerprint,
    },
    /// These problems of the contest are retired or gone.
    Retired {
        /// All of them, in the order of the contest.
        problems: Vec<ProblemId>,
    },
    /// These problems of the contest count as solved before it: a solve was recorded later for an
    /// earlier time.
    Solved {
        /// All of them, in the order of the contest.
        problems: Vec<ProblemId>,
    },
    /// The user's progress was reset since, so what was done before the contest is not known.
    Reset {
        /// When.
        at: Timestamp,
    },
    /// Something else about the user, or someone of the group, is not as it was: solves of other
    /// problems were recorded later for an earlier time, or taken back.
    History,
}

impl Replay {
    /// Whether the same problems are selected in the same order.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Engine {
    /// Makes the selection of one of the user's contests again, from its recorded request and seed,
    /// today's catalogue, and what was done before the contest began, and says whether it comes out
    /// the same. What was solved or met at its start or later does not count.
    ///
    /// # Errors
    /// [`Error::ContestNotFound`], [`Error::TimedOut`] or [`Error::Store`]. Why nothing can be
    /// selected today is part of the answer.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn replay(&self, user: UserId, contest: ContestId) -> Result<Replay, Error> {
        let span = operation_span!("contest.replay", user = user, contest = contest);
        self.observe(span, async {
            let record = self.inner.store.find_contest(user, contest).await?;
            let record = record.ok_or(Error::ContestNotFound { contest })?;
            let catalogue = self.catalogue();
            let outcome = self.select_again(&catalogue, &record).await?;
            let problems: Vec<_> = record.problems.iter().map(|entry| entry.problem).collect();
            let same = outcome
                .as_ref()
                .is_ok_and(|today| today.problems == problems);
            let differences = if same {
                Vec::new()
            } else {
                self.differences(&catalogue, &record, &outcome).await?
            };
            Ok(Replay {
                problems,
                outcome,
                differences,
            })
        })
        .await
    }

    async fn select_again(
        &self,
        catalogue: &Catalogue,
        record: &ContestRecord,
    ) -> Result<Result<Selection, SelectionError>, Error> {
        let (request, seed) = (&record.selection.request, record.selection.seed);
        let basis = self.basis(catalogue, request, seed, record.started_at);
        let mut picker = match Picker::new(basis) {
            Ok(picker) => picker,
            Err(error) => return Ok(Err(error)),
        };
        let then = self.as_of(basis, record);
        loop {
            let questions = picker.questions();
            if questions.is_empty() {
                return Ok(picker.finish());
            }
            for question in &questions {
                picker.answer(then.answer(question).await?);
            }
        }
    }

    fn as_of<'e>(&'e self, basis: Basis<'e>, record: &ContestRecord) -> AsOf<'e> {
        AsOf {
            asker: self.asker(record.user, basis.request),
            catalogue: basis.catalogue,
            at: record.started_at,
        }
    }

    /// Everything known that makes a difference.
    async fn differences(
        &self,
        catalogue: &Catalogue,
        record: &ContestRecord,
        outcome: &Result<Selection, SelectionError>,
    ) -> Result<Vec<Difference>, Error> {
        let mut differences = versions(record, outcome, catalogue);
        let problems = record.problems.iter().map(|entry| entry.problem);
        let gone = |id: &ProblemId| catalogue.in_use(*id).is_none();
        let retired: Vec<_> = problems.clone().filter(gone).collect();
        if !retired.is_empty() {
            differences.push(Difference::Retired { problems: retired });
        }
        let solved = self.solved_before(catalogue, record).await?;
        if !solved.is_empty() {
            differences.push(Difference::Solved { problems: solved });
        }
        let epoch = self.inner.store.current_epoch(record.user).await?;
        let reset = epoch.began_at.filter(|at| *at >= record.started_at);
        differences.extend(reset.map(|at| Difference::Reset { at }));
        if differences.is_empty() {
            differences.push(Difference::History);
        }
        Ok(differences)
    }

    /// Which problems of the contest, but for those it repeats on purpose, count as solved before it.
    async fn solved_before(
        &self,
        catalogue: &Catalogue,
        record: &ContestRecord,
    ) -> Result<Vec<ProblemId>, Error> {
        let request = &record.selection.request;
        // A request that repeats solved problems on purpose tells nothing by them.
        if request.eligibility().solved() != SolvedRule::Exclude || request.reviews() {
            return Ok(Vec::new());
        }
        let problems: Vec<_> = record.problems.iter().map(|entry| entry.problem).collect();
        let basis = self.basis(catalogue, request, record.selection.seed, record.started_at);
        let question = Question::Solved(problems.clone());
        let answer = self.as_of(basis, record).answer(&question).await?;
        let Answer::Solved(solved) = answer else {
            return Ok(Vec::new());
        };
        Ok(problems
            .into_iter()
            .filter(|id| solved.contains(id))
            .collect())
    }
}

/// What of the record was made by other editions.
fn versions(
    record: &ContestRecord,
    outcome: &Result<Selection, SelectionError>,
    catalogue: &Catalogue,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (recorded, current) = (record.selection.algorithm, AlgorithmVersion::CURRENT);
    if recorded != current {
        differences.push(Difference::Algorithm { recorded, current });
    }
    let today = outcome
        .as_ref()
        .map(|today| &*today.record.parts)
        .unwrap_or_default();
    for ((recorded, current), part) in record.selection.parts.iter().zip(today).zip(0..) {
        let (recorded, current) = (recorded.version, current.version);
        if recorded != current {
            differences.push(Difference::Strategy {
                part,
                recorded,
                current,
            });
        }
    }
    if let Err(SelectionError::UnknownStrategy { name }) = outcome {
        let name = name.clone();
        differences.push(Difference::StrategyUnknown { name });
    }
    let (recorded, current) = (record.selection.catalogue, catalogue.fingerprint());
    if recorded != current {
        differences.push(Difference::Catalogue { recorded, current });
    }
    differences
}
