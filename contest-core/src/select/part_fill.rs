//! Filling one part of a contest from its lanes.

use crate::id::ProblemId;
use crate::model::{Difficulty, PerDifficulty};
use crate::select::known::Known;
use crate::select::lane::{Lane, Next, SoFar};
use crate::select::shortage::allocate;
use crate::select::taken::Taken;
use crate::select::{Mix, ProblemCount};

/// How far filling has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    /// These must be known first. May name ones that are, and may be empty: then filling goes on at
    /// once.
    Ask(Vec<ProblemId>),
    /// Nothing more to do.
    Done,
}

/// A lane and what it has given.
#[derive(Debug)]
pub(super) struct Filling<'c> {
    /// The difficulty of the lane, unless it has all of them.
    pub(super) difficulty: Option<Difficulty>,
    pub(super) lane: Box<dyn Lane + 'c>,
    pub(super) given: Vec<ProblemId>,
    dry: bool,
}

impl<'c> Filling<'c> {
    pub(super) fn new(difficulty: Option<Difficulty>, lane: impl Lane + 'c) -> Self {
        Self {
            difficulty,
            lane: Box::new(lane),
            given: Vec::new(),
            dry: false,
        }
    }

    /// Takes from the lane until it has given `target`, or tells that more must be known first.
    pub(super) fn fill(
        &mut self,
        target: usize,
        known: &Known<'c>,
        taken: &mut Taken<'c>,
    ) -> Result<(), NotKnown> {
        while self.given.len() < target && !self.dry {
            match self.lane.next(SoFar { known, taken }) {
                Next::Take(id) => {
                    taken.add(id, known.filter);
                    self.given.push(id);
                }
                Next::Empty => self.dry = true,
                Next::Ask => return Err(NotKnown),
            }
        }
        Ok(())
    }

    /// Draws what it probably takes to reach `target`.
    pub(super) fn draw(&mut self, target: usize, so_far: SoFar<'_, '_>, into: &mut Vec<ProblemId>) {
        let wanted = target.saturating_sub(self.given.len());
        if wanted > 0 && !self.dry {
            self.lane.draw(wanted, so_far, into);
        }
    }

    /// How many it can give, once that is known.
    fn capacity(&self) -> Option<usize> {
        self.dry.then_some(self.given.len())
    }
}

/// More must be known first.
#[derive(Debug, Clone, Copy)]
pub(super) struct NotKnown;

/// The lanes of a part.
#[derive(Debug)]
pub(super) enum Lanes<'c> {
    /// One for each difficulty, among which a mix shares the count.
    Mixed(Mix, PerDifficulty<Filling<'c>>),
    /// One for all.
    One(Box<Filling<'c>>),
}

impl<'c> Lanes<'c> {
    /// Fills the lanes, easiest first, to `target` problems together. What a difficulty cannot give
    /// flows to the nearest that can.
    pub(super) fn fill(
        &mut self,
        target: ProblemCount,
        known: &Known<'c>,
        taken: &mut Taken<'c>,
    ) -> Progress {
        loop {
            let targets = self.targets(target);
            let (mut waits, mut asked) = (false, Vec::new());
            for (filling, target) in self.fillings_mut().into_iter().zip(&targets) {
                // Once a lane must wait, the later ones only draw: what they may take can depend on
                // what it takes.
                if waits || filling.fill(*target, known, taken).is_err() {
                    waits = true;
                    filling.draw(*target, SoFar { known, taken }, &mut asked);
                }
            }
            if waits {
                return Progress::Ask(asked);
            }
            if self.targets(target) == targets {
                return Progress::Done;
            }
        }
    }

    /// How many are wanted from each lane, whatever it has.
    pub(super) fn needed(&self, target: ProblemCount) -> Vec<u16> {
        match self {
            Self::One(_) => vec![target.get()],
            Self::Mixed(mix, _) => {
                let quota = mix.quota(target);
                vec![quota.easy, quota.medium, quota.hard]
            }
        }
    }

    /// How many each lane is to give, by what is known of their capacities.
    fn targets(&self, target: ProblemCount) -> Vec<usize> {
        match self {
            Self::One(_) => vec![target.get().into()],
            Self::Mixed(mix, lanes) => {
                let quota = mix.quota(target).map(usize::from);
                let targets = allocate(quota, lanes.as_ref().map(Filling::capacity));
                vec![targets.easy, targets.medium, targets.hard]
            }
        }
    }

    pub(super) fn fillings(&self) -> Vec<&Filling<'c>> {
        match self {
            Self::One(filling) => vec![filling],
            Self::Mixed(_, lanes) => vec![&lanes.easy, &lanes.medium, &lanes.hard],
        }
    }

    fn fillings_mut(&mut self) -> Vec<&mut Filling<'c>> {
        match self {
            Self::One(filling) => vec![filling],
            Self::Mixed(_, lanes) => vec![&mut lanes.easy, &mut lanes.medium, &mut lanes.hard],
        }
    }

    /// How many problems were given.
    pub(super) fn given(&self) -> usize {
        self.fillings()
            .iter()
            .map(|filling| filling.given.len())
            .sum()
    }
}
