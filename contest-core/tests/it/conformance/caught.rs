//! The suite catches stores that break a promise, and every case of it can fail.

use std::collections::BTreeSet;

use contest_core::conformance::{
    Broken, Case, Delays, Report, StoreUnderTest, cases, check, check_outbox, outbox_cases,
};
use contest_core::store::Intercepted;

use super::sabotage::{Sabotage, Sabotaged};

/// How often a case runs before a store that gets a race wrong counts as not caught. Nearly always
/// once is enough; a machine that runs one thread at a time may need more.
const ATTEMPTS: usize = 400;

/// A sabotaged store. Calls are delayed a little, so that they get in each other's way.
fn under_test(how: Sabotage) -> StoreUnderTest {
    let sabotaged = Sabotaged::new(how);
    let store = Intercepted::new(sabotaged.clone(), Delays::seeded(7, 2));
    let under_test = StoreUnderTest::new(store.clone()).with_other(store);
    under_test.with_events(sabotaged)
}

/// The cases of both suites.
fn all_cases() -> impl Iterator<Item = &'static Case> {
    cases().iter().chain(outbox_cases())
}

/// What a case finds wrong with a sabotaged store.
async fn find(how: Sabotage, name: &str) -> Option<Broken> {
    let factory = async || Ok(under_test(how));
    let case = all_cases().find(|case| case.name == name).unwrap();
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
    extends_for_show: ExtendsForShow by i2_extra_time_moves_the_deadline;
    refuses_the_same_deadline: RefusesTheSameDeadline by extending_never_moves_a_deadline_back;
    moves_deadlines_back: MovesDeadlinesBack by extending_never_moves_a_deadline_back;
    extends_at_the_deadline: IncludesTheDeadline by
        i2_extensions_are_accepted_from_start_to_deadline,
        i2_contests_are_resumed_before_their_deadline;
    extends_what_has_ended: ExtendsWhatHasEnded by i3_ended_contests_are_not_extended;
    forgets_extra_time: ForgetsExtraTime by i1_extra_time_keeps_a_second_contest_out;
    extends_blindly: ExtendsBlindly by of_racing_extensions_the_latest_deadline_stays;
    looks_then_extends: LooksThenExtends by i1_of_an_extension_and_a_creation_one_wins;
    extends_in_two_steps: ExtendsInTwoSteps by i14_a_dropped_extension_is_whole_or_nothing;
    resumes_for_show: ResumesForShow by resuming_takes_an_abandonment_back;
    refuses_to_resume_twice: RefusesToResumeTwice by resuming_what_accepts_work_changes_nothing;
    resumes_anything: ResumesAnything by i3_only_abandoned_contests_are_resumed;
    resumes_beside_others: ResumesBesideOthers by i1_an_active_contest_keeps_a_resumption_out;
    resumes_without_settling: ResumesWithoutSettling by resuming_settles_the_expired_contest;
    resumes_in_another_order: LooksAtActiveFirst by resuming_refuses_in_the_documented_order;
    looks_then_resumes: LooksThenResumes by
        i1_of_racing_resumptions_one_wins,
        i1_of_racing_resumptions_and_creations_one_wins,
        i3_no_resumption_undoes_a_completion;
    resumes_in_two_steps: ResumesInTwoSteps by i14_a_dropped_resumption_is_whole_or_nothing;
    tells_of_everything_met: TellsOfEverythingMet by practice_is_of_candidates;
    sorts_encounters_by_id: SortsEncountersById by encounters_are_in_the_order_of_contests;
    remembers_encounters: RemembersEncounters by practice_begins_with_the_epoch;
    pages_solves_by_time: PagesSolvesByTime by
        pages_of_solves_are_oldest_first,
        pages_of_solves_meet_while_solves_are_added;
    forgets_who_recorded: ForgetsWhoRecorded by
        solves_name_the_contest_that_recorded_them,
        i8_everything_equals_a_recount_after_random_steps;
    marks_repeats_without_solving: MarksWithoutSolving by
        i7_a_repeat_that_is_not_solved_is_like_any_other;
    repeats_anything: RepeatsAnything by i10_only_repeats_may_be_solved;
    unmarks_every_repeat: UnmarksEverySolve by i7_a_repeat_keeps_the_first_solve;
    loses_marks_of_encounters: LosesMarksOfEncounters by
        i8_everything_equals_a_recount_after_random_steps;
    forgets_resets: ForgetsResets by i8_a_reset_takes_every_solve_back;
    numbers_full_resets_only: NumbersFullResetsOnly by resets_are_numbered_from_one;
    resets_everybody: ResetsEverybody by resetting_leaves_other_users_alone;
    resets_during_contests: ResetsDuringContests by
        i1_an_active_contest_keeps_a_reset_out,
        i1_creations_that_race_resets_agree_with_them;
    resets_without_settling: ResetsWithoutSettling by resetting_settles_the_expired_contest;
    remembers_solves: RemembersSolves by i7_problems_are_solved_anew_after_a_reset;
    unmarks_old_solves: UnmarksOldSolves by i6_marks_from_before_a_reset_hold_no_solve;
    resets_in_two_steps: ResetsInTwoSteps by
        i8_a_reset_is_one_step,
        i14_a_dropped_reset_is_whole_or_nothing;
    counts_before_resetting: CountsBeforeResetting by i8_solves_that_race_resets_are_counted;
    looks_then_resets: LooksThenResets by of_racing_resets_each_begins_an_epoch;
    forgets_late_policies: ForgetsLatePolicies by late_policies_are_stored_exactly;
    refuses_late_marks: RefusesLateMarks by i2_late_marks_are_accepted_while_the_policy_says;
    marks_late_again: MarksLateAgain by i2_a_late_mark_made_again_changes_nothing;
    forgets_grace_when_settled: ForgetsGraceWhenSettled by late_marks_are_accepted_after_settling;
    marks_late_what_has_ended: MarksLateWhatHasEnded by i3_ended_contests_accept_no_late_marks;
    unmarks_late: UnmarksLate by i2_only_marks_are_accepted_late;
    keeps_the_first_grace: KeepsTheFirstGrace by i2_the_grace_moves_with_the_deadline;
    refuses_marks_while_settling: RefusesMarksWhileSettling by
        i8_late_marks_that_race_a_creation_are_counted;
    keeps_extensions_quiet: KeepsExtensionsQuiet by
        events_tell_the_life_of_a_contest,
        events_are_those_of_the_model_after_random_steps;
    tells_settling_last: TellsSettlingLast by events_tell_what_was_settled_first;
    tells_solves_late: TellsSolvesLate by events_tell_each_solve_outside_a_contest;
    tells_new_solves_only: TellsNewSolvesOnly by events_tell_marks_whatever_was_solved;
    tells_every_mark: TellsEveryMark by events_say_nothing_of_steps_that_change_nothing;
    leaves_gaps: LeavesGaps by events_are_numbered_by_user;
    includes_the_cursor: IncludesTheCursor by events_are_read_page_by_page;
    writes_events_afterwards: WritesEventsAfterwards by
        events_of_racing_marks_are_in_the_order_of_the_steps,
        events_of_racing_contests_are_in_the_order_of_the_steps,
        events_are_there_with_their_step,
        i14_a_dropped_step_and_its_events_are_whole_or_nothing;
    numbers_before_writing: NumbersBeforeWriting by
        events_of_racing_recordings_are_numbered_without_gaps;
    leases_from_the_start: LeasesFromTheStart by a_lease_gives_the_first_undelivered_events;
    lets_holders_lease_again: LetsHoldersLeaseAgain by a_lease_keeps_everybody_else_out;
    keeps_leases_until_they_run_out: KeepsLeasesUntilTheyRunOut by
        a_lease_that_is_given_back_can_be_taken;
    acknowledges_for_anybody: AcknowledgesForAnybody by
        only_the_holder_acknowledges,
        a_lease_that_ran_out_counts_until_it_is_taken;
    takes_deliveries_back: TakesDeliveriesBack by what_is_delivered_stays_delivered;
    serves_the_first_first: ServesTheFirstFirst by every_user_gets_a_turn;
    looks_then_leases: LooksThenLeases by
        of_racing_leases_each_user_gets_one,
        racing_couriers_deliver_in_order_and_once;
    looks_then_acknowledges: LooksThenAcknowledges by an_acknowledgement_and_a_new_lease_agree;
    delivers_when_leasing: DeliversWhenLeasing by i14_a_dropped_lease_is_taken_or_not;
    acknowledges_one_by_one: AcknowledgesOneByOne by
        i14_a_dropped_acknowledgement_is_noted_or_not;
    forgets_undelivered: ForgetsUndelivered by only_delivered_events_are_forgotten;
    numbers_anew_after_forgetting: NumbersAnewAfterForgetting by numbers_go_on_after_forgetting;
    leaks_places: LeaksPlaces by i14_dropped_calls_leave_nothing_behind;
}

#[test]
fn every_case_can_fail() {
    let can_fail: BTreeSet<_> = CAN_FAIL.iter().collect();
    let all: BTreeSet<_> = all_cases().map(|case| &case.name).collect();
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
        "i2_extensions_are_accepted_from_start_to_deadline",
        "i3_only_abandoned_contests_are_resumed",
        "i2_contests_are_resumed_before_their_deadline",
        "i2_late_marks_are_accepted_while_the_policy_says",
        "i2_only_marks_are_accepted_late",
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

#[tokio::test]
async fn a_store_without_a_log_is_told_so_by_the_suite_for_events_alone() {
    let factory = async || Ok(StoreUnderTest::new(contest_core::memory::MemoryStore::new()));
    assert!(check(&factory).await.is_ok());
    let report = check_outbox(&factory).await.unwrap_err();
    assert_eq!(report.broken.len(), outbox_cases().len());
    let text = report.to_string();
    assert!(text.contains("one with a log of events"), "{text}");
}
