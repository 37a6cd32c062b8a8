//! The suite catches stores that break a promise: every case can fail.

use std::collections::BTreeSet;

use contest_core::conformance::{Delays, Report, StoreUnderTest, cases, check};
use contest_core::store::Intercepted;

use super::sabotage::{Sabotage, Sabotaged};

/// Checks a sabotaged store. Calls are delayed a little, so that they get in each other's way.
async fn report_on(how: Sabotage) -> Report {
    let factory = async || {
        let store = Intercepted::new(Sabotaged::new(how), Delays::seeded(7, 2));
        Ok(StoreUnderTest::new(store.clone()).with_other(store))
    };
    match check(&factory).await {
        Ok(report) | Err(report) => report,
    }
}

macro_rules! caught {
    ($($test:ident: $how:ident by $($case:ident),+;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let report = report_on(Sabotage::$how).await;
                let missed: Vec<_> = [$(stringify!($case)),+]
                    .into_iter()
                    .filter(|case| !report.breaks(case))
                    .collect();
                assert!(missed.is_empty(), "{missed:?} did not notice: {report}");
            }
        )*

        #[test]
        fn every_case_can_fail() {
            let can_fail: BTreeSet<_> = [$($(stringify!($case)),+),*].into();
            let all: BTreeSet<_> = cases().iter().map(|case| case.name).collect();
            let difference: Vec<_> = all.symmetric_difference(&can_fail).collect();
            assert!(difference.is_empty(), "{difference:#?}");
        }
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn discover() {
    for how in super::sabotage::ALL {
        let report = report_on(*how).await;
        let names: Vec<_> = report.broken.iter().map(|b| b.case()).collect();
        println!("{how:?}: {names:?}");
        if std::env::var("FULL").is_ok() {
            println!("{report}");
        }
    }
}
