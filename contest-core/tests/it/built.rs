//! The inputs for testing a host's strategies and views can be built without an engine or a store.

use contest_core::prelude::*;
use contest_core::select::{Facts, Input, Selection, Strategies, select};
use contest_core::user::{AttemptRecord, ContestRecord, Mark};

use crate::support::*;

/// Problems that contests of the user had and that stayed unsolved, the latest first.
#[derive(Debug)]
struct Unfinished;

/// When the user last met a problem without solving it.
fn left_at(candidate: &Candidate<'_>) -> Option<Timestamp> {
    let practice = candidate.practice();
    let last = practice.encounters.last()?;
    practice.solved_at.is_empty().then_some(last.started_at)
}

impl SelectionStrategy for Unfinished {
    fn version(&self) -> StrategyVersion {
        StrategyVersion(1)
    }

    fn needs(&self) -> Needs {
        Needs::default().with_contests().with_log()
    }

    fn order<'a>(&self, choice: Choice<'a>) -> Order<'a> {
        let mut left: Vec<_> = choice.filter(|of| left_at(of).is_some()).collect();
        left.sort_by_key(|of| std::cmp::Reverse(left_at(of)));
        Box::new(left.into_iter())
    }
}

/// A contest of these problems that began this many minutes after [`START`], the first one marked.
fn past(catalogue: &Catalogue, minutes: i64, problems: &[ProblemId]) -> ContestRecord {
    let (start, deadline) = (minute(minutes), minute(minutes + 60));
    let known = problems.iter().filter_map(|id| catalogue.get(*id));
    let known = known.map(AsRef::as_ref);
    let mut contest = ContestRecord::new(ContestId::new(start, 0), start, deadline, known);
    contest.problems[0].mark = Some(Mark {
        at: start + MINUTE,
        newly: true,
        judged: false,
    });
    contest
}

/// The facts of a user who solved the first problem and left the two after it, the third one later.
fn facts(catalogue: &Catalogue) -> Facts {
    let [one, two, three] = *ids(catalogue).first_chunk().unwrap();
    let contests = [
        past(catalogue, 0, &[one, two]),
        past(catalogue, 100, &[one, three]),
    ];
    let solves = contests.each_ref().map(|contest| {
        let at = contest.started_at + MINUTE;
        AttemptRecord::tick(one, at, Some(contest.id), 0)
    });
    Facts::as_of(minute(200), 0, &solves, &contests, catalogue)
}

#[test]
fn a_strategy_is_tested_on_facts_that_a_test_makes() {
    let catalogue = numbered(6);
    let [_, two, three] = *ids(&catalogue).first_chunk().unwrap();
    let name = StrategyName::new("unfinished").unwrap();
    let strategies = Strategies::new().with(name.clone(), Unfinished);
    let request = SelectionRequest::new(count(3)).with_strategy(Strategy::Custom(name));
    let input = Input::new(&catalogue, &request, Seed(1), minute(200));
    let Selection { problems, .. } =
        select(&input.with_strategies(&strategies), &facts(&catalogue)).unwrap();
    // Easy to hard, regardless of the order in which they were picked.
    let mut expected = vec![three, two];
    expected.sort_by_key(|id| catalogue.get(*id).unwrap().difficulty);
    assert_eq!(problems, expected);
}

#[test]
fn a_part_of_a_strategy_is_tested_on_one_candidate() {
    let catalogue = numbered(6);
    let [one, two, three, four] = *ids(&catalogue).first_chunk().unwrap();
    let facts = facts(&catalogue);
    let left =
        [one, two, three, four].map(|id| left_at(&Candidate::new(&catalogue, &facts, id).unwrap()));
    assert_eq!(left, [None, Some(START), Some(minute(100)), None]);
    let retired = without(&catalogue, one);
    let unknown = ProblemId::from_uuid(uuid::Uuid::nil());
    assert!(Candidate::new(&retired, &facts, one).is_none());
    assert!(Candidate::new(&catalogue, &facts, unknown).is_none());
}

/// A contest on a host's page.
fn headline(contest: &Contest) -> String {
    let left = contest.time_remaining().as_secs() / 60;
    let (done, all) = (contest.completed_problems(), contest.problems.len());
    match contest.status {
        ContestStatus::Active => format!("{done}/{all}, {left} min left"),
        status => format!("{done}/{all}, {status}"),
    }
}

/// Progress on a host's page.
fn summary(progress: &Progress) -> String {
    let Tally { solved, total } = progress.overall();
    let contests = progress.contests.total();
    format!("{solved}/{total} in {contests} contest(s)")
}

#[test]
fn a_view_is_tested_on_contests_and_progress_that_a_test_makes() {
    let catalogue = numbered(3);
    let hour = ContestDuration::from_minutes(60).unwrap();
    let problems = catalogue.problems().iter().cloned();
    let mut contest = Contest::begun(ALICE, START, hour, problems);
    assert_eq!(headline(&contest), "0/3, 60 min left");
    contest.as_of = minute(20);
    contest.problems[1].completed_at = Some(minute(20));
    assert_eq!(headline(&contest), "1/3, 40 min left");
    assert_eq!(contest.timings()[0].spent, 20 * MINUTE);
    contest.status = ContestStatus::Expired;
    contest.as_of = contest.deadline;
    assert_eq!(headline(&contest), "1/3, expired");
    assert!(!contest.accepts_marks());

    let mut progress = Progress::new(START);
    assert_eq!(summary(&progress), "0/0 in 0 contest(s)");
    progress.by_difficulty.medium = Tally {
        solved: 2,
        total: 3,
    };
    progress.contests.completed = 1;
    assert_eq!(summary(&progress), "2/3 in 1 contest(s)");
}

/// A contest built for a test equals the one from an engine, except for values only the engine has.
#[tokio::test]
async fn a_contest_that_is_made_is_the_one_that_is_created() {
    let engine = engine(MemoryStore::with_catalogue(numbered(3))).await;
    let hour = ContestDuration::from_minutes(60).unwrap();
    let request = ContestRequest::with_problems(ids(&engine.catalogue()), hour).unwrap();
    let created = engine
        .create_contest(ALICE, &request)
        .await
        .unwrap()
        .contest;
    let problems = engine.catalogue().problems().to_vec();
    let mut made = Contest::begun(ALICE, START, hour, problems);
    made.id = created.id;
    made.selection.seed = created.selection.seed;
    made.selection.catalogue = created.selection.catalogue;
    assert_eq!(made, created);
}
