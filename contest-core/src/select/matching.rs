//! Filling slots: bipartite matching by augmenting paths.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

/// The choice assigned to each slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching<P> {
    assigned: Vec<Option<P>>,
}

impl<P: Copy> Matching<P> {
    /// The choice of each slot, in the order of the slots; `None` for an open slot.
    pub fn assigned(&self) -> &[Option<P>] {
        &self.assigned
    }

    /// The indexes of the open slots, from 0.
    pub fn open(&self) -> impl Iterator<Item = usize> {
        let slots = self.assigned.iter().enumerate();
        slots.filter_map(|(slot, choice)| choice.is_none().then_some(slot))
    }
}

/// Assigns each slot one of its choices, and no choice to two slots, so that as many slots as possible
/// are filled. `choices` lists the choices of each slot, the preferred first.
///
/// Slots are filled in order. A slot takes its first free choice. If none is free, earlier slots move
/// to other choices of theirs, along the shortest chain that frees one (an augmenting path: Berge 1957,
/// Kuhn 1955). A filled slot stays filled. So:
///
/// - no assignment fills more slots;
/// - earlier slots have priority: a slot stays open only if no assignment fills it together with the
///   filled slots before it;
/// - the result depends only on the order of slots and choices.
///
/// Only the first `n` different choices of each slot are used, where `n` is the number of slots: with
/// `n` choices a slot can be filled whatever the others take. So the cost is at most about `n³` steps,
/// however long the lists. It is close to the number of choices unless many slots want the same few.
///
/// ```
/// use contest_core::select::match_slots;
///
/// // The second slot accepts only the first slot's preferred choice.
/// let matching = match_slots(&[vec!['a', 'b'], vec!['a']]);
/// assert_eq!(matching.assigned(), [Some('b'), Some('a')]);
///
/// let matching = match_slots(&[vec!['a'], vec!['a'], vec!['b']]);
/// assert_eq!(matching.open().collect::<Vec<_>>(), [1]);
/// ```
pub fn match_slots<P: Copy + Eq + Hash>(choices: &[impl AsRef<[P]>]) -> Matching<P> {
    let mut filling = Filling {
        choices: choices
            .iter()
            .map(|list| first_different(list.as_ref(), choices.len()))
            .collect(),
        assigned: vec![None; choices.len()],
        holders: HashMap::with_capacity(choices.len()),
        exhausted: HashSet::new(),
    };
    for slot in 0..choices.len() {
        filling.fill(slot);
    }
    Matching {
        assigned: filling.assigned,
    }
}

/// The first `most` different entries of a list.
fn first_different<P: Copy + Eq + Hash>(list: &[P], most: usize) -> Vec<P> {
    let mut seen = HashSet::new();
    let different = list.iter().copied().filter(|entry| seen.insert(*entry));
    different.take(most).collect()
}

/// Slots, some of them filled.
struct Filling<P> {
    choices: Vec<Vec<P>>,
    assigned: Vec<Option<P>>,
    /// The slot that has a choice.
    holders: HashMap<P, usize>,
    /// The choices that failed searches reached. No path leads from them to a free choice, now or
    /// later: chains found afterwards do not touch them.
    exhausted: HashSet<P>,
}

impl<P: Copy + Eq + Hash> Filling<P> {
    /// Fills an open slot, if possible, by a breadth-first search for a free choice.
    fn fill(&mut self, open: usize) {
        // For each slot reached, the slot that would take over its choice.
        let mut takers = HashMap::new();
        let mut seen = HashSet::new();
        let mut queue = VecDeque::from([open]);
        while let Some(slot) = queue.pop_front() {
            for choice in self.choices.get(slot).into_iter().flatten() {
                if self.exhausted.contains(choice) || !seen.insert(*choice) {
                    continue;
                }
                let Some(holder) = self.holders.get(choice) else {
                    return self.pass_on(*choice, slot, &takers);
                };
                takers.insert(*holder, slot);
                queue.push_back(*holder);
            }
        }
        self.exhausted.extend(seen);
    }

    /// Gives a slot a free choice, its old choice to its taker, and so on up to the open slot.
    fn pass_on(&mut self, free: P, slot: usize, takers: &HashMap<usize, usize>) {
        let mut next = Some((free, slot));
        while let Some((choice, slot)) = next {
            self.holders.insert(choice, slot);
            let held = self
                .assigned
                .get_mut(slot)
                .and_then(|held| held.replace(choice));
            next = held.zip(takers.get(&slot).copied());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// The sets of slots that can be filled together, by exhaustive search.
    fn fillable(choices: &[Vec<u8>]) -> BTreeSet<Vec<bool>> {
        fn go(
            rest: &[Vec<u8>],
            taken: &mut Vec<u8>,
            filled: &mut Vec<bool>,
            all: &mut BTreeSet<Vec<bool>>,
        ) {
            let Some((slot, rest)) = rest.split_first() else {
                all.insert(filled.clone());
                return;
            };
            filled.push(false);
            go(rest, taken, filled, all);
            filled.pop();
            for choice in slot {
                if !taken.contains(choice) {
                    taken.push(*choice);
                    filled.push(true);
                    go(rest, taken, filled, all);
                    filled.pop();
                    taken.pop();
                }
            }
        }
        let mut all = BTreeSet::new();
        go(choices, &mut Vec::new(), &mut Vec::new(), &mut all);
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn as_many_slots_as_possible_are_filled_and_earlier_ones_first(
            choices in vec(vec(0_u8..7, 0..6), 0..6),
        ) {
            let matching = match_slots(&choices);
            let assigned = matching.assigned();
            prop_assert_eq!(assigned.len(), choices.len());
            let given: Vec<_> = assigned.iter().flatten().collect();
            let distinct: BTreeSet<_> = given.iter().collect();
            prop_assert_eq!(distinct.len(), given.len(), "no choice is given twice");
            for (choice, accepted) in assigned.iter().zip(&choices) {
                prop_assert!(choice.is_none_or(|choice| accepted.contains(&choice)));
            }
            let filled: Vec<_> = assigned.iter().map(Option::is_some).collect();
            let all = fillable(&choices);
            let most = all.iter().map(|filled| filled.iter().filter(|f| **f).count()).max();
            prop_assert_eq!(Some(given.len()), most);
            // `true` sorts after `false`: the greatest one favours earlier slots.
            prop_assert_eq!(Some(&filled), all.last());
        }
    }

    #[test]
    fn the_first_free_choice_is_taken() {
        let matching = match_slots(&[vec![7, 1], vec![7, 8, 2], vec![8, 9]]);
        assert_eq!(matching.assigned(), [Some(7), Some(8), Some(9)]);
    }

    #[test]
    fn a_chain_as_long_as_the_slots_moves_each_of_them() {
        // Slot n accepts n and n + 1, but the last accepts 0 only: all move up by one.
        let slots = 300;
        let mut choices: Vec<_> = (0..slots).map(|n| vec![n, n + 1]).collect();
        choices.push(vec![0]);
        let matching = match_slots(&choices);
        assert_eq!(matching.open().count(), 0);
        assert_eq!(matching.assigned()[0], Some(1));
        assert_eq!(matching.assigned()[slots], Some(0));
    }

    /// A failed search's choices are never searched again: otherwise this takes thirty times as long.
    #[test]
    fn many_slots_that_want_the_same_few_are_no_trouble() {
        let choices = vec![(0..500).collect::<Vec<u16>>(); 1_000];
        let matching = match_slots(&choices);
        assert_eq!(
            matching.open().collect::<Vec<_>>(),
            (500..1_000).collect::<Vec<_>>()
        );
    }

    #[test]
    fn no_slots_and_no_choices_are_no_trouble() {
        assert!(match_slots::<u8>(&[] as &[Vec<u8>]).assigned().is_empty());
        let open: Vec<_> = match_slots::<u8>(&[vec![], vec![]]).open().collect();
        assert_eq!(open, [0, 1]);
    }
}
