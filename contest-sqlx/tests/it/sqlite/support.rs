//! Databases for tests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use contest_core::store::StoreError;
use contest_sqlx::sqlite::{Durability, SqliteConfig, SqliteStore};
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

/// A configuration for tests: few connections, and no flushing, which only a power cut would miss.
pub(crate) fn config(path: impl AsRef<Path>) -> SqliteConfig {
    SqliteConfig::file(path)
        .with_readers(2)
        .with_durability(Durability::ProcessCrash)
}

/// Opens a file, created and migrated if need be.
pub(crate) async fn open(path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
    let store = SqliteStore::connect_with(&config(path)).await?;
    store.migrate().await?;
    Ok(store)
}

/// A fresh migrated database in a directory of its own.
pub(crate) async fn fresh() -> (Directory, SqliteStore) {
    let directory = Directory::new();
    let store = open(directory.database()).await.unwrap();
    (directory, store)
}

/// A pool as a host may have one, on a database that exists.
pub(crate) async fn host_pool(directory: &Directory, connections: u32) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(directory.database())
        .synchronous(SqliteSynchronous::Normal);
    let pool = SqlitePoolOptions::new().max_connections(connections);
    pool.connect_with(options).await.unwrap()
}

/// A small generator of choices (`SplitMix64`), determined by its seed.
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number less than `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap();
        from[index]
    }
}
