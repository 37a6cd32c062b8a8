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
