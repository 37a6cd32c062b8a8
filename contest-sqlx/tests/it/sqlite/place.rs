//! Databases for tests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use contest_sqlx::sqlite::{Durability, SqliteConfig};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

/// A directory that is removed when dropped.
#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("contest-sqlite-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("contests.db")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A configuration for tests: few connections, and no flushing: only a power cut would show the difference.
pub(crate) fn config(path: impl AsRef<Path>) -> SqliteConfig {
    SqliteConfig::file(path)
        .with_readers(2)
        .with_durability(Durability::ProcessCrash)
}

/// A host's pool on an existing database.
pub(crate) async fn host_pool(directory: &Directory, connections: u32) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(directory.database())
        .synchronous(SqliteSynchronous::Normal);
    let pool = SqlitePoolOptions::new().max_connections(connections);
    pool.connect_with(options).await.unwrap()
}
