//! The conformance suite.

/// Two stores with pools of their own, as two processes would have them.
mod wide {
    use contest_core::conformance::StoreUnderTest;

    use crate::postgres::support::{config, other, store};

    contest_core::conformance_tests!(|| async {
        let config = config().await;
        let store = store(&config).await?;
        let other = other(&config, &store).await?;
        Ok(StoreUnderTest::new(store).with_other(other))
    });
}

/// One connection for everything, and an outbox, which changes nothing else.
mod narrow {
    use std::time::Duration;

    use contest_core::conformance::StoreUnderTest;

    use crate::postgres::support::{config, store};

    contest_core::conformance_tests!(|| async {
        let config = config()
            .await
            .with_max_connections(1)
            .with_acquire_timeout(Duration::from_mins(1));
        Ok(StoreUnderTest::new(store(&config).await?.with_outbox()))
    });
}

/// The log of events, with two stores as two processes would have them.
mod outbox {
    use contest_core::conformance::StoreUnderTest;

    use crate::postgres::support::{config, other, store};

    contest_core::outbox_conformance_tests!(|| async {
        let config = config().await;
        let store = store(&config).await?.with_outbox();
        let other = other(&config, &store).await?.with_outbox();
        Ok(StoreUnderTest::new(store.clone())
            .with_other(other.clone())
            .with_events(store)
            .with_other_events(other))
    });
}
