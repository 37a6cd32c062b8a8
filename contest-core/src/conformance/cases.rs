//! The table of cases, and how to run them: one by one, all together, or as tests.

use std::error::Error;
use std::fmt;
use std::future::Future;

use futures::FutureExt;
use futures::future::{BoxFuture, LocalBoxFuture};

use crate::conformance::check::{Failure, Outcome};
use crate::conformance::harness::{Harness, Made};
use crate::conformance::{
    attempts, boards, cancellation, catalogue, commits, durability, events, history, joining,
    leases, members, races, rounds, users, values,
};

/// Passes the cases to another macro, as `subject::name,` after the given tokens: the only list of
/// them.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_each_case {
    (stores: [$($callback:tt)+] $($given:tt)*) => {
        $($callback)+! {
            $($given)*
            commits::a_commit_is_kept_whole,
            commits::a_commit_replaces_the_record,
            commits::a_commit_changes_one_set,
            commits::another_version_is_a_conflict,
            commits::a_conflict_keeps_nothing,
            commits::a_conflict_changes_nothing,
            commits::another_revision_is_outdated,
            commits::revisions_are_compared_with_their_tags,
            commits::a_contest_is_inserted_once,
            commits::a_key_is_used_once,
            commits::keys_are_compared_exactly,
            commits::users_share_nothing,
            commits::others_are_not_visible,
            commits::a_contest_is_updated,
            commits::contests_are_pruned,
            commits::solves_are_upserted,
            commits::solves_of_contests_are_apart,
            commits::a_commit_upserts_thousands_of_solves,
            commits::snapshots_have_the_selected_contest,
            attempts::attempts_of_submissions_are_apart,
            attempts::attempts_are_kept_as_judged,
            attempts::submissions_are_in_order,
            attempts::counts_are_of_accepted_attempts,
            joining::contests_are_found_by_round,
            joining::a_round_is_joined_once,
            joining::a_pruned_contest_frees_its_round,
            races::one_racing_commit_wins,
            races::one_racing_first_commit_wins,
            races::racing_commits_of_different_users_succeed,
            races::a_publication_outdates_commits_of_all_users,
            races::commits_that_race_a_publication_succeed_or_are_outdated,
            races::an_erasure_that_races_commits_leaves_nothing,
            races::the_other_handle_reads_committed_data,
            races::a_snapshot_is_of_one_instant,
            races::the_open_contest_is_that_of_the_record,
            races::a_snapshot_has_the_revision_of_its_instant,
            history::an_unknown_user_has_nothing,
            history::contests_are_latest_first,
            history::pages_of_contests_begin_anywhere,
            history::pages_of_contests_meet,
            history::pages_of_contests_have_their_version,
            history::solves_are_in_order,
            history::pages_of_solves_begin_anywhere,
            history::pages_of_solves_meet,
            history::pages_of_solves_have_their_version,
            history::limits_are_kept,
            history::counted_intervals_are_half_open,
            history::counts_are_of_different_live_problems,
            history::few_bounds_make_no_interval,
            history::thousands_of_intervals_are_counted,
            history::counts_have_their_version,
            catalogue::an_empty_store_has_no_problems,
            catalogue::problems_read_back,
            catalogue::a_publication_changes_only_its_problems,
            catalogue::problems_may_trade_slugs,
            catalogue::a_publication_on_another_revision_is_a_conflict,
            catalogue::one_racing_publication_wins,
            catalogue::a_load_is_of_one_revision,
            catalogue::changes_are_exact,
            catalogue::unknown_revisions_get_everything,
            catalogue::publications_leave_users_alone,
            catalogue::thousands_of_problems_are_published,
            users::an_erased_user_is_gone,
            users::erasing_leaves_others_alone,
            users::a_commit_on_an_erased_record_is_a_conflict,
            users::an_erased_user_can_come_back,
            users::users_are_listed_by_id,
            users::users_with_a_record_are_listed,
            values::times_of_all_years_are_kept,
            values::large_numbers_are_kept,
            values::texts_of_all_scripts_are_kept,
            values::large_sets_are_kept,
            values::a_contest_of_a_thousand_problems_is_kept,
            values::contests_of_all_kinds_are_kept,
            values::contests_of_rounds_are_kept,
            values::requests_are_kept,
            values::unknown_members_are_kept,
            cancellation::a_dropped_commit_is_whole_or_nothing,
            cancellation::a_dropped_first_commit_is_whole_or_nothing,
            cancellation::a_dropped_publication_is_whole_or_nothing,
            cancellation::a_dropped_erasure_is_whole_or_nothing,
            cancellation::dropped_calls_leave_no_lock,
            durability::acknowledged_data_survives_reopening,
        }
    };
    (events: [$($callback:tt)+] $($given:tt)*) => {
        $($callback)+! {
            $($given)*
            events::events_are_kept_with_their_commit,
            events::refused_commits_append_no_event,
            events::events_are_read_from_any_number_on,
            events::events_are_there_with_their_commit,
            events::events_of_racing_commits_have_no_gaps,
            events::delivered_events_are_pruned,
            events::pruning_reaches_all_users,
            events::numbers_go_on_after_pruning,
            events::erasing_removes_events,
            values::events_of_all_kinds_are_kept,
            leases::a_lease_gives_the_first_undelivered_events,
            leases::only_undelivered_events_are_leased,
            leases::a_lease_excludes_until_it_runs_out,
            leases::a_late_holder_acknowledges,
            leases::only_the_holder_ends_a_lease,
            leases::delivered_events_stay_delivered,
            leases::a_lease_given_back_is_free_from_then_on,
            leases::attempts_are_counted_however_they_end,
            leases::attempts_begin_anew_with_the_next_event,
            leases::events_of_a_leased_user_come_next,
            leases::one_racing_lease_gets_a_user,
            leases::racing_leases_get_different_users,
            leases::leases_are_fair,
            leases::a_leased_user_does_not_block_others,
            leases::every_event_is_delivered_in_order,
            leases::dropped_leases_run_out,
            leases::dropped_acknowledgements_are_whole_or_nothing,
            durability::leases_survive_reopening,
        }
    };
    (rounds: [$($callback:tt)+] $($given:tt)*) => {
        $($callback)+! {
            $($given)*
            rounds::rounds_are_kept_whole,
            rounds::another_version_of_a_round_is_a_conflict,
            rounds::one_racing_change_of_a_round_wins,
            rounds::a_dropped_change_of_a_round_is_whole_or_nothing,
            rounds::rounds_are_listed_by_id,
            rounds::rounds_show_how_a_user_is_listed,
            members::members_are_listed_by_user,
            members::a_member_listed_again_moves,
            members::removed_members_are_gone,
            members::thousands_of_members_are_listed,
            members::an_erased_user_is_not_listed,
            members::dropped_lists_are_whole_or_nothing,
            boards::contests_of_a_round_are_listed_by_user,
            boards::contests_of_a_round_are_listed_by_rank,
            boards::pages_by_rank_begin_anywhere,
            boards::better_contests_are_counted,
            boards::ranks_are_exact,
            boards::ranks_follow_changes,
            boards::a_page_by_rank_is_of_one_instant,
            boards::deleted_contests_leave_the_board,
            boards::rounds_survive_reopening,
        }
    };
}

/// Defines one test for each of the [`cases`], with its name: `tests!(factory)`.
///
/// `factory` is an expression for a [`Factory`]; each test evaluates it. Tests run on four threads of
/// `tokio`, which the crate that uses the macro needs with the features `macros` and `rt-multi-thread`.
/// Give each store a module of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ($factory:expr $(,)?) => {
        $crate::__for_each_case!(
            stores: [$crate::__conformance_test] { $factory }
        );
    };
}

/// Defines one test for each of the [`event_cases`], as [`tests!`](super::tests) does for the others.
/// The harness needs an event log: [`Harness::with_events`].
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_event_tests {
    ($factory:expr $(,)?) => {
        $crate::__for_each_case!(
            events: [$crate::__conformance_test] { $factory }
        );
    };
}

/// Defines one test for each of the [`round_cases`], as [`tests!`](super::tests) does for the others. The
/// harness needs rounds: [`Harness::with_rounds`].
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_round_tests {
    ($factory:expr $(,)?) => {
        $crate::__for_each_case!(
            rounds: [$crate::__conformance_test] { $factory }
        );
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ({ $factory:expr } $($subject:ident :: $name:ident,)*) => {
        $(
            #[::tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let factory = $factory;
                let run = $crate::conformance::run_case(stringify!($name), &factory);
                if let Err(broken) = run.await {
                    panic!("{broken}");
                }
            }
        )*
    };
}

type Run = for<'a> fn(&'a Harness) -> LocalBoxFuture<'a, Outcome>;

/// A promise of a store, with its check.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Case {
    /// Its name: the promise.
    pub name: &'static str,
    run: Run,
}

macro_rules! table {
    ($($subject:ident :: $name:ident,)*) => {
        &[$(Case {
            name: stringify!($name),
            run: |harness| $subject::$name(harness).boxed_local(),
        }),*]
    };
}

/// Every case, by subject.
pub fn cases() -> &'static [Case] {
    __for_each_case!(stores: [table])
}

/// Every case on the [events](crate::store::EventLog) of a store. They need a harness [with
/// events](Harness::with_events).
pub fn event_cases() -> &'static [Case] {
    __for_each_case!(events: [table])
}

/// Every case on the [rounds](crate::store::RoundRepository) of a store. They need a harness [with
/// rounds](Harness::with_rounds).
pub fn round_cases() -> &'static [Case] {
    __for_each_case!(rounds: [table])
}

/// Makes harnesses. A closure that returns a future of a [`Harness`] is a factory.
///
/// # Contract
/// - Each harness has its own store: changes to one are not visible in another.
/// - It is called once per case, from several cases concurrently.
pub trait Factory: Send + Sync {
    /// A fresh harness.
    fn fresh(&self) -> BoxFuture<'_, Made>;
}

impl<F, Fut> Factory for F
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Made> + Send,
{
    fn fresh(&self) -> BoxFuture<'_, Made> {
        async move { self().await }.boxed()
    }
}

impl Case {
    /// Runs the case against a fresh store.
    ///
    /// Needs a Tokio runtime, with several threads for real races.
    ///
    /// # Errors
    /// [`Broken`] if the store breaks the promise, or none could be made.
    pub async fn run(&self, factory: &dyn Factory) -> Result<(), Broken> {
        let outcome = match factory.fresh().await {
            Ok(harness) => (self.run)(&harness).await,
            Err(error) => Err(Failure::from_error("making a store", error.as_ref())),
        };
        outcome.map_err(|Failure(found)| Broken {
            case: self.name,
            found,
        })
    }
}

/// Runs cases, each against a fresh store, one after the other.
///
/// # Errors
/// The report, if the store breaks any promise; it lists all broken ones.
pub async fn check(cases: &[Case], factory: &dyn Factory) -> Result<Report, Report> {
    let mut report = Report::default();
    for case in cases {
        match case.run(factory).await {
            Ok(()) => report.passed.push(case.name),
            Err(broken) => report.broken.push(broken),
        }
    }
    if report.broken.is_empty() {
        Ok(report)
    } else {
        Err(report)
    }
}

/// Runs the case of this name, as each test of the macros does.
///
/// # Errors
/// As [`Case::run`]; also if there is no such case.
#[doc(hidden)]
pub async fn run_case(name: &'static str, factory: &dyn Factory) -> Result<(), Broken> {
    let mut all = cases().iter().chain(event_cases()).chain(round_cases());
    match all.find(|case| case.name == name) {
        Some(case) => case.run(factory).await,
        None => Err(Broken {
            case: name,
            found: "there is no case of this name".to_owned(),
        }),
    }
}

/// A broken promise, with the finding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store breaks `{case}`: {found}")]
#[non_exhaustive]
pub struct Broken {
    /// The name of the case.
    pub case: &'static str,
    /// The difference from the promise.
    pub found: String,
}

/// The outcome of several cases. As an error it lists the promises that are broken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The names of the cases the store passed.
    pub passed: Vec<&'static str>,
    /// The promises it breaks.
    pub broken: Vec<Broken>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.passed.len() + self.broken.len();
        write!(f, "{} of {all} cases passed", self.passed.len())?;
        let mut broken = self.broken.iter();
        broken.try_for_each(|broken| write!(f, "\n{broken}"))
    }
}

impl Error for Report {}
