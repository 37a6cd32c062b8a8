//! What a case finds, and how it says so: by the difference.

use std::error::Error;
use std::fmt::{Debug, Display, Write as _};

use crate::next::store::CommitError;
use crate::next::user::{OrdinalSet, UserRecord};

/// What a case found wrong.
#[derive(Debug)]
pub(super) struct Failure(pub(super) String);

/// The outcome of a case, or of a part of one.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(super) fn new(found: impl Into<String>) -> Self {
        Self(found.into())
    }

    pub(super) fn from_error(what: impl Display, error: &dyn Error) -> Self {
        let mut text = format!("{what}: unexpected error: {error}");
        let mut below = error.source();
        while let Some(source) = below {
            let _ = write!(text, ": {source}");
            below = source.source();
        }
        Self(text)
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::from_error("a call", &error)
    }
}

/// Says where a failure was found.
pub(super) trait At<T> {
    fn at(self, place: impl Display) -> Outcome<T>;
}

impl<T> At<T> for Outcome<T> {
    fn at(self, place: impl Display) -> Self {
        self.map_err(|Failure(found)| Failure(format!("{place}: {found}")))
    }
}

/// Checks a condition.
pub(super) fn ensure(holds: bool, found: impl FnOnce() -> String) -> Outcome {
    if holds {
        return Ok(());
    }
    Err(Failure(found()))
}

/// Checks that two values are equal; tells where they differ.
pub(super) fn same<T: PartialEq + Debug>(what: impl Display, seen: &T, expected: &T) -> Outcome {
    ensure(seen == expected, || {
        let differences = differences(&format!("{seen:#?}"), &format!("{expected:#?}"));
        format!("{what}: {differences}")
    })
}

/// Checks that two lists are equal; tells what is missing, what does not belong and what is out of
/// place, in this order.
pub(super) fn same_items<T: PartialEq + Debug>(
    what: impl Display,
    seen: &[T],
    expected: &[T],
) -> Outcome {
    ensure(seen == expected, || {
        let missing = without(expected, seen);
        let foreign = without(seen, expected);
        let place = seen.iter().zip(expected).position(|(a, b)| a != b);
        let place = place.unwrap_or(seen.len().min(expected.len()));
        match (missing.as_slice(), foreign.as_slice()) {
            ([one], [other]) => {
                let differences = differences(&format!("{other:#?}"), &format!("{one:#?}"));
                format!("{what}, entry {place}: {differences}")
            }
            ([], []) if seen.len() == expected.len() => {
                format!("{what}: out of order from entry {place} on")
            }
            ([], []) => format!(
                "{what}: {} entries instead of {}, some more often than once",
                seen.len(),
                expected.len()
            ),
            _ => format!(
                "{what}: {} entries instead of {}, {} missing, {} that do not belong{}{}",
                seen.len(),
                expected.len(),
                missing.len(),
                foreign.len(),
                first("missing", &missing),
                first("does not belong", &foreign),
            ),
        }
    })
}

fn without<'a, T: PartialEq>(from: &'a [T], others: &[T]) -> Vec<&'a T> {
    let mut left: Vec<_> = others.iter().collect();
    let keep = |item: &&T| match left.iter().position(|other| other == item) {
        Some(place) => {
            left.swap_remove(place);
            false
        }
        None => true,
    };
    from.iter().filter(keep).collect()
}

fn first<T: Debug>(what: &str, items: &[T]) -> String {
    let first = items.first();
    first.map_or_else(String::new, |item| format!("; {what}: {item:?}"))
}

/// Checks that two records are equal; tells what the sets lack.
pub(super) fn same_record(
    what: impl Display,
    seen: Option<&UserRecord>,
    expected: Option<&UserRecord>,
) -> Outcome {
    if let (Some(seen), Some(expected)) = (seen, expected) {
        same_set(
            format_args!("{what}, solved"),
            &seen.solved,
            &expected.solved,
        )?;
        same_set(format_args!("{what}, seen"), &seen.seen, &expected.seen)?;
    }
    same(what, &seen, &expected)
}

fn same_set(what: impl Display, seen: &OrdinalSet, expected: &OrdinalSet) -> Outcome {
    ensure(seen == expected, || {
        let lacks = |a: &OrdinalSet, b: &OrdinalSet| {
            let lacking: Vec<_> = a.iter().filter(|ordinal| !b.contains(*ordinal)).collect();
            (
                lacking.len(),
                lacking.into_iter().take(5).collect::<Vec<_>>(),
            )
        };
        let ((missing, gone), (more, there)) = (lacks(expected, seen), lacks(seen, expected));
        format!("{what}: {missing} missing {gone:?}, {more} that do not belong {there:?}")
    })
}

/// Checks that a commit met another version.
pub(super) fn conflict(what: impl Display, answer: &Result<(), CommitError>) -> Outcome {
    ensure(matches!(answer, Err(CommitError::Conflict)), || {
        format!("{what}: {answer:?} instead of a conflict")
    })
}

/// Checks that a commit relied on another revision.
pub(super) fn outdated(what: impl Display, answer: &Result<(), CommitError>) -> Outcome {
    ensure(matches!(answer, Err(CommitError::Outdated)), || {
        format!("{what}: {answer:?} instead of outdated")
    })
}

/// The first lines in which two texts of nested values differ, each with the path to it.
fn differences(seen: &str, expected: &str) -> String {
    const SHOWN: usize = 3;
    let (seen, expected): (Vec<_>, Vec<_>) = (seen.lines().collect(), expected.lines().collect());
    // Further lines can be compared only while both texts have the same shape.
    let shown = if seen.len() == expected.len() {
        SHOWN
    } else {
        1
    };
    let mut path = Path::default();
    let mut found = Vec::new();
    for (a, b) in seen.iter().zip(&expected) {
        if a != b && found.len() < shown {
            let (a, b) = (a.trim(), b.trim());
            found.push(format!("{}`{a}` instead of `{b}`", path.prefix()));
        }
        path.enter(b);
    }
    if found.is_empty() {
        return "they differ in what is not shown".to_owned();
    }
    found.join("; ")
}

/// Where a line is: the names of what it is nested in, and its place in lists.
#[derive(Default)]
struct Path(Vec<(String, usize)>);

impl Path {
    fn enter(&mut self, line: &str) {
        let line = line.trim();
        if line.starts_with(['}', ')', ']']) {
            self.0.pop();
            return;
        }
        let place = self.0.last_mut().map(|(_, entries)| {
            *entries += 1;
            *entries - 1
        });
        if line.ends_with(['{', '(', '[']) {
            let name = line.split_once(": ").map(|(name, _)| name.to_owned());
            let place = || place.map(|place| place.to_string());
            self.0.push((name.or_else(place).unwrap_or_default(), 0));
        }
    }

    fn prefix(&self) -> String {
        let names = self.0.iter().map(|(name, _)| name.as_str());
        let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return String::new();
        }
        format!("{}: ", names.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(outcome: Outcome) -> String {
        outcome.unwrap_err().0
    }

    #[test]
    fn values_differ_where_they_differ() {
        let (seen, expected) = ((1, Some([1, 2])), (1, Some([1, 3])));
        let text = found(same("the pair", &seen, &expected));
        assert_eq!(text, "the pair: 1.0: `2,` instead of `3,`");
    }

    #[test]
    fn lists_differ_by_what_is_missing_before_their_order() {
        let text = |seen: &[u8], expected: &[u8]| found(same_items("they", seen, expected));
        let missing = "they: 2 entries instead of 3, 1 missing, 0 that do not belong; missing: 2";
        assert_eq!(text(&[1, 3], &[1, 2, 3]), missing);
        assert_eq!(
            text(&[1, 3, 2], &[1, 2, 3]),
            "they: out of order from entry 1 on"
        );
        assert_eq!(text(&[1, 4], &[1, 2]), "they, entry 1: `4` instead of `2`");
        assert!(text(&[1, 1, 2], &[1, 2]).contains("1 that do not belong"));
    }

    #[test]
    fn sets_differ_by_their_members() {
        let mut record = UserRecord::new();
        record.solved = [1, 2].into_iter().collect();
        let other = UserRecord::new();
        let text = found(same_record("it", Some(&record), Some(&other)));
        assert_eq!(
            text,
            "it, solved: 0 missing [], 2 that do not belong [1, 2]"
        );
    }
}
