//! The suite catches stores that break a promise, and every case of it can fail.

use std::collections::BTreeSet;

use contest_core::conformance::{Broken, Delays, Report, StoreUnderTest, cases, check};
use contest_core::store::Intercepted;

use super::sabotage::{Sabotage, Sabotaged};

/// How often a case runs before a store that gets a race wrong counts as not caught. Nearly always
/// once is enough; a machine that runs one thread at a time may need more.
const ATTEMPTS: usize = 20;

/// A sabotaged store. Calls are delayed a little, so that they get in each other's way.
fn under_test(how: Sabotage) -> StoreUnderTest {
    let store = Intercepted::new(Sabotaged::new(how), Delays::seeded(7, 2));
    StoreUnderTest::new(store.clone()).with_other(store)
}

/// What a case finds wrong with a sabotaged store.
async fn find(how: Sabotage, name: &str) -> Option<Broken> {
    let factory = async || Ok(under_test(how));
    let case = cases().iter().find(|case| case.name == name).unwrap();
    for _ in 0..ATTEMPTS {
        if let Err(broken) = case.run(&factory).await {
            return Some(broken);
        }
    }
    None
}

macro_rules! caught {
    ($($test:ident: $how:ident by $($case:ident),+;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                for case in [$(stringify!($case)),+] {
                    let broken = find(Sabotage::$how, case).await;
                    assert!(broken.is_some(), "{case} does not notice it");
                }
            }
        )*

        const CAN_FAIL: &[&str] = &[$($(stringify!($case)),+),*];
    };
}

// Each promise broken in one way, and the cases that are there to notice.
caught! {
    starts_at_revision_one: StartsAtRevisionOne by catalogue_is_empty_before_the_first_publication;
    sorts_topics: SortsTopics by catalogue_reads_back_as_published;
    keeps_old_titles: KeepsOldTitles by catalogue_takes_over_every_field;
    counts_every_publication: CountsEveryPublication by catalogue_revision_grows_with_changes_only;
    retires_nothing: RetiresNothing by
        catalogue_retires_what_a_publication_lacks,
        catalogue_publications_that_race_come_one_after_the_other;
    refuses_traded_slugs: RefusesTradedSlugs by catalogue_lets_problems_trade_slugs;
    publishes_around_taken_slugs: PublishesAroundTakenSlugs by
        catalogue_keeps_slugs_of_problems_a_publication_lacks;
    loads_in_two_steps: LoadsInTwoSteps by catalogue_is_loaded_of_one_revision;
    publishes_in_two_steps: PublishesInTwoSteps by
        catalogue_is_loaded_of_one_revision,
        i14_a_dropped_publication_is_whole_or_nothing;
    binds_few_values: BindsFewValues by
        catalogue_may_have_thousands_of_problems,
        i4_a_contest_may_have_a_thousand_problems,
        solved_among_takes_thousands_of_candidates,
        i8_intervals_may_be_many;
    answers_for_everything: AnswersForEverything by solved_among_answers_for_the_candidates_only;
    records_again: RecordsAgain by i7_the_first_solve_of_a_problem_stays;
    records_one_time_per_batch: RecordsOneTimePerBatch by i7_each_solve_has_its_own_time;
    records_around_unknown: RecordsAroundUnknown by i7_a_batch_is_recorded_whole_or_not_at_all;
    records_in_two_steps: RecordsInTwoSteps by
        i8_a_batch_is_counted_in_one_step,
        i14_a_dropped_recording_is_whole_or_nothing;
    refuses_retired_solves: RefusesRetiredSolves by i7_retired_problems_are_recorded;
    marks_when_recording: MarksWhenRecording by i7_recording_leaves_contests_alone;
    counts_solves_before_recording: CountsSolvesBeforeRecording by
        i7_of_racing_solves_of_a_problem_one_counts;
    fails_when_batches_meet: FailsWhenBatchesMeet by
        i7_batches_that_overlap_do_not_get_in_each_others_way;
    lets_one_user_solve_a_problem: LetsOneUserSolveAProblem by
        ownership_lets_users_solve_the_same_problems;
    forgets_removals: ForgetsRemovals by i6_unmarking_takes_the_solve_back;
    numbers_events_anew: NumbersEventsAnew by i8_everything_equals_a_recount_after_random_steps;
    pages_history_by_time: PagesHistoryByTime by pages_of_history_are_latest_first;
    pages_history_by_offset: PagesHistoryByOffset by pages_of_history_meet_while_events_are_added;
    looks_then_creates: LooksThenCreates by
        i1_of_racing_creations_one_wins,
        i1_of_racing_creations_over_an_expired_contest_one_wins;
    names_the_loser: NamesTheLoser by i1_an_active_contest_keeps_a_second_one_out;
    creates_one_at_a_time: CreatesOneAtATime by i1_creations_of_different_users_all_win;
    keeps_users_out: KeepsUsersOut by i1_users_do_not_keep_each_other_out;
    sorts_problems: SortsProblems by i4_a_contest_is_stored_whole;
    cuts_seeds: CutsSeeds by i4_a_selection_record_is_stored_exactly;
    cuts_microseconds: CutsMicroseconds by
        i4_a_contest_is_stored_whole,
        i2_a_contest_is_active_until_its_deadline;
    names_one_unavailable: NamesOneUnavailable by i4_problems_that_cannot_be_used_are_all_named;
    settles_before_refusing: SettlesBeforeRefusing by i4_a_refused_creation_changes_nothing;
    never_settles: NeverSettles by
        i4_creating_settles_the_expired_contest,
        i3_a_settled_contest_stays_expired;
    settles_before_creating: SettlesBeforeCreating by i14_a_dropped_creation_is_whole_or_nothing;
    waits_an_instant: WaitsAnInstant by i3_an_ending_makes_room_at_once;
    ignores_digests: IgnoresDigests by i5_a_key_with_another_request_is_refused;
    forgets_keys_of_ended_contests: ForgetsKeysOfEndedContests by
        i5_a_repeated_key_returns_the_first_contest;
    uses_up_keys: UsesUpKeys by i5_a_refused_creation_leaves_its_key_unused;
    ignores_letter_case: IgnoresLetterCase by i5_keys_are_compared_exactly_and_by_user;
    looks_at_active_first: LooksAtActiveFirst by i5_refusals_follow_the_documented_order;
    refuses_racing_keys: RefusesRacingKeys by i5_racing_creations_under_one_key_make_one_contest;
    shares_keys: SharesKeys by ownership_hides_everything_from_another_user;
    shares_contests: SharesContests by
        ownership_hides_everything_from_another_user,
        ownership_keeps_another_user_from_changing_anything;
    settles_when_read: SettlesWhenRead by i2_reading_settles_nothing;
    includes_the_deadline: IncludesTheDeadline by
        i2_marks_are_accepted_from_start_to_deadline,
        i2_endings_are_accepted_from_start_to_deadline;
    ends_again: EndsAgain by i3_an_ending_is_stored_and_stays;
    looks_then_ends: LooksThenEnds by i3_of_racing_endings_one_wins;
    ends_in_two_steps: EndsInTwoSteps by i14_a_dropped_ending_is_whole_or_nothing;
    takes_solves_back_when_abandoned: TakesSolvesBackWhenAbandoned by i6_marks_survive_an_ending;
    looks_then_marks: LooksThenMarks by i3_no_mark_follows_an_ending;
    marks_again: MarksAgain by i6_marking_again_keeps_the_first_time;
    marks_without_solving: MarksWithoutSolving by i6_marking_records_a_solve;
    marks_in_two_steps: MarksInTwoSteps by
        i6_a_mark_and_its_solve_are_one_step,
        i14_a_dropped_mark_is_whole_or_nothing;
    marks_anything: MarksAnything by i6_only_problems_of_the_contest_are_marked;
    marks_nothing_retired: MarksNothingRetired by i6_a_problem_retired_meanwhile_can_be_marked;
    counts_marks_before_marking: CountsMarksBeforeMarking by
        i6_of_racing_marks_one_counts,
        i6_racing_marks_and_unmarks_agree_with_the_solves;
    unmarks_always: UnmarksAlways by i6_unmarking_what_is_not_marked_changes_nothing;
    unmarks_every_solve: UnmarksEverySolve by
        i6_unmarking_keeps_a_solve_from_elsewhere,
        i6_unmarking_keeps_a_solve_recorded_between_two_marks;
    unmarks_without_unsolving: UnmarksWithoutUnsolving by i6_unmarking_takes_the_solve_back;
    unmarks_in_two_steps: UnmarksInTwoSteps by i14_a_dropped_unmark_is_whole_or_nothing;
    pages_contests_with_the_cursor: PagesContestsWithTheCursor by
        pages_of_contests_are_latest_first;
    pages_contests_by_offset: PagesContestsByOffset by
        pages_of_contests_meet_while_contests_are_added;
    counts_one_more: CountsOneMore by
        counts_of_an_unknown_user_are_zero,
        i8_everything_equals_a_recount_after_random_steps;
    counts_retired: CountsRetired by i8_counts_follow_every_change_of_the_catalogue;
    counts_the_first_topic: CountsTheFirstTopic by i8_a_problem_counts_in_each_of_its_topics;
    counts_one_difficulty_at_a_time: CountsOneDifficultyAtATime by
        i8_a_problem_changes_difficulty_in_one_step,
        i8_a_batch_is_counted_in_one_step;
    counts_by_old_catalogues: CountsByOldCatalogues by i8_counts_are_of_the_revision_that_loads;
    loses_solves_while_publishing: LosesSolvesWhilePublishing by
        i8_solves_that_race_a_publication_are_counted;
    closes_intervals: ClosesIntervals by i8_intervals_are_half_open;
    counts_retired_in_intervals: CountsRetiredInIntervals by
        i8_intervals_count_current_solves_in_use;
    leaks_places: LeaksPlaces by i14_dropped_calls_leave_nothing_behind;
}

#[test]
fn every_case_can_fail() {
    let can_fail: BTreeSet<_> = CAN_FAIL.iter().collect();
    let all: BTreeSet<_> = cases().iter().map(|case| &case.name).collect();
    let never: Vec<_> = all.difference(&can_fail).collect();
    assert!(never.is_empty(), "no sabotage for {never:#?}");
}

async fn report_on(how: Sabotage) -> Report {
    match check(&async || Ok(under_test(how))).await {
        Ok(report) | Err(report) => report,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_report_names_what_is_broken_and_nothing_else() {
    let broken = async |how| -> Vec<_> {
        let report = report_on(how).await;
        report.broken.iter().map(Broken::case).collect()
    };
    let case = "solved_among_answers_for_the_candidates_only";
    assert_eq!(broken(Sabotage::AnswersForEverything).await, [case]);
    let case = "i5_a_refused_creation_leaves_its_key_unused";
    assert_eq!(broken(Sabotage::UsesUpKeys).await, [case]);
    let cases = [
        "i2_marks_are_accepted_from_start_to_deadline",
        "i2_endings_are_accepted_from_start_to_deadline",
    ];
    assert_eq!(broken(Sabotage::IncludesTheDeadline).await, cases);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_report_says_what_was_done_expected_and_observed() {
    let report = report_on(Sabotage::AnswersForEverything).await;
    assert!(report.breaks("solved_among_answers_for_the_candidates_only"));
    assert_eq!(report.passed.len() + 1, cases().len());
    let text = report.to_string();
    let summary = format!(
        "{} of {} cases passed\n",
        report.passed.len(),
        cases().len()
    );
    assert!(text.starts_with(&summary), "{text}");
    for part in [
        "contract: What is solved is answered for the candidates only",
        "done:     asking which of [] are solved",
        "expected: {}",
        "observed: {ProblemId(",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[tokio::test]
async fn a_factory_that_fails_is_reported_with_its_reason() {
    let factory = async || Err("no database".into());
    let report = check(&factory).await.unwrap_err();
    assert_eq!(report.broken.len(), cases().len());
    assert!(report.to_string().contains("no database"), "{report}");
}
