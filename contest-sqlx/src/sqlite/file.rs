//! The file of a database: whether it is still there, and whether it accepts writes.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use contest_core::store::StoreError;

/// The state of the file, shared by all clones of a store.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    /// The file when the store was opened; `None` for a database in memory.
    opened: Option<Identity>,
    in_doubt: AtomicBool,
}

impl File {
    /// The file at this path, as it is now.
    pub(super) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            opened: Identity::of(path).ok(),
            in_doubt: AtomicBool::new(true),
        }
    }

    /// Fails if the connections have another file open than the one at the path: everything written to it
    /// is gone when the process ends. SQLite does not notice in write-ahead log mode.
    ///
    /// Looks at the path only: opening the file and closing it again would drop the locks that SQLite holds
    /// on it in this process.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let (Some(opened), path) = (&self.opened, self.path.display()) else {
            return Ok(());
        };
        match Identity::of(&self.path) {
            Ok(found) if found == *opened => Ok(()),
            Ok(_) => Err(StoreError::transient(format!(
                "another file has replaced the database `{path}` while it was open"
            ))),
            Err(error) => {
                let message =
                    format!("the database `{path}` was removed or moved while it was open");
                Err(StoreError::transient(message).with_source(error))
            }
        }
    }

    /// A write transaction begins.
    pub(super) fn begin(&self) {
        self.in_doubt.store(true, Ordering::Relaxed);
    }

    /// A write transaction is committed.
    pub(super) fn committed(&self) {
        self.in_doubt.store(false, Ordering::Relaxed);
    }

    /// Whether the last write transaction was not committed, or there was none yet.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.in_doubt.load(Ordering::Relaxed)
    }
}

/// Tells a file from another one at the same path.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl Identity {
    fn of(path: &Path) -> io::Result<Self> {
        let found = std::fs::metadata(path)?;
        #[cfg(unix)]
        return Ok(Self {
            device_and_inode: {
                use std::os::unix::fs::MetadataExt as _;
                (found.dev(), found.ino())
            },
        });
        #[cfg(not(unix))]
        Ok(Self {})
    }
}
