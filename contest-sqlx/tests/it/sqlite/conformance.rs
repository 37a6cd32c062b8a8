//! The conformance suite.

/// Two stores, as two processes would have them, on one file.
mod file {
    use contest_core::conformance::StoreUnderTest;

    use crate::sqlite::support::{Directory, open};

    contest_core::conformance_tests!(|| async {
        let directory = Directory::new();
        let store = open(directory.database()).await?;
        let other = open(directory.database()).await?;
        Ok(StoreUnderTest::new(store)
            .with_other(other)
            .with_guard(directory))
    });
}

/// One connection for everything.
mod memory {
    use contest_core::conformance::StoreUnderTest;
    use contest_sqlx::sqlite::SqliteStore;

    contest_core::conformance_tests!(|| async {
        let store = SqliteStore::connect("sqlite::memory:").await?;
        store.migrate().await?;
        Ok(StoreUnderTest::new(store))
    });
}

/// Pools of a host's, of 25 connections that all read and write.
mod host {
    use contest_core::conformance::StoreUnderTest;
    use contest_sqlx::sqlite::SqliteStore;

    use crate::sqlite::support::{Directory, host_pool, open};

    contest_core::conformance_tests!(|| async {
        let directory = Directory::new();
        open(directory.database()).await?;
        let store = SqliteStore::from_pool(host_pool(&directory, 25).await);
        let other = SqliteStore::from_pool(host_pool(&directory, 25).await);
        Ok(StoreUnderTest::new(store)
            .with_other(other)
            .with_guard(directory))
    });
}
