//! What the suite says about a store.

use std::error::Error;
use std::fmt;

use crate::conformance::failure::Failure;

/// A contract that the store breaks: which one, what was done, what was expected, what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    case: &'static str,
    contract: &'static str,
    done: String,
    expected: String,
    observed: String,
}

impl Broken {
    pub(super) fn new(case: &'static str, contract: &'static str, failure: Failure) -> Self {
        Self {
            case,
            contract,
            done: failure.done,
            expected: failure.expected,
            observed: failure.observed,
        }
    }

    /// The name of the case.
    pub fn case(&self) -> &'static str {
        self.case
    }

    /// What the store should keep to.
    pub fn contract(&self) -> &'static str {
        self.contract
    }

    /// What was done to the store.
    pub fn done(&self) -> &str {
        &self.done
    }

    /// What should have followed.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What followed.
    pub fn observed(&self) -> &str {
        &self.observed
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the store breaks {}", self.case)?;
        writeln!(f, "  contract: {}", self.contract)?;
        writeln!(f, "  done:     {}", self.done)?;
        writeln!(f, "  expected: {}", self.expected)?;
        write!(f, "  observed: {}", self.observed)
    }
}

impl Error for Broken {}

/// The outcome of the whole suite. As an error it lists the contracts that are broken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The names of the cases the store passed.
    pub passed: Vec<&'static str>,
    /// The contracts it breaks.
    pub broken: Vec<Broken>,
}

impl Report {
    /// Whether the store breaks nothing.
    pub fn is_clean(&self) -> bool {
        self.broken.is_empty()
    }

    /// Whether the store breaks the contract of this case.
    pub fn breaks(&self, case: &str) -> bool {
        self.broken.iter().any(|broken| broken.case == case)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.passed.len() + self.broken.len();
        write!(f, "{} of {all} cases passed", self.passed.len())?;
        self.broken
            .iter()
            .try_for_each(|broken| write!(f, "\n{broken}"))
    }
}

impl Error for Report {}
