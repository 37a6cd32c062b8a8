//! The table of the cases about domain events.

/// Passes every case about domain events to another macro, as `subject::name => "contract",` after
/// what is given.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_each_outbox_case {
    ([$($callback:tt)+] $($given:tt)*) => {
        $($callback)+! {
            $($given)*
            appending::events_tell_the_life_of_a_contest =>
                "Every step that changes something appends its event, in order, with its time.",
            appending::events_tell_what_was_settled_first =>
                "A creation, a resumption and a reset tell of the contest they settle, before what \
                 they do, at their own time.",
            appending::events_tell_each_solve_outside_a_contest =>
                "Recording tells of each solve that is new, in the order given, at its own time.",
            appending::events_tell_marks_whatever_was_solved =>
                "Marks and unmarks are told whether they change what is solved or not, and so are \
                 late marks.",
            appending::events_say_nothing_of_steps_that_change_nothing =>
                "A step that is refused, repeated, or changes nothing appends nothing.",
            appending::events_are_numbered_by_user =>
                "The events of each user are numbered from 1, without gaps, whatever others do.",
            appending::events_are_read_page_by_page =>
                "Events are read after any of them, up to the limit, in order.",
            appending::events_are_those_of_the_model_after_random_steps =>
                "After every step of random sequences the events are those the contract says.",
            event_races::events_of_racing_marks_are_in_the_order_of_the_steps =>
                "However marks and unmarks race, their events follow one another as they happened, \
                 and lead to the marks that are stored.",
            event_races::events_of_racing_contests_are_in_the_order_of_the_steps =>
                "However creations, endings, resumptions and resets race, their events follow one \
                 another as they happened: one contest is active at a time.",
            event_races::events_are_there_with_their_step =>
                "Nobody sees a step without its events, or an event without its step.",
            event_races::events_of_racing_recordings_are_numbered_without_gaps =>
                "However recordings and marks race, their events are numbered without gaps, one for \
                 each change.",
            event_cancellation::i14_a_dropped_step_and_its_events_are_whole_or_nothing =>
                "A step dropped at any point is done with its events or not done without (I14).",
            leasing::a_lease_gives_the_first_undelivered_events =>
                "A lease gives the first events that are not delivered, in order, up to the limit \
                 and at least one; none when all is delivered.",
            leasing::a_lease_keeps_everybody_else_out =>
                "Until a lease runs out nobody gets the events of its user, its holder included.",
            leasing::a_lease_that_is_given_back_can_be_taken =>
                "Acknowledging gives the lease back, whatever was delivered.",
            leasing::only_the_holder_acknowledges =>
                "Nobody but the holder of a lease acknowledges, and only once: anything else changes \
                 nothing.",
            leasing::a_lease_that_ran_out_counts_until_it_is_taken =>
                "The holder of a lease that ran out acknowledges as long as nobody has taken it.",
            leasing::what_is_delivered_stays_delivered =>
                "Acknowledging a smaller number gives the lease back and nothing else.",
            leasing::every_user_gets_a_turn =>
                "Who is leased comes after everybody who is waiting by then.",
            delivery_races::of_racing_leases_each_user_gets_one =>
                "Of leases that race each user's events are leased once.",
            delivery_races::racing_couriers_deliver_in_order_and_once =>
                "Whoever delivers, at once with others and with steps, delivers each user's events \
                 in order, and each of them once.",
            delivery_races::an_acknowledgement_and_a_new_lease_agree =>
                "When a lease that ran out is acknowledged and taken at once, either the \
                 acknowledgement counts or the new lease begins with the same event.",
            event_cancellation::i14_a_dropped_lease_is_taken_or_not =>
                "A lease dropped at any point is taken or not, and loses no event (I14).",
            event_cancellation::i14_a_dropped_acknowledgement_is_noted_or_not =>
                "An acknowledgement dropped at any point is noted or not (I14).",
            forgetting::only_delivered_events_are_forgotten =>
                "Delivered events from before an instant are forgotten, up to the limit, and \
                 undelivered ones stay.",
            forgetting::numbers_go_on_after_forgetting =>
                "No number is given twice, even after all events are forgotten.",
        }
    };
}
