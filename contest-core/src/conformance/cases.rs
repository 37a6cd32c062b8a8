//! What is made of the [table](super::table): cases to run one by one, all together, or as tests.

use futures::future::BoxFuture;

use crate::conformance::failure::{Failure, Outcome};
use crate::conformance::harness::{StoreFactory, StoreUnderTest};
use crate::conformance::outbox::{
    appending, delivery_races, event_cancellation, event_races, forgetting, leasing,
};
use crate::conformance::report::{Broken, Report};
use crate::conformance::{
    cancellation, catalogue, counts, create, extending, idempotency, late_marks, life_cancellation,
    lifecycle, mark_races, marks, ownership, pages, practice, publishing, races, random, repeats,
    reset_races, resetting, resume_races, resuming, solves,
};

type Run = for<'a> fn(&'a StoreUnderTest) -> BoxFuture<'a, Outcome>;

/// One obligation of a store, and the way to check it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Case {
    /// Its name: after the contract, with the number of the invariant where it checks one.
    pub name: &'static str,
    /// What it checks, in words.
    pub contract: &'static str,
    run: Run,
}

macro_rules! table {
    ($($subject:ident :: $name:ident => $contract:literal,)*) => {
        &[$(Case {
            name: stringify!($name),
            contract: $contract,
            run: |under_test| Box::pin($subject::$name(under_test)),
        }),*]
    };
}

/// Every case, by subject.
pub fn cases() -> &'static [Case] {
    crate::__for_each_conformance_case!([table])
}

/// Every case about the [domain events](crate::store::EventLog) of a store, by subject. They need a
/// store [with events](StoreUnderTest::with_events).
pub fn outbox_cases() -> &'static [Case] {
    crate::__for_each_outbox_case!([table])
}

impl Case {
    /// Runs the case against a fresh store.
    ///
    /// Needs a tokio runtime; on one with several threads, races are races.
    ///
    /// # Errors
    /// [`Broken`] when the store breaks the contract, or none could be made.
    ///
    /// # Cancel safety
    /// Dropping the future aborts the tasks it started.
    pub async fn run(&self, factory: &dyn StoreFactory) -> Result<(), Broken> {
        let broken = |failure| Broken::new(self.name, self.contract, failure);
        let under_test = factory
            .fresh()
            .await
            .map_err(|error| broken(Failure::new("making a fresh store", "a store", error)))?;
        (self.run)(&under_test).await.map_err(broken)
    }
}

/// Runs every case, each against a fresh store, one after the other.
///
/// # Errors
/// The report, when the store breaks any contract: it holds all of them.
///
/// # Cancel safety
/// Dropping the future aborts the tasks it started.
pub async fn check(factory: &dyn StoreFactory) -> Result<Report, Report> {
    check_all(cases(), factory).await
}

/// Runs every [case about domain events](outbox_cases), as [`check`] does the others.
///
/// # Errors
/// The report, when the store breaks any contract: it holds all of them.
///
/// # Cancel safety
/// Dropping the future aborts the tasks it started.
pub async fn check_outbox(factory: &dyn StoreFactory) -> Result<Report, Report> {
    check_all(outbox_cases(), factory).await
}

async fn check_all(cases: &[Case], factory: &dyn StoreFactory) -> Result<Report, Report> {
    let mut report = Report::default();
    for case in cases {
        match case.run(factory).await {
            Ok(()) => report.passed.push(case.name),
            Err(broken) => report.broken.push(broken),
        }
    }
    if report.is_clean() {
        Ok(report)
    } else {
        Err(report)
    }
}

/// Runs the case of this name: what each test of [`conformance_tests!`](crate::conformance_tests)
/// does.
#[doc(hidden)]
pub async fn run_case(name: &'static str, factory: &dyn StoreFactory) -> Result<(), Broken> {
    let mut all = cases().iter().chain(outbox_cases());
    match all.find(|case| case.name == name) {
        Some(case) => case.run(factory).await,
        None => Err(Broken::new(
            name,
            "A test is of a case.",
            Failure::new("looking for the case", "a case of this name", "none"),
        )),
    }
}

/// Makes one test for each case, named after it: `conformance_tests!(factory)`.
///
/// `factory` is an expression, evaluated in each test, that gives a
/// [`StoreFactory`](crate::conformance::StoreFactory). Tests run on four threads of `tokio`, which
/// the crate that uses the macro needs with the features `macros` and `rt-multi-thread`. Give each
/// store a module of its own.
///
/// ```
/// mod memory {
///     use contest_core::conformance::StoreUnderTest;
///     use contest_core::memory::MemoryStore;
///
///     contest_core::conformance_tests!(async || Ok(StoreUnderTest::new(MemoryStore::new())));
/// }
/// ```
#[macro_export]
macro_rules! conformance_tests {
    ($factory:expr $(,)?) => {
        $crate::__for_each_conformance_case!([$crate::__conformance_tests] { $factory });
    };
}

/// Makes one test for each case about domain events, named after it: `outbox_conformance_tests!(factory)`.
///
/// For stores that keep an [`EventLog`](crate::store::EventLog), next to
/// [`conformance_tests!`](crate::conformance_tests), which asks nothing about events: a store without
/// a log is whole without these. `factory` is as there, and gives stores
/// [with events](crate::conformance::StoreUnderTest::with_events).
///
/// ```
/// mod outbox {
///     use contest_core::conformance::StoreUnderTest;
///     use contest_core::memory::MemoryStore;
///
///     contest_core::outbox_conformance_tests!(async || {
///         let store = MemoryStore::new().with_outbox();
///         Ok(StoreUnderTest::new(store.clone()).with_events(store))
///     });
/// }
/// ```
#[macro_export]
macro_rules! outbox_conformance_tests {
    ($factory:expr $(,)?) => {
        $crate::__for_each_outbox_case!([$crate::__conformance_tests] { $factory });
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ({ $factory:expr } $($subject:ident :: $name:ident => $contract:literal,)*) => {
        $(
            #[doc = $contract]
            #[::tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let factory = $factory;
                let outcome = $crate::conformance::run_case(stringify!($name), &factory).await;
                if let Err(broken) = outcome {
                    panic!("{broken}");
                }
            }
        )*
    };
}
