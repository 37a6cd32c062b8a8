//! A contest of one or more parts, filled one after the other.

use std::fmt;

use crate::model::{Difficulty, PerDifficulty};
use crate::select::choice::pool_number;
use crate::select::context::Context;
use crate::select::shortage::allocate;
use crate::select::{
    Candidate, Choice, Mix, Order, PartRecord, ProblemCount, Selection, SelectionError,
    SelectionRequest, SelectionStrategy, ShortagePolicy, Source, Strategies, Strategy, strategies,
};

/// All parts, in the order of the request. A request without parts counts as one part.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) parts: Vec<FilledPart<'a>>,
    /// The part that found too few problems in a strict selection.
    short: Option<usize>,
}

/// One part.
#[derive(Debug)]
pub(super) struct FilledPart<'a> {
    pub(super) strategy: &'a Strategy,
    pub(super) orders_by: &'a dyn SelectionStrategy,
    pub(super) source: Source,
    /// How many problems it asks for.
    pub(super) count: ProblemCount,
    /// How many more it must find because earlier parts found too few.
    pub(super) received: u16,
    /// Its pools: one per difficulty, or a single one where no mix applies. Empty until the part is
    /// filled.
    pub(super) pools: Vec<OpenPool<'a>>,
}

/// A pool, and the problems picked from it.
pub(super) struct OpenPool<'a> {
    pub(super) difficulty: Option<Difficulty>,
    pub(super) number: u64,
    pub(super) picked: Vec<Candidate<'a>>,
    order: Option<Order<'a>>,
    exhausted: bool,
}

impl<'a> Parts<'a> {
    /// Fills all parts. Those with few usable problems go first; the problems they do not find are
    /// asked of the parts after them.
    pub(super) fn fill(
        context: &'a Context<'a>,
        registered: Option<&'a Strategies>,
    ) -> Result<Self, SelectionError> {
        let mut parts = parts_of(context.request, registered)?;
        let strict = context.request.shortage_policy() == ShortagePolicy::Strict;
        let mut order: Vec<_> = (0..).zip(&mut parts).collect();
        order.sort_by_key(|(_, part)| part.source.fill_order());
        let (mut received, mut short) = (0, None);
        for (place, part) in order {
            part.received = received;
            part.fill(context, place);
            received = part.target().saturating_sub(part.taken());
            if strict && received > 0 {
                short = Some(place);
                break;
            }
        }
        Ok(Self { parts, short })
    }

    /// The selection, or the error if too few problems were found.
    pub(super) fn outcome(&self, context: &Context<'_>) -> Result<Selection, SelectionError> {
        let mut problems: Vec<_> = self.picked().copied().collect();
        if problems.is_empty() {
            return Err(SelectionError::NoEligibleProblems);
        }
        // A stable sort: within a difficulty by part, within a part in the order of picking.
        problems.sort_by_key(|candidate| candidate.place.difficulty);
        let selection = context.selection(
            &problems,
            self.quota(context.request.mix()),
            self.records(context),
            Vec::new(),
        );
        match self
            .short
            .and_then(|place| Some((place, self.parts.get(place)?)))
        {
            None => Ok(selection),
            Some((place, part)) if !context.request.parts().is_empty() => {
                Err(SelectionError::PartUnfilled {
                    part: u16::try_from(place).unwrap_or(u16::MAX),
                    asked: part.target(),
                    available: part.taken(),
                })
            }
            Some((_, part)) => Err(SelectionError::NotEnoughProblems {
                asked: part.target(),
                available: selection.record.taken,
            }),
        }
    }

    fn picked(&self) -> impl Iterator<Item = &Candidate<'a>> {
        let pools = self.parts.iter().flat_map(|part| &part.pools);
        pools.flat_map(|pool| &pool.picked)
    }

    /// How many problems the mix asked of each difficulty, over all parts it applies to.
    fn quota(&self, mix: Mix) -> PerDifficulty<u16> {
        let mixed = self.parts.iter().filter(|part| part.is_mixed());
        mixed.fold(PerDifficulty::default(), |sum, part| {
            let quota = mix.quota(part.count);
            PerDifficulty::from_fn(|d| sum[d] + quota[d])
        })
    }

    /// The records of the parts; empty for a request that is uniform as a whole.
    fn records(&self, context: &Context<'_>) -> Vec<PartRecord> {
        let request = context.request;
        if request.parts().is_empty() && *request.strategy() == Strategy::Uniform {
            return Vec::new();
        }
        let record = |part: &FilledPart<'_>| PartRecord {
            version: part.orders_by.version(),
            taken: part.taken(),
        };
        self.parts.iter().map(record).collect()
    }
}

/// The parts of a request before any problem is picked.
fn parts_of<'a>(
    request: &'a SelectionRequest,
    registered: Option<&'a Strategies>,
) -> Result<Vec<FilledPart<'a>>, SelectionError> {
    let part = |count, strategy: &'a Strategy| {
        let orders_by = strategies::find(strategy, registered)?;
        Ok(FilledPart {
            strategy,
            orders_by,
            source: orders_by.source(),
            count,
            received: 0,
            pools: Vec::new(),
        })
    };
    if request.parts().is_empty() {
        return Ok(vec![part(request.count(), request.strategy())?]);
    }
    let parts = request.parts().iter();
    parts
        .map(|each| part(each.count(), each.strategy()))
        .collect()
}

impl<'a> FilledPart<'a> {
    fn is_mixed(&self) -> bool {
        self.source == Source::ByDifficulty
    }

    /// How many problems it must find.
    fn target(&self) -> u16 {
        self.count.get().saturating_add(self.received)
    }

    /// The same as a count, which is at most that of the request.
    fn whole(&self) -> ProblemCount {
        ProblemCount::new(self.target()).unwrap_or(ProblemCount::MAX)
    }

    /// How many problems it found.
    pub(super) fn taken(&self) -> u16 {
        let picked = self
            .pools
            .iter()
            .map(|pool| pool.picked.len())
            .sum::<usize>();
        u16::try_from(picked).unwrap_or(u16::MAX)
    }

    /// How many problems are wanted from each pool, regardless of its size.
    pub(super) fn needed(&self, mix: Mix) -> [u16; 3] {
        if self.is_mixed() {
            let quota = mix.quota(self.whole());
            [quota.easy, quota.medium, quota.hard]
        } else {
            [self.target(), 0, 0]
        }
    }

    /// Picks from the pools, easiest first. A difficulty's missing problems are asked of the nearest
    /// that has more.
    fn fill(&mut self, context: &'a Context<'a>, part: usize) {
        let difficulties: &[_] = if self.is_mixed() {
            &Difficulty::ALL.map(Some)
        } else {
            &[None]
        };
        let open = |difficulty: &Option<Difficulty>| OpenPool::new(part, *difficulty);
        self.pools = difficulties.iter().map(open).collect();
        let needed = self.needed(context.request.mix()).map(usize::from);
        let mut targets = needed;
        loop {
            self.fill_to(targets, context, part);
            let before = targets;
            targets = self.targets(needed);
            if targets == before {
                break;
            }
        }
        // No part is filled again, and an order holds what it has drawn.
        self.pools.iter_mut().for_each(|pool| pool.order = None);
    }

    fn fill_to(&mut self, targets: [usize; 3], context: &'a Context<'a>, part: usize) {
        let (strategy, source, wanted) = (self.orders_by, &self.source, self.whole());
        for (pool, target) in self.pools.iter_mut().zip(targets) {
            let difficulty = pool.difficulty;
            pool.fill(target, context, || {
                let wanted = wanted.get().into();
                strategy.order(Choice::new(context, source, part, difficulty, wanted))
            });
        }
    }

    /// How many problems each pool must give, by the capacities known so far.
    fn targets(&self, needed: [usize; 3]) -> [usize; 3] {
        let [easy, medium, hard] = self.pools.as_slice() else {
            return needed;
        };
        let [e, m, h] = needed;
        let capacity = |pool: &OpenPool<'_>| pool.exhausted.then_some(pool.picked.len());
        let capacities = PerDifficulty::new(capacity(easy), capacity(medium), capacity(hard));
        let targets = allocate(PerDifficulty::new(e, m, h), capacities);
        [targets.easy, targets.medium, targets.hard]
    }
}

impl<'a> OpenPool<'a> {
    fn new(part: usize, difficulty: Option<Difficulty>) -> Self {
        Self {
            difficulty,
            number: pool_number(part, difficulty),
            picked: Vec::new(),
            order: None,
            exhausted: false,
        }
    }

    /// Picks until the pool has given `target` or is exhausted.
    fn fill(&mut self, target: usize, context: &Context<'_>, order: impl FnOnce() -> Order<'a>) {
        if self.picked.len() >= target || self.exhausted {
            return;
        }
        let order = self.order.get_or_insert_with(order);
        while self.picked.len() < target {
            let Some(candidate) = order.next() else {
                self.exhausted = true;
                return;
            };
            match context.pick(&candidate) {
                Ok(()) => self.picked.push(candidate),
                Err(rule) => context.note_look(self.number, &candidate, Some(rule)),
            }
        }
    }
}

impl fmt::Debug for OpenPool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenPool")
            .field("difficulty", &self.difficulty)
            .field("picked", &self.picked)
            .field("exhausted", &self.exhausted)
            .finish_non_exhaustive()
    }
}
