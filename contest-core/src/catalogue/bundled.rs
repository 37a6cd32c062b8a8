//! The catalogue that ships with the crate.

use crate::catalogue::Catalogue;

impl Catalogue {
    /// The 150 problems of the NeetCode 150 list: 28 easy, 101 medium, 21 hard, in 18 topics, with
    /// links to LeetCode and NeetCode. Each call parses `data/neetcode150.csv` of this crate, in about
    /// a tenth of a millisecond.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the file is compiled in, and a test reads it"
    )]
    pub fn neetcode150() -> Self {
        Self::from_csv(include_str!("../../data/neetcode150.csv").as_bytes())
            .expect("the bundled catalogue is valid")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::model::PerDifficulty;

    #[test]
    fn the_list_has_its_150_problems_by_difficulty_and_topic() {
        let catalogue = Catalogue::neetcode150();
        assert_eq!(catalogue.totals(), PerDifficulty::new(28, 101, 21));
        let topics: BTreeMap<_, _> = catalogue
            .topics()
            .map(|(topic, n)| (topic.as_str(), n.easy + n.medium + n.hard))
            .collect();
        let expected = BTreeMap::from([
            ("1-D Dynamic Programming", 12),
            ("2-D Dynamic Programming", 11),
            ("Advanced Graphs", 6),
            ("Arrays & Hashing", 9),
            ("Backtracking", 9),
            ("Binary Search", 7),
            ("Bit Manipulation", 7),
            ("Graphs", 13),
            ("Greedy", 8),
            ("Heap / Priority Queue", 7),
            ("Intervals", 6),
            ("Linked List", 11),
            ("Math & Geometry", 8),
            ("Sliding Window", 6),
            ("Stack", 7),
            ("Trees", 15),
            ("Tries", 3),
            ("Two Pointers", 5),
        ]);
        assert_eq!(topics, expected);
    }

    #[test]
    fn every_problem_links_to_its_own_slug_and_keeps_its_position() {
        let catalogue = Catalogue::neetcode150();
        let slugs: BTreeSet<_> = catalogue.problems().iter().map(|p| &p.slug).collect();
        assert_eq!(slugs.len(), 150);
        for (problem, position) in catalogue.problems().iter().zip(1..) {
            assert_eq!(problem.position, position);
            let link = format!("https://leetcode.com/problems/{}/", problem.slug);
            assert_eq!(problem.links[0], link);
            assert!(problem.links[1].starts_with("https://neetcode.io/problems/"));
        }
    }
}
