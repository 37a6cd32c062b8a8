//! An ordered list that counts: a treap whose nodes know the size of their subtrees.

/// Distinct values in ascending order. Inserting, removing, counting and reading from a position take a
/// time that grows with the logarithm of the length.
#[derive(Debug, Clone)]
pub(super) struct OrderedList<T> {
    root: Link<T>,
    /// The state of the generator of priorities. Priorities change the shape of the tree only.
    state: u64,
}

type Link<T> = Option<Box<Node<T>>>;

#[derive(Debug, Clone)]
struct Node<T> {
    value: T,
    priority: u64,
    size: usize,
    left: Link<T>,
    right: Link<T>,
}

impl<T> Node<T> {
    fn resize(&mut self) {
        self.size = 1 + size(self.left.as_deref()) + size(self.right.as_deref());
    }
}

fn size<T>(link: Option<&Node<T>>) -> usize {
    link.map_or(0, |node| node.size)
}

impl<T> Default for OrderedList<T> {
    fn default() -> Self {
        Self {
            root: None,
            state: 0,
        }
    }
}

impl<T: Ord> OrderedList<T> {
    pub(super) fn len(&self) -> usize {
        size(self.root.as_deref())
    }

    /// Inserts a value that the list does not contain.
    pub(super) fn insert(&mut self, value: T) {
        let priority = self.priority();
        let (left, right) = split(self.root.take(), &value);
        let node = Node {
            value,
            priority,
            size: 1,
            left: None,
            right: None,
        };
        self.root = merge(merge(left, Some(Box::new(node))), right);
    }

    pub(super) fn remove(&mut self, value: &T) {
        self.root = without(self.root.take(), value);
    }

    /// How many values are at the beginning of the list for which `before` is true: true for these and
    /// false for all after them.
    pub(super) fn count_before(&self, before: impl Fn(&T) -> bool) -> usize {
        let (mut link, mut count) = (&self.root, 0);
        while let Some(node) = link {
            link = if before(&node.value) {
                count += 1 + size(node.left.as_deref());
                &node.right
            } else {
                &node.left
            };
        }
        count
    }

    /// The values from a position on.
    pub(super) fn iter_from(&self, position: usize) -> Iter<'_, T> {
        let (mut link, mut skip) = (&self.root, position);
        let mut path = Vec::new();
        while let Some(node) = link {
            let before = size(node.left.as_deref());
            if skip <= before {
                path.push(&**node);
                link = &node.left;
            } else {
                skip -= before + 1;
                link = &node.right;
            }
        }
        Iter { path }
    }

    /// The next number of `SplitMix64`.
    fn priority(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Splits into the values less than `at` and the others.
fn split<T: Ord>(link: Link<T>, at: &T) -> (Link<T>, Link<T>) {
    let Some(mut node) = link else {
        return (None, None);
    };
    if node.value < *at {
        let (left, right) = split(node.right.take(), at);
        node.right = left;
        node.resize();
        (Some(node), right)
    } else {
        let (left, right) = split(node.left.take(), at);
        node.left = right;
        node.resize();
        (left, Some(node))
    }
}

/// Joins two trees; all values of the first come before those of the second.
fn merge<T>(left: Link<T>, right: Link<T>) -> Link<T> {
    let (mut left, mut right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (one, other) => return one.or(other),
    };
    if left.priority > right.priority {
        left.right = merge(left.right.take(), Some(right));
        left.resize();
        Some(left)
    } else {
        right.left = merge(Some(left), right.left.take());
        right.resize();
        Some(right)
    }
}

fn without<T: Ord>(link: Link<T>, value: &T) -> Link<T> {
    let mut node = link?;
    match value.cmp(&node.value) {
        std::cmp::Ordering::Less => node.left = without(node.left.take(), value),
        std::cmp::Ordering::Greater => node.right = without(node.right.take(), value),
        std::cmp::Ordering::Equal => return merge(node.left, node.right),
    }
    node.resize();
    Some(node)
}

/// Values in ascending order.
#[derive(Debug)]
pub(super) struct Iter<'a, T> {
    /// The nodes whose value and right subtree are still to come; the last one comes first.
    path: Vec<&'a Node<T>>,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let node = self.path.pop()?;
        let mut link = &node.right;
        while let Some(next) = link {
            self.path.push(next);
            link = &next.left;
        }
        Some(&node.value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against the sorted set of the standard library.
        #[test]
        fn it_counts_and_reads_as_a_sorted_vector(
            steps in proptest::collection::vec((any::<bool>(), 0_u8..40), 0..200),
        ) {
            let (mut list, mut model) = (OrderedList::default(), BTreeSet::new());
            for (insert, value) in steps {
                if !insert {
                    list.remove(&value);
                    model.remove(&value);
                } else if model.insert(value) {
                    list.insert(value);
                }
                prop_assert_eq!(list.len(), model.len());
            }
            let sorted: Vec<_> = model.iter().collect();
            for position in 0..=sorted.len() {
                let read: Vec<_> = list.iter_from(position).collect();
                prop_assert_eq!(&*read, &sorted[position..]);
            }
            prop_assert_eq!(list.iter_from(sorted.len() + 1).count(), 0);
            for value in 0..=40 {
                let before = list.count_before(|other| *other < value);
                prop_assert_eq!(before, model.range(..value).count());
            }
        }
    }

    #[test]
    fn it_is_shallow_for_values_in_order() {
        fn depth<T>(node: Option<&Node<T>>) -> usize {
            node.map_or(0, |node| {
                1 + depth(node.left.as_deref()).max(depth(node.right.as_deref()))
            })
        }
        let mut list = OrderedList::default();
        (0..100_000).for_each(|value| list.insert(value));
        assert!(
            depth(list.root.as_deref()) < 60,
            "{}",
            depth(list.root.as_deref())
        );
    }
}
