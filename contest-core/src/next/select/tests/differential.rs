//! Edition 2 beside edition 1, over random catalogues, histories and requests. Goes with edition 1.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU16;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use crate::id::{ContestId, ProblemId};
use crate::model::{self, Difficulty, Rating, Topic};
use crate::next::select::tests::world::{Entry, NOW, World, ago, count, entry, topics};
use crate::next::select::{self as new, Choice, Input, Needs, Order};
use crate::select::{
    self as old, Answer, Basis, Eligibility, Funnel, Mix, Part, Question, RatingBand,
    ReviewOptions, Seed, SelectionError, SelectionRequest, ShortagePolicy, Slot, SolvedRule,
    Strategy as How, StrategyName, StrategyVersion,
};

/// Least often met first, then backwards by slug.
#[derive(Debug)]
struct Backwards;

fn backwards() -> StrategyName {
    StrategyName::new("backwards").unwrap()
}

impl old::SelectionStrategy for Backwards {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(7)
    }

    fn pick(&self, choice: &old::Choice<'_>) -> Vec<ProblemId> {
        let mut candidates: Vec<_> = choice.candidates.iter().collect();
        candidates.sort_by_key(|c| (c.practice.met(), std::cmp::Reverse(&c.problem.slug)));
        candidates.iter().map(|c| c.problem.id).collect()
    }
}

impl new::SelectionStrategy for Backwards {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(7)
    }

    fn needs(&self) -> Needs {
        Needs::default().with_contests()
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        let mut candidates: Vec<_> = choice.collect();
        candidates.sort_by_key(|c| (c.practice().met(), std::cmp::Reverse(&c.problem().slug)));
        Box::new(candidates.into_iter())
    }
}

#[derive(Debug, Clone)]
struct Asked {
    weights: [u32; 3],
    topics: u8,
    excluded_topics: u8,
    /// One of this number of problems is excluded.
    excluded: Option<usize>,
    cap: Option<u16>,
    solved: u8,
    attempted: bool,
    group: bool,
    strict: bool,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    Whole(u16, How),
    Parts(Vec<(u16, How)>),
    Slots(Vec<(usize, usize, bool, u8)>),
}

fn how() -> impl Strategy<Value = How> {
    let rating = (1_000_u16..2_000).prop_map(|rating| Rating::new(rating).unwrap());
    let review = |percent| {
        ReviewOptions::default()
            .with_desired_retention(percent)
            .unwrap()
    };
    prop_oneof![
        3 => Just(How::Uniform),
        3 => Just(How::TopicBalanced),
        3 => Just(How::LeastUsed),
        2 => rating.prop_map(|rating| How::RatingBand(RatingBand::new(rating))),
        2 => (50_u8..99).prop_map(move |percent| How::Review(review(percent))),
        2 => Just(How::Custom(backwards())),
        1 => Just(How::Custom(StrategyName::new("unknown").unwrap())),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let slot = (0_usize..3, 0_usize..3, any::<bool>(), 0_u8..16);
    prop_oneof![
        4 => (1_u16..14, how()).prop_map(|(count, how)| Shape::Whole(count, how)),
        3 => vec((1_u16..6, how()), 1..5).prop_map(Shape::Parts),
        2 => vec(slot, 1..9).prop_map(Shape::Slots),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let filters = (
        prop_oneof![3 => Just(0), 1 => 0_u8..16],
        prop_oneof![3 => Just(0), 1 => 0_u8..16],
        weighted(0.3, 2_usize..6),
        weighted(0.3, 1_u16..4),
    );
    let rules = (
        0_u8..4,
        weighted(0.3, Just(())),
        weighted(0.3, Just(())),
        any::<bool>(),
    );
    (any::<[u32; 3]>(), filters, rules, shape()).prop_map(|(weights, filters, rules, shape)| {
        Asked {
            weights: weights.map(|weight| weight % 4),
            topics: filters.0,
            excluded_topics: filters.1,
            excluded: filters.2,
            cap: filters.3,
            solved: rules.0,
            attempted: rules.1.is_some(),
            group: rules.2.is_some(),
            strict: rules.3,
            shape,
        }
    })
}

impl Asked {
    fn request(&self, world: &World) -> SelectionRequest {
        let request = match &self.shape {
            Shape::Whole(n, how) => SelectionRequest::new(count(*n)).with_strategy(how.clone()),
            Shape::Parts(parts) => {
                let total = parts.iter().map(|(n, _)| n).sum();
                let part = |(n, how): &(u16, How)| Part::new(count(*n)).with_strategy(how.clone());
                let request = SelectionRequest::new(count(total));
                request
                    .with_parts(parts.iter().map(part).collect())
                    .unwrap()
            }
            Shape::Slots(slots) => {
                let total = u16::try_from(slots.len()).unwrap();
                let slots = slots.iter().map(|slot| self.slot(world, *slot)).collect();
                SelectionRequest::new(count(total))
                    .with_slots(slots)
                    .unwrap()
            }
        };
        let [easy, medium, hard] = self.weights;
        let excluded = self.excluded.into_iter();
        let excluded = excluded.flat_map(|step| world.entries.iter().step_by(step));
        let policy = [ShortagePolicy::BestEffort, ShortagePolicy::Strict][usize::from(self.strict)];
        let request = request
            .with_mix(Mix::new(easy, medium, hard).unwrap_or_default())
            .with_topics(self.known(world, self.topics))
            .with_excluded_topics(topics(self.excluded_topics))
            .with_excluded(excluded.map(|(id, _)| *id))
            .with_eligibility(self.eligibility())
            .with_shortage_policy(policy);
        match self.cap.and_then(NonZeroU16::new) {
            Some(cap) => request.with_topic_cap(cap),
            None => request,
        }
    }

    fn known(&self, world: &World, mask: u8) -> Vec<Topic> {
        // Some requests name topics that no problem has.
        let any = self.weights[0] == 3;
        let known = |topic: &Topic| any || world.catalogue.has_topic(topic);
        topics(mask).into_iter().filter(known).collect()
    }

    fn slot(&self, world: &World, (a, b, rated, mask): (usize, usize, bool, u8)) -> Slot {
        let rating = |n: usize| Rating::new(1_000 + 300 * u16::try_from(n).unwrap()).unwrap();
        let slot = if rated {
            Slot::of_rating(rating(a.min(b))..=rating(a.max(b) + 1))
        } else {
            Slot::of_difficulty(Difficulty::ALL[a.min(b)]..=Difficulty::ALL[a.max(b)])
        };
        slot.with_topics(self.known(world, mask))
    }

    fn eligibility(&self) -> Eligibility {
        let days = Duration::from_hours(24 * 20);
        let solved = match self.solved {
            0 | 1 => SolvedRule::Exclude,
            2 => SolvedRule::ExcludeWithin(days),
            _ => SolvedRule::Allow,
        };
        let mut rules = Eligibility::default().with_solved(solved);
        if self.attempted {
            rules = rules.excluding_attempted();
        }
        if self.group {
            rules = rules.with_group([crate::id::UserId::from_uuid(uuid::Uuid::nil())]);
        }
        rules
    }
}

fn practice(entry: &Entry) -> model::Practice {
    let encounters = (1..)
        .zip(&entry.met)
        .map(|(n, (days, marked))| model::Encounter {
            contest: ContestId::new(ago(*days), n),
            at: ago(*days),
            completed_at: marked.then_some(ago(*days)),
        });
    model::Practice {
        solved_at: entry.solved.map(ago),
        encounters: encounters.collect(),
    }
}

fn answer(world: &World, question: &Question) -> Answer {
    let solved = |id: &ProblemId| world.entry(*id).solved.is_some();
    match question {
        Question::Solved(ids) => {
            Answer::Solved(ids.iter().copied().filter(|id| solved(id)).collect())
        }
        Question::Practice(ids) => {
            let practice = ids.iter().map(|id| (*id, practice(world.entry(*id))));
            Answer::Practice(practice.collect::<HashMap<_, _>>())
        }
        Question::SolvedByGroup(ids) => {
            let solved = ids.iter().filter(|id| world.entry(**id).solved_by_group);
            Answer::SolvedByGroup(solved.copied().collect())
        }
        Question::SolvedByTopic => {
            let mut counts = BTreeMap::new();
            let live = world.catalogue.problems().iter().filter(|p| !p.retired);
            for problem in live.filter(|p| solved(&p.id)) {
                for topic in &problem.topics {
                    *counts.entry(topic.clone()).or_default() += 1;
                }
            }
            Answer::SolvedByTopic(counts)
        }
        Question::OldestSolves(_) => {
            let oldest = world.entries.iter().filter_map(|(id, entry)| {
                Some(model::Solve {
                    problem: *id,
                    solved_at: ago(entry.solved?),
                    contest: None,
                })
            });
            Answer::OldestSolves(oldest.collect())
        }
    }
}

fn by_edition_1(world: &World, request: &SelectionRequest, seed: Seed) -> old::Explanation {
    let strategies = old::Strategies::new().with(backwards(), Backwards);
    let basis = Basis::new(&world.catalogue, request, seed, NOW).with_strategies(&strategies);
    let mut picker = match old::Picker::explaining(basis) {
        Ok(picker) => picker,
        Err(error) => return old::Explanation::of_error(seed, error),
    };
    loop {
        let questions = picker.questions();
        if questions.is_empty() {
            return picker.explain();
        }
        for question in &questions {
            picker.answer(answer(world, question));
        }
    }
}

/// Whether what a difficulty could not give flowed to others, in a request whose picks depend on the
/// order in which difficulties are filled. There edition 1 depended on how candidates were batched.
fn depends_on_batches(request: &SelectionRequest, explanation: &new::Explanation) -> bool {
    let mixed = explanation.parts.iter().filter(|part| part.pools.len() > 1);
    let mut mixed = mixed.filter(|part| part.pools.iter().any(|pool| pool.missing() > 0));
    let capped = request.topic_cap().is_some();
    mixed.any(|part| capped || part.strategy == How::TopicBalanced)
}

/// What must be equal of funnels: edition 1 looked at whole batches, and this edition at no more than
/// it needs. Where everything was looked at, nothing may differ.
fn check_funnel(new: &Funnel, old: &Funnel, short: bool) -> Result<(), TestCaseError> {
    prop_assert_eq!((new.pool, &new.removed), (old.pool, &old.removed));
    prop_assert!(new.looked_at <= old.looked_at);
    if short {
        prop_assert_eq!(new, old);
    }
    for (rule, n) in &new.passed_over {
        prop_assert!(n <= old.passed_over.get(rule).unwrap_or(&0), "{}", rule);
    }
    Ok(())
}

fn check_explanation(new: &new::Explanation, old: &old::Explanation) -> Result<(), TestCaseError> {
    prop_assert_eq!(new.parts.len(), old.parts.len());
    for (new, old) in new.parts.iter().zip(&old.parts) {
        prop_assert_eq!((&new.strategy, new.version), (&old.strategy, old.version));
        prop_assert_eq!(
            (new.needed, new.received, new.taken),
            (old.needed, old.received, old.taken)
        );
        prop_assert_eq!(new.pools.len(), old.pools.len());
        for (new, old) in new.pools.iter().zip(&old.pools) {
            prop_assert_eq!(new.difficulty, old.difficulty);
            prop_assert_eq!((new.needed, new.taken), (old.needed, old.taken));
            check_funnel(&new.funnel, &old.funnel, new.missing() > 0)?;
        }
    }
    prop_assert_eq!(new.slots.len(), old.slots.len());
    for (new, old) in new.slots.iter().zip(&old.slots) {
        prop_assert_eq!(
            (&new.description, new.problem),
            (&old.description, old.problem)
        );
        check_funnel(&new.funnel, &old.funnel, new.problem.is_none())?;
    }
    Ok(())
}

fn check_outcome(
    new: &Result<new::Selection, SelectionError>,
    old: &Result<old::Selection, SelectionError>,
) -> Result<(), TestCaseError> {
    match (new, old) {
        (Ok(new), Ok(old)) => {
            prop_assert_eq!(&new.problems, &old.problems);
            prop_assert_eq!(&new.repeats, &old.repeats);
            let (new, old) = (&new.record, &old.record);
            prop_assert_eq!((new.quota, new.taken), (old.quota, old.taken));
            prop_assert_eq!((&new.parts, &new.open_slots), (&old.parts, &old.open_slots));
            prop_assert_eq!((new.catalogue, new.seed), (old.catalogue, old.seed));
            prop_assert_eq!(new.shortfall(), old.shortfall());
        }
        (new, old) => prop_assert_eq!(new.as_ref().err(), old.as_ref().err()),
    }
    Ok(())
}

fn check(entries: &[Entry], asked: &Asked, seed: u64) -> Result<bool, TestCaseError> {
    let world = World::new(entries);
    let request = asked.request(&world);
    let old = by_edition_1(&world, &request, Seed(seed));
    let strategies = new::Strategies::new().with(backwards(), Backwards);
    let input = Input::new(&world.catalogue, &request, Seed(seed), NOW);
    let input = input.with_strategies(&strategies);
    // Only what is needed is told.
    let needs = Needs::of(&request, &strategies);
    let facts = world.facts_for(needs);
    let new = new::explain(&input, &facts);
    prop_assert_eq!(&new.outcome, &new::select(&input, &facts));
    if depends_on_batches(&request, &new) {
        return Ok(false);
    }
    check_outcome(&new.outcome, &old.outcome)?;
    check_explanation(&new, &old)?;
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i9_edition_2_selects_what_edition_1_selected(
        entries in vec(entry(), 0..60),
        asked in asked(),
        seed in any::<u64>(),
    ) {
        check(&entries, &asked, seed)?;
    }
}
