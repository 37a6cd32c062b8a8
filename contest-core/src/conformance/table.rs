//! The table of cases: the only place that names them all.

/// Passes every case to another macro, as `subject::name => "contract",` after what is given.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_each_conformance_case {
    ([$($callback:tt)+] $($given:tt)*) => {
        $($callback)+! {
            $($given)*
            catalogue::catalogue_is_empty_before_the_first_publication =>
                "Before the first publication the catalogue is empty and has revision 0.",
            catalogue::catalogue_reads_back_as_published =>
                "Loading gives the problems as published, field by field, through every handle.",
            catalogue::catalogue_revision_grows_with_changes_only =>
                "The revision grows by one with each publication that changes something, and with \
                 nothing else.",
            catalogue::catalogue_retires_what_a_publication_lacks =>
                "A stored problem that a publication lacks is retired and keeps everything else; \
                 publishing it again takes it back.",
            catalogue::catalogue_takes_over_every_field =>
                "A problem that is stored and published takes over every field that is published.",
            catalogue::catalogue_lets_problems_trade_slugs =>
                "Problems of one publication may take each other's slugs.",
            catalogue::catalogue_keeps_slugs_of_problems_a_publication_lacks =>
                "A slug of a stored problem that the publication lacks goes to nobody else: such a \
                 publication is refused and changes nothing.",
            catalogue::catalogue_may_have_thousands_of_problems =>
                "Two thousand problems are published, changed, loaded and solved like a few.",
            publishing::catalogue_is_loaded_of_one_revision =>
                "A loaded catalogue is of one revision, even while another is being published.",
            publishing::catalogue_publications_that_race_come_one_after_the_other =>
                "Publications that race happen one after the other: each has a revision of its own, \
                 and the last one is what is stored.",
            publishing::i8_a_problem_changes_difficulty_in_one_step =>
                "Publishing another difficulty, or a retirement, moves what users solved at one \
                 instant: no count is ever half-way (I8).",
            publishing::i8_counts_are_of_the_revision_that_loads =>
                "Counts never come from another revision than the catalogue that loads before and \
                 after (I8).",
            publishing::i8_solves_that_race_a_publication_are_counted =>
                "Solves recorded while a catalogue is published are counted by it (I8).",
            create::i4_a_contest_is_stored_whole =>
                "A created contest reads back exactly, through every handle and every read: \
                 problems in order, times to the microsecond (I4).",
            create::i4_a_selection_record_is_stored_exactly =>
                "The selection record of a contest reads back exactly, whatever was asked for (I4).",
            create::i4_a_contest_may_have_a_thousand_problems =>
                "A contest of a thousand problems is stored like one of five (I4).",
            create::i1_an_active_contest_keeps_a_second_one_out =>
                "A user with an active contest gets no second one, and is told its id (I1).",
            create::i1_users_do_not_keep_each_other_out =>
                "A user's active contest is no obstacle to another user (I1).",
            create::i4_problems_that_cannot_be_used_are_all_named =>
                "A contest with unknown, retired or solved problems is refused, with all of them in \
                 the order of the contest (I4).",
            create::i4_a_refused_creation_changes_nothing =>
                "A refused creation changes nothing, and settles nothing (I4).",
            create::i4_creating_settles_the_expired_contest =>
                "Creating a contest settles the expired one before it in the same step: expired, at \
                 its deadline (I4).",
            idempotency::i5_a_repeated_key_returns_the_first_contest =>
                "Creating again under a key returns the contest of the first time, as it is now: \
                 active, ended, expired or followed by another (I5).",
            idempotency::i5_a_key_with_another_request_is_refused =>
                "Creating under a used key with another request is refused with the id of the first \
                 contest, and changes nothing (I5).",
            idempotency::i5_keys_are_compared_exactly_and_by_user =>
                "Keys are compared byte for byte, belong to one user, and find their contest with \
                 the digest of its request (I5).",
            idempotency::i5_a_refused_creation_leaves_its_key_unused =>
                "A refused creation does not use up its key (I5).",
            idempotency::i5_refusals_follow_the_documented_order =>
                "A used key is looked at before the active contest, and that before the problems \
                 (I5).",
            idempotency::i5_racing_creations_under_one_key_make_one_contest =>
                "Of creations that race under one key one creates the contest, and the others \
                 return it (I5).",
            races::i1_of_racing_creations_one_wins =>
                "Of creations that race for one user, through whatever handles, one wins, and the \
                 others are told its id (I1).",
            races::i1_of_racing_creations_over_an_expired_contest_one_wins =>
                "The same over an expired contest, which is settled once, and by nobody before its \
                 deadline (I1).",
            races::i1_creations_of_different_users_all_win =>
                "Creations of different users that race all succeed (I1).",
            races::i3_of_racing_endings_one_wins =>
                "Of endings that race one succeeds, is what is stored, and is what the others are \
                 told (I3).",
            races::i3_no_mark_follows_an_ending =>
                "Once an ending is acknowledged, no mark is accepted any more (I3).",
            lifecycle::i2_a_contest_is_active_until_its_deadline =>
                "A contest is active before its deadline and expired from it on, whatever was read \
                 before (I2).",
            lifecycle::i2_reading_settles_nothing =>
                "Reading an expired contest stores no ending (I2).",
            lifecycle::i2_marks_are_accepted_from_start_to_deadline =>
                "Marks are accepted from the start on and before the deadline, and refused with the \
                 reason at any other time (I2).",
            lifecycle::i2_endings_are_accepted_from_start_to_deadline =>
                "Endings are accepted from the start on and before the deadline, and refused with \
                 the reason at any other time (I2).",
            lifecycle::i3_an_ending_is_stored_and_stays =>
                "A stored ending is final: marks and endings are refused with it at any time, and \
                 nothing changes (I3).",
            lifecycle::i3_a_settled_contest_stays_expired =>
                "A settled contest stays expired at its deadline, even for a clock that is behind \
                 (I3).",
            lifecycle::i3_an_ending_makes_room_at_once =>
                "The next contest may begin at the instant the last one ended (I3).",
            marks::i6_marking_records_a_solve =>
                "Marking records a solve at that time with that contest, in the same step (I6).",
            marks::i6_marking_again_keeps_the_first_time =>
                "Marking what is marked changes nothing and answers with the first time (I6).",
            marks::i6_unmarking_takes_the_solve_back =>
                "Unmarking removes the solve that the mark recorded, and the problem can be marked \
                 anew (I6).",
            marks::i6_unmarking_what_is_not_marked_changes_nothing =>
                "Unmarking what is not marked changes nothing, solved or not (I6).",
            marks::i6_unmarking_keeps_a_solve_from_elsewhere =>
                "Marking what is solved records no second solve, and unmarking it keeps the solve \
                 (I6).",
            marks::i6_unmarking_keeps_a_solve_recorded_between_two_marks =>
                "Unmarking keeps a solve recorded outside after an earlier mark was taken back \
                 (I6).",
            marks::i6_only_problems_of_the_contest_are_marked =>
                "Only problems of the contest can be marked, and only in a contest that exists and \
                 accepts work, which comes first (I6).",
            marks::i6_a_problem_retired_meanwhile_can_be_marked =>
                "A problem of the contest that is retired meanwhile can be marked and unmarked; it \
                 counts while it is in use (I6).",
            marks::i6_marks_survive_an_ending =>
                "However a contest ends, what was marked in it stays solved (I6).",
            mark_races::i6_of_racing_marks_one_counts =>
                "Of marks of one problem that race one changes it, and all answer with its time \
                 (I6).",
            mark_races::i6_racing_marks_and_unmarks_agree_with_the_solves =>
                "However marks and unmarks race, a problem is solved if and only if it is marked, \
                 with one event for each change (I6).",
            mark_races::i6_a_mark_and_its_solve_are_one_step =>
                "Nobody sees a mark without its solve, its count and its event, or any of them \
                 without the mark (I6).",
            mark_races::i7_of_racing_solves_of_a_problem_one_counts =>
                "Of recordings and marks of one problem that race one records the solve (I7).",
            mark_races::i7_batches_that_overlap_do_not_get_in_each_others_way =>
                "Batches of the same problems in different orders can be recorded at once, and each \
                 solve counts once (I7).",
            solves::i7_the_first_solve_of_a_problem_stays =>
                "A problem is solved once, at the time recorded first; later ones only count as \
                 already solved (I7).",
            solves::i7_each_solve_has_its_own_time =>
                "Each solve of a batch keeps its own time, to the microsecond (I7).",
            solves::i7_a_batch_is_recorded_whole_or_not_at_all =>
                "A batch with unknown problems is refused with all of them in order, and records \
                 nothing (I7).",
            solves::i7_retired_problems_are_recorded =>
                "Solves of retired problems are recorded, and count once the problems are in use \
                 again (I7).",
            solves::i7_recording_leaves_contests_alone =>
                "Recording a solve marks nothing in a contest (I7).",
            solves::solved_among_answers_for_the_candidates_only =>
                "What is solved is answered for the candidates only; unknown and repeated ones are \
                 no trouble.",
            solves::solved_among_takes_thousands_of_candidates =>
                "Thousands of candidates can be asked about at once.",
            counts::counts_of_an_unknown_user_are_zero =>
                "A user nobody has heard of has zero of everything.",
            counts::i8_a_problem_counts_in_each_of_its_topics =>
                "A solved problem counts in each of its topics, whose letter case matters (I8).",
            counts::i8_counts_follow_every_change_of_the_catalogue =>
                "Counts follow every change of difficulty, topics and retirement (I8).",
            counts::i8_a_batch_is_counted_in_one_step =>
                "Nobody sees a part of a batch counted (I8).",
            counts::i8_intervals_are_half_open =>
                "A solve at a bound counts in the interval that begins there; no bound or one bound \
                 make no interval (I8).",
            counts::i8_intervals_count_current_solves_in_use =>
                "Intervals count current solves of problems in use, at the time they were solved \
                 (I8).",
            counts::i8_intervals_may_be_many =>
                "Two years of days are counted at once (I8).",
            random::i8_everything_equals_a_recount_after_random_steps =>
                "After every step of random sequences, every answer and every read equal what the \
                 contract says, and counts equal a recount (I8).",
            pages::pages_of_contests_are_latest_first =>
                "Contests are listed by descending id, from the cursor on, up to the limit.",
            pages::pages_of_contests_meet_while_contests_are_added =>
                "Pages of contests neither overlap nor leave gaps while contests are added.",
            pages::pages_of_history_are_latest_first =>
                "Events are listed by descending time and then id, page by page, many at one \
                 instant too.",
            pages::pages_of_history_meet_while_events_are_added =>
                "Pages of events neither overlap nor leave gaps while events are added, late and \
                 early ones.",
            ownership::ownership_hides_everything_from_another_user =>
                "Nothing of a user can be read by another user.",
            ownership::ownership_keeps_another_user_from_changing_anything =>
                "Nothing of a user can be changed by another user, to whom it is not found.",
            ownership::ownership_lets_users_solve_the_same_problems =>
                "Users who solve, mark and unmark the same problems do not touch each other.",
            extending::i2_extra_time_moves_the_deadline =>
                "Extending moves the deadline: until the new one the contest accepts work and is \
                 active, and at the new one it expires (I2).",
            extending::extending_never_moves_a_deadline_back =>
                "The same deadline changes nothing, and an earlier one is refused with the one it \
                 has.",
            extending::i2_extensions_are_accepted_from_start_to_deadline =>
                "Extensions are accepted from the start on and before the deadline, and refused \
                 with the reason at any other time (I2).",
            extending::i3_ended_contests_are_not_extended =>
                "A contest with a stored ending is not extended, and nothing changes (I3).",
            extending::i1_extra_time_keeps_a_second_contest_out =>
                "Until its new deadline an extended contest keeps a second one out (I1).",
            extending::of_racing_extensions_the_latest_deadline_stays =>
                "Of extensions that race the one to the latest deadline stays, and who is refused \
                 is told a later one than its own.",
            extending::i1_of_an_extension_and_a_creation_one_wins =>
                "When a contest is extended at the moment another is created over it, one of them \
                 is done and the other refused (I1).",
            resuming::resuming_takes_an_abandonment_back =>
                "A resumed contest is as it was before it was abandoned: its deadline, problems and \
                 marks, and the counts.",
            resuming::resuming_what_accepts_work_changes_nothing =>
                "Resuming a contest that accepts work answers with it and changes nothing.",
            resuming::i3_only_abandoned_contests_are_resumed =>
                "Completed and expired contests are not resumed, settled or not, at any time (I3).",
            resuming::i2_contests_are_resumed_before_their_deadline =>
                "An abandoned contest is resumed before its deadline and not from it on (I2).",
            resuming::i1_an_active_contest_keeps_a_resumption_out =>
                "While a contest is active no other is resumed, and the caller is told its id (I1).",
            resuming::resuming_settles_the_expired_contest =>
                "Resuming a contest settles the expired one in the same step: expired, at its \
                 deadline.",
            resuming::resuming_refuses_in_the_documented_order =>
                "Whether the contest was abandoned is looked at before its deadline, and that before \
                 the active contest.",
            resume_races::i1_of_racing_resumptions_one_wins =>
                "Of resumptions of different contests that race one wins, and the others are told \
                 its id (I1).",
            resume_races::i1_of_racing_resumptions_and_creations_one_wins =>
                "Of resumptions and creations that race one wins, and the others are told its id \
                 (I1).",
            resume_races::i3_no_resumption_undoes_a_completion =>
                "However abandoning, resuming and completing race, a completion stays (I3).",
            practice::practice_is_of_candidates =>
                "What was done with problems is told for candidates that were solved or met, retired \
                 ones included, and for nobody else.",
            practice::encounters_are_in_the_order_of_contests =>
                "The contests that had a problem come by their start and then their id.",
            practice::practice_begins_with_the_epoch =>
                "A reset ends what was done with problems; contests that begin at its instant count.",
            practice::pages_of_solves_are_oldest_first =>
                "Current solves come oldest first, by problem at one time, in pages without gaps or \
                 overlaps.",
            practice::pages_of_solves_meet_while_solves_are_added =>
                "Pages of solves neither overlap nor leave gaps while later solves are added.",
            practice::solves_name_the_contest_that_recorded_them =>
                "A solve has the time it was first recorded and the contest that recorded it, if one \
                 did.",
            repeats::i10_only_repeats_may_be_solved =>
                "A contest may have a solved problem only if it repeats it; retired and unknown \
                 problems are refused all the same (I10).",
            repeats::i7_a_repeat_keeps_the_first_solve =>
                "Marking and unmarking a repeat leaves the first solve, the counters and the history \
                 as they are (I7).",
            repeats::i7_a_repeat_that_is_not_solved_is_like_any_other =>
                "Marking a problem that may be a repeat and is not solved records the solve, and \
                 unmarking it takes the solve back (I7).",
            resetting::i8_a_reset_takes_every_solve_back =>
                "A reset removes every solve, with an event at that time and without a contest for \
                 each; contests, marks, keys, counts of contests and the history stay (I8).",
            resetting::resets_are_numbered_from_one =>
                "The first epoch is number 0 and has no beginning; each reset begins the next one, \
                 whether anything was solved or not.",
            resetting::resetting_leaves_other_users_alone =>
                "A reset touches one user.",
            resetting::i1_an_active_contest_keeps_a_reset_out =>
                "While a contest is active a reset is refused with its id, and changes nothing (I1).",
            resetting::resetting_settles_the_expired_contest =>
                "A reset settles the expired contest in the same step: expired, at its deadline.",
            resetting::i7_problems_are_solved_anew_after_a_reset =>
                "After a reset problems can be selected, marked and recorded as if they had never \
                 been solved (I7).",
            resetting::i6_marks_from_before_a_reset_hold_no_solve =>
                "A mark from before a reset stays, with its first time, and taking it back removes \
                 no solve (I6).",
            reset_races::i8_a_reset_is_one_step =>
                "Nobody sees a part of a reset (I8).",
            reset_races::of_racing_resets_each_begins_an_epoch =>
                "Of resets that race each begins an epoch of its own, and each solve is removed once.",
            reset_races::i8_solves_that_race_resets_are_counted =>
                "However late marks, recordings and resets race, every solve that was recorded is \
                 there or was removed, with an event for each change (I8).",
            reset_races::i1_creations_that_race_resets_agree_with_them =>
                "However creations and resets race, a reset that was acknowledged happened while no \
                 contest was active (I1).",
            late_marks::late_policies_are_stored_exactly =>
                "The late policy of a contest reads back exactly, to the microsecond.",
            late_marks::i2_late_marks_are_accepted_while_the_policy_says =>
                "After the deadline marks are accepted and recorded for as long as the policy says, \
                 and then refused; the contest is expired all the same (I2).",
            late_marks::i2_a_late_mark_made_again_changes_nothing =>
                "Marking again, late, changes nothing and answers with the first time (I2).",
            late_marks::late_marks_are_accepted_after_settling =>
                "Late marks are accepted in a contest that another one has settled.",
            late_marks::i3_ended_contests_accept_no_late_marks =>
                "A contest that was completed or abandoned accepts no late marks (I3).",
            late_marks::i2_only_marks_are_accepted_late =>
                "In the grace period nothing but marks is accepted: no unmarking, ending, extending \
                 or resuming; and another contest may begin (I2).",
            late_marks::i2_the_grace_moves_with_the_deadline =>
                "The grace period of an extended contest begins at its new deadline (I2).",
            late_marks::i8_late_marks_that_race_a_creation_are_counted =>
                "Late marks that race the creation that settles their contest are all counted (I8).",
            life_cancellation::i14_a_dropped_extension_is_whole_or_nothing =>
                "An extension dropped at any point is done or not done (I14).",
            life_cancellation::i14_a_dropped_resumption_is_whole_or_nothing =>
                "A resumption dropped at any point is done or not done, settling included (I14).",
            life_cancellation::i14_a_dropped_reset_is_whole_or_nothing =>
                "A reset dropped at any point is done or not done, settling and counts included \
                 (I14).",
            cancellation::i14_a_dropped_creation_is_whole_or_nothing =>
                "A creation dropped at any point is done or not done, settling included, and can be \
                 repeated (I14).",
            cancellation::i14_a_dropped_mark_is_whole_or_nothing =>
                "A mark dropped at any point is done or not done, solve and counts included (I14).",
            cancellation::i14_a_dropped_unmark_is_whole_or_nothing =>
                "An unmark dropped at any point is done or not done, solve and counts included \
                 (I14).",
            cancellation::i14_a_dropped_ending_is_whole_or_nothing =>
                "An ending dropped at any point is done or not done (I14).",
            cancellation::i14_a_dropped_recording_is_whole_or_nothing =>
                "A recording dropped at any point is done or not done, all solves of it (I14).",
            cancellation::i14_a_dropped_publication_is_whole_or_nothing =>
                "A publication dropped at any point is done or not done, counts included (I14).",
            cancellation::i14_dropped_calls_leave_nothing_behind =>
                "After many dropped calls a store serves as many at once as before: nothing it took \
                 is lost (I14).",
        }
    };
}
