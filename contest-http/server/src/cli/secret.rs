//! Text that is never logged.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::exit::Failure;

/// A secret text: `Debug` redacts it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads a file, without the line ends that an editor leaves at its end.
    pub(crate) fn from_file(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(format!("`{}` could not be read", path.display())).because(error)
        })?;
        Ok(Self::new(text.trim_end_matches(['\r', '\n'])))
    }

    /// The content of `file`, if there is one, or else `given`.
    pub(crate) fn of(
        file: Option<&PathBuf>,
        given: Option<&Self>,
    ) -> Result<Option<Self>, Failure> {
        match file {
            Some(file) => Self::from_file(file).map(Some),
            None => Ok(given.cloned()),
        }
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
