//! Divides a quota when some difficulties have too few problems.

use std::cmp::Reverse;

use crate::model::{Difficulty, PerDifficulty};

/// How many problems each difficulty gives, if some have fewer than their quota.
///
/// Each missing problem is asked of the nearest difficulty that has more. If two are equally near, it
/// is the one that has replaced fewer so far, and then the easier one. A difficulty of unknown capacity
/// is taken to be unlimited.
///
/// A capacity matters only where it is too small, so an answer computed with an unknown capacity stays
/// the same if that capacity turns out to be large enough. So the order in which a selection learns the
/// capacities cannot change its outcome.
pub(crate) fn allocate(
    quota: PerDifficulty<usize>,
    capacity: PerDifficulty<Option<usize>>,
) -> PerDifficulty<usize> {
    let room_for = |d: Difficulty, given: usize| capacity[d].is_none_or(|most| given < most);
    let mut given = PerDifficulty::from_fn(|d| quota[d].min(capacity[d].unwrap_or(usize::MAX)));
    let missing = PerDifficulty::from_fn(|d| quota[d] - given[d]);
    let mut taken_over = PerDifficulty::new(0_usize, 0, 0);
    for (from, &count) in missing.iter() {
        for _ in 0..count {
            let nearest = Difficulty::ALL
                .into_iter()
                .filter(|&d| d != from && room_for(d, given[d]))
                .max_by_key(|&d| {
                    (
                        Reverse(d.distance(from)),
                        Reverse(taken_over[d]),
                        Reverse(d),
                    )
                });
            let Some(to) = nearest else { return given };
            given[to] += 1;
            taken_over[to] += 1;
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(quota: [usize; 3], capacity: [Option<usize>; 3], expected: [usize; 3]) {
        let [easy, medium, hard] = quota;
        let [e, m, h] = capacity;
        let given = allocate(
            PerDifficulty::new(easy, medium, hard),
            PerDifficulty::new(e, m, h),
        );
        assert_eq!([given.easy, given.medium, given.hard], expected);
    }

    #[test]
    fn i12_a_shortage_flows_to_the_nearest_in_every_direction() {
        check([3, 4, 3], [None, None, None], [3, 4, 3]);
        check([3, 4, 3], [Some(1), None, None], [1, 6, 3]);
        check([3, 4, 3], [None, None, Some(0)], [3, 7, 0]);
        check([3, 4, 3], [None, Some(0), None], [5, 0, 5]);
        check([3, 4, 3], [None, Some(1), None], [5, 1, 4]);
        check([3, 4, 3], [Some(0), Some(5), None], [0, 5, 5]);
        check([3, 4, 3], [None, Some(5), Some(0)], [5, 5, 0]);
        check([3, 4, 3], [Some(0), Some(0), None], [0, 0, 10]);
        check([3, 4, 3], [None, Some(0), Some(0)], [10, 0, 0]);
        check([3, 4, 3], [Some(4), Some(0), None], [4, 0, 6]);
        check([3, 4, 3], [Some(1), Some(2), Some(3)], [1, 2, 3]);
    }

    #[test]
    fn i9_a_capacity_that_does_not_bind_changes_nothing() {
        for (easy, medium, hard) in (0..216).map(|n| (n % 6, n / 6 % 6, n / 36)) {
            let quota = PerDifficulty::new(2, 3, 2);
            let known = PerDifficulty::new(Some(easy), Some(medium), Some(hard));
            let given = allocate(quota, known);
            for lacking in Difficulty::ALL {
                if known[lacking] > Some(given[lacking]) {
                    let mut unknown = known;
                    unknown[lacking] = None;
                    assert_eq!(
                        allocate(quota, unknown),
                        given,
                        "{known:?} without {lacking}"
                    );
                }
            }
        }
    }
}
