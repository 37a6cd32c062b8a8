//! Exit codes, and failures of commands.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// How the process ended. The numbers are documented in the help text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    /// clap exits with the same code.
    Usage = 2,
    Faults = 3,
    Cut = 4,
    NotClosed = 5,
    NotFlushed = 6,
    Forced = 7,
}

impl Exit {
    pub(crate) const HELP: &str = "\
Exit codes:
  0  success; for `serve`: every request in flight was finished
  1  failed; the last line of the log says why
  2  the options are invalid
  3  `catalogue check` or `verify` found faults
  4  requests were cut when the drain deadline passed
  5  the store was not closed in time, or its file is gone
  6  telemetry was not flushed in time
  7  a second signal ended the process at once";

    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    exit: Exit,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
            exit: Exit::Failed,
        }
    }

    /// Invalid options.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::new(message)
        }
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Logs the failure in one line with all its sources.
    pub(crate) fn report(&self) {
        tracing::error!("{}", Chain(self));
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// An error and its sources, each once: a transparent error repeats the text of its source.
pub(crate) struct Chain<'e>(pub(crate) &'e (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.0.to_string();
        f.write_str(&last)?;
        let mut below = self.0.source();
        while let Some(error) = below {
            let text = error.to_string();
            if !last.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            last = text;
            below = error.source();
        }
        Ok(())
    }
}
