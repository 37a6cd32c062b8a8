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

/// One connection for everything, and an outbox, which changes nothing else.
mod memory {
    use contest_core::conformance::StoreUnderTest;
    use contest_sqlx::sqlite::SqliteStore;

    contest_core::conformance_tests!(|| async {
        let store = SqliteStore::connect("sqlite::memory:").await?;
        store.migrate().await?;
        Ok(StoreUnderTest::new(store.with_outbox()))
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

/// The log of events, with two stores as two processes would have them.
mod outbox {
    use contest_core::conformance::StoreUnderTest;

    use crate::sqlite::support::{Directory, open};

    contest_core::outbox_conformance_tests!(|| async {
        let directory = Directory::new();
        let store = open(directory.database()).await?.with_outbox();
        let other = open(directory.database()).await?.with_outbox();
        Ok(StoreUnderTest::new(store.clone())
            .with_other(other.clone())
            .with_events(store)
            .with_other_events(other)
            .with_guard(directory))
    });
}
