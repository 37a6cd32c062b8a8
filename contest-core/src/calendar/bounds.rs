//! The beginnings and ends of days in a time zone.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp as Instant, tz};

use crate::calendar::{Day, TimeZone};
use crate::time::Timestamp;

/// Consecutive days, with their beginnings and ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Days {
    /// The days, in order.
    pub(crate) days: Vec<Day>,
    /// The beginning of each day, and the end of the last one: one more than days, strictly ascending.
    pub(crate) bounds: Vec<Timestamp>,
}

/// The day at `now`; `None` outside the calendar (about the years ±9999).
pub(crate) fn today(zone: &TimeZone, now: Timestamp) -> Option<Day> {
    let now = Instant::from_microsecond(now.as_micros()).ok()?;
    Some(zone.0.to_datetime(now).date().into())
}

/// The last `count` days up to and including `last`; fewer at the beginning of the calendar, `None` at
/// its end.
///
/// A day begins at its first instant. That is not midnight if a clock change skips midnight. A day
/// lasts 23 or 25 hours if the clocks change. A day that the zone skipped, by moving across the date
/// line, is left out. If the clocks go back over midnight, so that the day before is repeated for a
/// while, a day begins after the repetition.
pub(crate) fn days_until(zone: &TimeZone, last: Day, count: u16) -> Option<Days> {
    collect(zone, last, |days, _| days < usize::from(count))
}

/// The days from `first` to `last`, as [`days_until`]; `None` if `last` comes first.
pub(crate) fn days_between(zone: &TimeZone, first: Day, last: Day) -> Option<Days> {
    collect(zone, last, |_, date| Day::from(date) >= first)
}

/// Collects days backwards from `last` while `more`, given their number and the next day, is true.
fn collect(zone: &TimeZone, last: Day, more: impl Fn(usize, Date) -> bool) -> Option<Days> {
    let last = last.date().ok()?;
    let mut end = match last.tomorrow() {
        Ok(next) => begin(&zone.0, next)?,
        Err(_) => Timestamp::MAX + Duration::from_micros(1),
    };
    let (mut days, mut bounds) = (Vec::new(), vec![end]);
    let mut next = Some(last);
    while let Some(date) = next.filter(|date| date.year() >= 1 && more(days.len(), *date)) {
        let start = begin(&zone.0, date)?;
        if start < end {
            days.push(date.into());
            bounds.push(start);
            end = start;
        }
        next = date.yesterday().ok();
    }
    days.reverse();
    bounds.reverse();
    Some(Days { days, bounds })
}

fn timestamp(instant: Instant) -> Timestamp {
    Timestamp::from_micros(instant.as_microsecond())
}

/// The first instant from which the clocks show this date or a later one.
fn begin(zone: &tz::TimeZone, date: Date) -> Option<Timestamp> {
    let local = date.at(0, 0, 0, 0);
    let midnight = zone.to_ambiguous_timestamp(local);
    let instant = match midnight.offset() {
        // Not by jiff's instants, which end a day before the calendar.
        tz::AmbiguousOffset::Unambiguous { offset } => {
            return Some(Timestamp::from_local(local, offset.seconds().into()));
        }
        // Midnight is skipped: the date begins at the clock change.
        tz::AmbiguousOffset::Gap { .. } => {
            let change = zone.following(midnight.earlier().ok()?).next()?;
            Some(change.timestamp())
        }
        // Midnight comes twice: take the second if the clocks show the day before until then.
        tz::AmbiguousOffset::Fold { .. } => {
            let second = midnight.later().ok()?;
            let before = Instant::from_nanosecond(second.as_nanosecond() - 1).ok()?;
            if zone.to_datetime(before).date() < date {
                Some(second)
            } else {
                midnight.earlier().ok()
            }
        }
    };
    instant.map(timestamp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::named(name).unwrap()
    }

    fn between(name: &str, first: &str, last: &str) -> Days {
        let [first, last] = [first, last].map(|day| day.parse().unwrap());
        days_between(&zone(name), first, last).unwrap()
    }

    /// The lengths of the days of a range, in minutes.
    fn minutes(name: &str, first: &str, last: &str) -> Vec<u64> {
        let length = |pair: &[Timestamp]| pair[1].saturating_since(pair[0]).as_secs() / 60;
        between(name, first, last)
            .bounds
            .windows(2)
            .map(length)
            .collect()
    }

    const DAY: u64 = 24 * 60;

    #[test]
    fn days_are_shorter_and_longer_when_the_clocks_change() {
        let berlin = |first, last| minutes("Europe/Berlin", first, last);
        assert_eq!(berlin("2026-03-28", "2026-03-30"), [DAY, DAY - 60, DAY]);
        assert_eq!(berlin("2026-10-24", "2026-10-26"), [DAY, DAY + 60, DAY]);
        let lord_howe = minutes("Australia/Lord_Howe", "2026-04-04", "2026-04-06");
        assert_eq!(lord_howe, [DAY, DAY + 30, DAY], "half an hour");
    }

    #[test]
    fn a_day_without_midnight_begins_at_its_first_instant() {
        // From 00:00 to 01:00.
        let skipped = between("America/Sao_Paulo", "2018-11-03", "2018-11-04");
        assert_eq!(skipped.bounds[1], instant("2018-11-04T03:00:00Z"));
        let lengths = minutes("America/Sao_Paulo", "2018-11-03", "2018-11-05");
        assert_eq!(lengths, [DAY, DAY - 60, DAY]);
        // From 23:30 to 00:30: half an hour of each day is missing.
        let toronto = minutes("America/Toronto", "1919-03-29", "1919-04-01");
        assert_eq!(toronto, [DAY, DAY - 30, DAY - 30, DAY]);
    }

    #[test]
    fn a_day_that_comes_again_for_a_while_is_not_over() {
        // From 01:00 to 00:00: midnight comes twice, both times on the new day.
        let havana = minutes("America/Havana", "2020-10-31", "2020-11-02");
        assert_eq!(havana, [DAY, DAY + 60, DAY]);
        // From 00:00 to 23:00.
        let santiago = minutes("America/Santiago", "2020-04-03", "2020-04-05");
        assert_eq!(santiago, [DAY, DAY + 60, DAY]);
        // From 00:01 to 23:01: the new day has lasted for a minute.
        let st_johns = minutes("America/St_Johns", "2010-11-05", "2010-11-07");
        assert_eq!(st_johns, [DAY, DAY + 60, DAY]);
    }

    #[test]
    fn a_day_that_a_zone_left_out_is_passed_over() {
        let shown = |days: Days| days.days.iter().map(Day::to_string).collect::<Vec<_>>();
        let samoa = between("Pacific/Apia", "2011-12-29", "2011-12-31");
        assert!(samoa.bounds.is_sorted_by(|a, b| a < b));
        assert_eq!(shown(samoa), ["2011-12-29", "2011-12-31"]);
        let last = days_until(&zone("Pacific/Apia"), Day::new(2011, 12, 31).unwrap(), 2);
        assert_eq!(shown(last.unwrap()), ["2011-12-29", "2011-12-31"]);
    }

    #[test]
    fn the_zone_decides_which_day_it_is() {
        let today = |name, now| today(&zone(name), instant(now)).unwrap().to_string();
        assert_eq!(today("Asia/Tokyo", "2026-11-24T16:00:00Z"), "2026-11-25");
        assert_eq!(today("UTC", "2026-11-24T16:00:00Z"), "2026-11-24");
        assert_eq!(
            today("America/New_York", "2026-11-24T03:00:00Z"),
            "2026-11-23"
        );
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_panic() {
        let end = Timestamp::from_micros(i64::MAX);
        assert!(today(&TimeZone::UTC, end).is_none());
        assert!(today(&TimeZone::UTC, end + Duration::MAX).is_none());
        let day = |text: &str| text.parse::<Day>().unwrap();
        let [first, last] = ["0001-01-01", "9999-12-31"].map(day);
        let days = |zone_name, last, count| {
            let days = days_until(&zone(zone_name), last, count).unwrap().days;
            days.iter().map(Day::to_string).collect::<Vec<_>>()
        };
        for name in [
            "UTC",
            "America/New_York",
            "Asia/Tokyo",
            "Pacific/Kiritimati",
        ] {
            assert_eq!(days(name, last, 2), ["9999-12-30", "9999-12-31"], "{name}");
            assert_eq!(days(name, first, 3), ["0001-01-01"], "{name}");
        }
        let bounds = between("UTC", "9999-12-31", "9999-12-31").bounds;
        let past_the_end = Timestamp::MAX + Duration::from_micros(1);
        assert_eq!(bounds, [instant("9999-12-31T00:00:00Z"), past_the_end]);
        let nothing = days_between(&TimeZone::UTC, last, first);
        assert!(nothing.is_none_or(|days| days.days.is_empty()));
    }

    /// Zones whose clocks do not go back over midnight in these years, so that every date is one
    /// interval of time; some have skipped days.
    const ZONES: [&str; 10] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "America/Havana",
        "Asia/Beirut",
        "Africa/Cairo",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
    ];

    proptest! {
        /// The date of each instant is the day whose interval contains the instant.
        #[test]
        fn every_instant_is_of_the_day_its_clocks_show(
            name in proptest::sample::select(&ZONES[..]),
            seconds in 1_000_000_000_i64..2_000_000_000,
            count in 1_u16..400,
            thousandths in 0_i64..1_000,
        ) {
            let zone = zone(name);
            let now = Timestamp::from_micros(seconds * 1_000_000);
            let days = days_until(&zone, today(&zone, now).unwrap(), count).unwrap();
            prop_assert_eq!(days.days.len(), usize::from(count));
            prop_assert!(days.bounds.is_sorted_by(|a, b| a < b));
            let inside = |bound: Timestamp, by| Timestamp::from_micros(bound.as_micros() + by);
            for (day, bounds) in days.days.iter().zip(days.bounds.windows(2)) {
                let length = bounds[1].as_micros() - bounds[0].as_micros();
                let somewhere = length / 1_000 * thousandths;
                for by in [0, somewhere, length - 1] {
                    prop_assert_eq!(today(&zone, inside(bounds[0], by)), Some(*day));
                }
            }
            let ranged = days_between(&zone, days.days[0], *days.days.last().unwrap());
            prop_assert_eq!(ranged, Some(days));
        }
    }
}
