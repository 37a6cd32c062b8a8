//! Conversions between the types of the library and those of others.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contest_core::calendar::TimeZone;
use contest_core::model::{EndingKind, Event, EventKind, EventNumber};
use contest_core::prelude::*;
use contest_core::scoring::Verdict;

use crate::support::*;

#[test]
fn instants_subtract_and_stop_at_the_ends() {
    assert_eq!(minute(3) - MINUTE, minute(2));
    assert_eq!(minute(3) - minute(1), 2 * MINUTE);
    assert_eq!(minute(1) - minute(3), Duration::ZERO);
    let [first, last] = [i64::MIN, i64::MAX].map(Timestamp::from_micros);
    assert_eq!(first - HOUR, first);
    assert_eq!(first - Duration::MAX, first);
    assert_eq!(
        (last - first).as_micros(),
        u128::from(i64::MAX.unsigned_abs())
    );
}

#[test]
fn instants_and_times_of_the_system_are_the_same() {
    for at in [
        START,
        Timestamp::from_micros(0),
        Timestamp::from_micros(-1_500_001),
    ] {
        assert_eq!(Timestamp::from(SystemTime::from(at)), at);
    }
    assert_eq!(SystemTime::from(Timestamp::from_micros(0)), UNIX_EPOCH);
}

#[test]
fn ids_and_uuids_are_the_same() {
    let uuid = uuid::Uuid::from(ALICE);
    assert_eq!(UserId::from(uuid), ALICE);
    assert_eq!(uuid.to_string().parse(), Ok(ALICE));
}

#[test]
fn texts_are_read_and_maps_are_asked_with_texts() {
    assert_eq!("two-sum".parse(), Slug::new("two-sum"));
    assert!("Two Sum".parse::<Slug>().is_err());
    let topic: Topic = "Graphs".parse().unwrap();
    let by_topic = BTreeMap::from([(topic, 1)]);
    assert_eq!(by_topic.get("Graphs"), Some(&1));
    let slug = Slug::new("two-sum").unwrap();
    let problem = Problem::new(&slug, "Two Sum", Difficulty::Easy).unwrap();
    assert_eq!(problem.slug, slug);
}

#[test]
fn every_state_of_a_contest_is_read_as_it_is_written() {
    let all = [
        EndingKind::Completed,
        EndingKind::Abandoned,
        EndingKind::Expired,
    ];
    let all = all.map(ContestStatus::from);
    for status in [ContestStatus::Active].into_iter().chain(all) {
        assert_eq!(status.to_string().parse(), Ok(status));
    }
    let error = "Active".parse::<ContestStatus>().unwrap_err();
    assert!(error.to_string().contains("expected active"), "{error}");
}

#[test]
fn a_zone_is_its_name() {
    let zone: TimeZone = "europe/berlin".parse().unwrap();
    assert_eq!(zone.to_string(), "Europe/Berlin");
    let json = serde_json::to_string(&zone).unwrap();
    assert_eq!(json, "\"Europe/Berlin\"");
    assert_eq!(serde_json::from_str::<TimeZone>(&json).unwrap(), zone);
    let error = serde_json::from_str::<TimeZone>("\"Mars/Base\"").unwrap_err();
    assert!(error.to_string().contains("Mars/Base"), "{error}");
}

#[test]
fn a_duration_of_a_contest_is_rounded_up_to_minutes_and_checked() {
    let of = |duration| ContestDuration::try_from(duration).map(ContestDuration::as_minutes);
    assert_eq!(of(HOUR), Ok(60));
    assert_eq!(of(HOUR + MICROSECOND), Ok(61));
    assert_eq!(of(10_080 * MINUTE), Ok(10_080));
    let error = of(10_080 * MINUTE + MICROSECOND).unwrap_err();
    assert_eq!(error.given, 10_081);
    assert!(of(Duration::ZERO).is_err() && of(Duration::MAX).is_err());
    let hour = ContestDuration::from_minutes(60).unwrap();
    assert_eq!(Duration::from(hour), HOUR);
}

#[test]
fn a_fault_of_a_catalogue_says_where_it_is() {
    let csv = "slug,title,difficulty\na,A,Easy\nb,B,None\n";
    let error = Catalogue::from_csv(csv.as_bytes()).unwrap_err();
    let fault = &error.faults()[0];
    assert!(fault.to_string().starts_with("line 3: "), "{fault}");
    assert!(error.to_string().contains(&fault.to_string()));
}

#[test]
fn the_name_of_an_event_is_that_in_its_json() {
    let contest = ContestId::new(START, 1);
    let problem = Slug::new("two-sum").unwrap();
    let problem = ProblemId::from_slug(&problem);
    let kinds = [
        EventKind::ContestCreated { contest },
        EventKind::ContestExtended {
            contest,
            deadline: START,
        },
        EventKind::ContestResumed { contest },
        EventKind::ContestFinished {
            contest,
            ending: EndingKind::Expired,
        },
        EventKind::ProblemSolved {
            problem,
            contest: None,
        },
        EventKind::ProblemUnsolved {
            problem,
            contest: Some(contest),
        },
        EventKind::AttemptJudged {
            problem,
            contest: None,
            submission: None,
            verdict: Verdict::Rejected,
        },
        EventKind::ProgressReset { epoch: 1 },
        EventKind::UserErased,
    ];
    for kind in kinds {
        let event = Event {
            user: ALICE,
            number: EventNumber(1),
            at: START,
            kind,
        };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["kind"], event.kind.name());
    }
}
