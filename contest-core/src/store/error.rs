//! Failures of a store, as opposed to refusals by a rule.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Trying again may succeed: a lost connection, an exhausted pool, a deadlock, a timeout, a full disk, a
    /// database that is read-only for now. A write may have happened.
    Transient,
    /// Trying again fails until the cause is fixed: bad configuration, a missing table.
    Permanent,
    /// The stored data contradicts itself.
    Inconsistent,
}

/// The store failed. Keeps the underlying error as [`source`](Error::source).
///
/// ```
/// use std::io;
/// use contest_core::store::{StoreError, StoreErrorKind};
///
/// let error = StoreError::transient("connection lost").with_source(io::Error::other("reset"));
/// assert!(error.is_transient());
/// assert_eq!(error.to_string(), "the store is unavailable for now: connection lost");
/// ```
#[derive(Debug, Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl StoreError {
    fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// A transient failure.
    pub fn transient(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Transient, message)
    }

    /// A permanent failure.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Permanent, message)
    }

    /// Inconsistent stored data. Name the table, column and row.
    pub fn inconsistent(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Inconsistent, message)
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// The kind of failure.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether trying again may succeed.
    pub fn is_transient(&self) -> bool {
        self.kind == StoreErrorKind::Transient
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            StoreErrorKind::Transient => "the store is unavailable for now",
            StoreErrorKind::Permanent => "the store failed",
            StoreErrorKind::Inconsistent => "the store holds inconsistent data",
        };
        write!(f, "{what}: {}", self.message)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
