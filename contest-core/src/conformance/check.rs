//! The findings of cases, reported as differences.

use std::error::Error;
use std::fmt::{Debug, Display, Write as _};

use crate::catalogue::OrdinalSet;
use crate::store::CommitError;
use crate::user::UserRecord;

/// The finding of a case that failed.
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

/// Adds where a failure was found.
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

/// Checks that two values are equal; reports the difference.
pub(super) fn same<T: PartialEq + Debug>(what: impl Display, seen: &T, expected: &T) -> Outcome {
    ensure(seen == expected, || {
        let differences = differences(&format!("{seen:#?}"), &format!("{expected:#?}"));
        format!("{what}: {differences}")
    })
}

/// Checks that two lists are equal; reports first missing entries, then unexpected ones, then a wrong
/// order.
pub(super) fn same_items<T: PartialEq + Debug>(
    what: impl Display,
    seen: &[T],
    expected: &[T],
) -> Outcome {
    ensure(seen == expected, || {
        let (missing, foreign) = (without(expected, seen), without(seen, expected));
        let mut pairs = seen.iter().zip(expected).enumerate();
        let place = pairs.find(|(_, (a, b))| a != b);
        match place {
            Some((place, (a, b))) if seen.len() == expected.len() && !missing.is_empty() => {
                let differences = differences(&format!("{a:#?}"), &format!("{b:#?}"));
                let others = match missing.len() {
                    1 => String::new(),
                    count => format!("{count} entries differ, "),
                };
                format!("{what}: {others}entry {place}: {differences}")
            }
            Some((place, _)) if missing.is_empty() && foreign.is_empty() => {
                format!("{what}: out of order from entry {place} on")
            }
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
    const SHOWN: usize = 300;
    let first = items.first().map(|item| format!("{item:?}"));
    let first = first.map(|text| text.chars().take(SHOWN).collect::<String>());
    first.map_or_else(String::new, |text| format!("; {what}: {text}"))
}

/// Checks that two records are equal; reports the difference between their sets.
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

/// Checks that a commit was a conflict.
pub(super) fn conflict(what: impl Display, answer: &Result<(), CommitError>) -> Outcome {
    ensure(matches!(answer, Err(CommitError::Conflict)), || {
        format!("{what}: {answer:?} instead of a conflict")
    })
}

/// Checks that a commit was outdated.
pub(super) fn outdated(what: impl Display, answer: &Result<(), CommitError>) -> Outcome {
    ensure(matches!(answer, Err(CommitError::Outdated)), || {
        format!("{what}: {answer:?} instead of outdated")
    })
}

/// The first lines that differ between two texts of nested values, each with its path.
fn differences(seen: &str, expected: &str) -> String {
    const SHOWN: usize = 3;
    let (seen, expected): (Vec<_>, Vec<_>) = (seen.lines().collect(), expected.lines().collect());
    // Further lines are comparable only if both texts have the same shape.
    let shown = if seen.len() == expected.len() {
        SHOWN
    } else {
        1
    };
    let mut path = Path::default();
    let mut found = Vec::new();
    for (a, b) in seen.iter().zip(&expected) {
        if a != b && found.len() < shown {
            let (a, b) = (shorten(a), shorten(b));
            found.push(format!("{}`{a}` instead of `{b}`", path.prefix()));
        }
        path.enter(b.trim());
    }
    if found.is_empty() {
        return "they differ in a part that is not shown".to_owned();
    }
    found.join("; ")
}

/// A line without the comma, and with an ellipsis for the lines that follow.
fn shorten(line: &str) -> String {
    let line = line.trim().trim_end_matches(',');
    let dots = if line.ends_with(['{', '(', '[']) {
        "…"
    } else {
        ""
    };
    format!("{line}{dots}")
}

/// The position of a line: the names of the values around it, and its index in lists.
#[derive(Default)]
struct Path(Vec<Nest>);

struct Nest {
    name: String,
    /// The number of entries so far, in a list.
    entries: Option<usize>,
}

impl Path {
    fn enter(&mut self, line: &str) {
        if line.starts_with(['}', ')', ']']) {
            self.0.pop();
            return;
        }
        let entries = self.0.last_mut().and_then(|nest| nest.entries.as_mut());
        let place = entries.map(|entries| {
            *entries += 1;
            (*entries - 1).to_string()
        });
        if line.ends_with(['{', '(', '[']) {
            let (name, value) = line.split_once(": ").unwrap_or(("", line));
            let name = place.unwrap_or_else(|| name.to_owned());
            let entries = matches!(value, "[" | "(").then_some(0);
            self.0.push(Nest { name, entries });
        }
    }

    fn prefix(&self) -> String {
        let names = self.0.iter().map(|nest| nest.name.as_str());
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
        let (seen, expected) = ((1, [1, 2]), (1, [1, 3]));
        let text = found(same("the pair", &seen, &expected));
        assert_eq!(text, "the pair: 1: `2` instead of `3`");
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
        assert_eq!(text(&[1, 4], &[1, 2]), "they: entry 1: `4` instead of `2`");
        let all = "they: 2 entries differ, entry 0: `4` instead of `1`";
        assert_eq!(text(&[4, 5], &[1, 2]), all);
        assert_eq!(
            found(same("it", &None, &Some(7))),
            "it: `None` instead of `Some(…`"
        );
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
