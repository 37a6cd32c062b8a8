//! Every read of the contract, next to the cheapest one.

use contest_core::prelude::*;
use contest_core::store::{
    ContestPage, ContestRepository as _, ProgressRepository as _, SolveEventPage,
    SolveRepository as _, StoreError,
};
use rand::rngs::ChaCha8Rng;

use crate::stores::{Budgets, NOW, Solver, Stored};
use crate::{Outcome, Ratios, Series};

const PAGE: u32 = 20;
/// The days of a week before [`NOW`], of 24 solves each, if the user has solved that many.
const DAYS: i64 = 7;
const DAY: i64 = 24 * 3_600_000_000;

/// A read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Progress,
    Membership,
    Topics,
    Contests,
    Activity,
    History,
    Find,
    FindByKey,
    FindActive,
    List,
}

impl Read {
    const ALL: [Self; 10] = [
        Self::Progress,
        Self::Membership,
        Self::Topics,
        Self::Contests,
        Self::Activity,
        Self::History,
        Self::Find,
        Self::FindByKey,
        Self::FindActive,
        Self::List,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Progress => "progress by difficulty",
            Self::Membership => "membership of 30",
            Self::Topics => "progress by topic",
            Self::Contests => "count contests",
            Self::Activity => "solves of each day of a week",
            Self::History => "a page of 20 of the history",
            Self::Find => "find a contest",
            Self::FindByKey => "find a contest by its key",
            Self::FindActive => "find the active contest",
            Self::List => "a page of 20 contests",
        }
    }

    /// How many times the floor, and how many times the first subject.
    fn budget(self) -> Option<(f64, f64)> {
        match self {
            Self::Progress => Some((1.5, 1.3)),
            Self::Membership => Some((2.0, 1.5)),
            _ => None,
        }
    }

    /// Asks for it once.
    async fn call(
        self,
        stored: &Stored,
        solver: &Solver,
        candidates: &[ProblemId],
    ) -> Result<(), StoreError> {
        let (store, user) = (&stored.store, solver.user);
        let contest = || {
            let entered = solver.contest.as_ref();
            entered.ok_or_else(|| StoreError::permanent("the user has entered no contest"))
        };
        match self {
            Self::Progress => store.solved_by_difficulty(user).await.map(drop),
            Self::Membership => store.solved_among(user, candidates).await.map(drop),
            Self::Topics => store.solved_by_topic(user).await.map(drop),
            Self::Contests => store.count_contests(user, NOW).await.map(drop),
            Self::Activity => store.count_solves_between(user, &week()).await.map(drop),
            Self::History => {
                let page = SolveEventPage {
                    before: None,
                    limit: PAGE,
                };
                store.solve_history(user, page).await.map(drop)
            }
            Self::Find => store.find_contest(user, contest()?.0).await.map(drop),
            Self::FindByKey => {
                let key = &contest()?.1;
                store.find_contest_by_key(user, key).await.map(drop)
            }
            Self::FindActive => store.find_active_contest(user, NOW).await.map(drop),
            Self::List => {
                let page = ContestPage {
                    before: None,
                    limit: PAGE,
                };
                store.list_contests(user, page).await.map(drop)
            }
        }
    }
}

fn week() -> Vec<Timestamp> {
    let day = |day| Timestamp::from_micros(NOW.as_micros() - day * DAY);
    (0..=DAYS).rev().map(day).collect()
}

/// Times of all reads for several users, in turn.
#[derive(Debug)]
pub struct Reads<'s> {
    floor: Series,
    subjects: Vec<(&'s Stored, &'s Solver)>,
    calls: Vec<(Read, usize, Series)>,
}

impl<'s> Reads<'s> {
    /// Of these users, from the one with the least stored to the one with the most. Membership is
    /// asked for all but the first; everything else for the first and the last.
    pub fn new(warm_up: usize, subjects: Vec<(&'s Stored, &'s Solver)>) -> Self {
        let floor = Series::after(warm_up);
        let last = subjects.len().saturating_sub(1);
        let asked = |read: Read, place| match read {
            Read::Membership => place > 0,
            _ => place == 0 || place == last,
        };
        let all = Read::ALL.into_iter().flat_map(|read| {
            let places = (0..=last).filter(move |place| asked(read, *place));
            places.map(move |place| (read, place))
        });
        Self {
            calls: all
                .map(|(read, place)| (read, place, floor.clone()))
                .collect(),
            floor,
            subjects,
        }
    }

    /// Asks for everything once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn round(&mut self, random: &mut ChaCha8Rng) -> Outcome<()> {
        if let Some((stored, _)) = self.subjects.first() {
            // The floor follows a short read, not the page of contests of the round before.
            stored.floor.read().await?;
            self.floor.time(stored.floor.read()).await?;
        }
        for (read, place, series) in &mut self.calls {
            if let Some((stored, solver)) = self.subjects.get(*place) {
                let candidates = stored.candidates(random);
                series.time(read.call(stored, solver, &candidates)).await?;
            }
        }
        Ok(())
    }

    /// What they took, next to the floor and next to the first of each kind. `of` is added to what
    /// the rows say.
    pub fn ratios(&self, budgets: Budgets, of: &str) -> Ratios {
        let mut ratios = Ratios::default();
        ratios.floor("`SELECT 1`", &self.floor);
        for read in Read::ALL {
            let (floor, first) = read.budget().unzip();
            let calls = self.calls.iter().filter(|(call, ..)| *call == read);
            let mut least = None;
            for (_, place, series) in calls {
                let name = format!("{}, {}{of}", read.name(), self.describe(*place));
                budgets.row(&mut ratios, &name, series, &self.floor, floor);
                if let Some((least, series_of_least)) = least {
                    let name = format!("{name}, over {}", self.describe(least));
                    budgets.row(&mut ratios, &name, series, series_of_least, first);
                } else {
                    least = Some((*place, series));
                }
            }
        }
        ratios
    }

    fn describe(&self, place: usize) -> String {
        self.subjects
            .get(place)
            .map_or_else(String::new, |(stored, solver)| {
                format!("{} solves of {}", solver.solves, stored.problems.len())
            })
    }
}
