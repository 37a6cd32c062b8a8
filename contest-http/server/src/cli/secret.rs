//! Text and keys that are never logged.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::exit::Failure;

/// A secret: `Debug` redacts it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    pub(crate) fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(secret.into())
    }

    /// Reads a file. Text is taken without the line ends that an editor leaves at its end, other bytes as they
    /// are.
    pub(crate) fn from_file(path: &Path) -> Result<Self, Failure> {
        let mut bytes = std::fs::read(path).map_err(|error| {
            Failure::new(format!("`{}` could not be read", path.display())).because(error)
        })?;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            bytes.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        Ok(Self(bytes))
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

    pub(crate) fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text.
    pub(crate) fn reveal_text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.0)
            .map_err(|error| Failure::usage("the store's URL is not UTF-8 text").because(error))
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
