//! The facts that selections use.

use std::time::Duration;

use crate::catalogue::{Catalogue, OrdinalSet};
use crate::id::{ContestId, ProblemId, UserId};
use crate::model::{Difficulty, Problem};
use crate::select::tests::world::{NOW, ago, contest, count, new_record, solve};
use crate::select::{
    Eligibility, Facts, Needs, Part, ReviewOptions, SelectionRequest, SolvedRule, Strategies,
    Strategy, StrategyName,
};
use crate::user::{Ending, EndingKind, OpenContest};

fn catalogue() -> (Catalogue, [ProblemId; 3]) {
    let problem = |slug: &str| Problem::new(slug, slug, Difficulty::Easy).unwrap();
    let problems = ["a", "b", "c"].map(problem);
    let ids = [problems[0].id, problems[1].id, problems[2].id];
    (Catalogue::new(problems).unwrap(), ids)
}

fn set(catalogue: &Catalogue, ids: &[ProblemId]) -> OrdinalSet {
    ids.iter()
        .map(|id| catalogue.ordinal(*id).unwrap())
        .collect()
}

#[test]
fn newly_marked_problems_of_the_open_contest_are_solved() {
    let (catalogue, [a, b, _]) = catalogue();
    let mut record = new_record();
    record.solved = set(&catalogue, &[a]);
    record.seen = set(&catalogue, &[b]);
    record.open = Some(OpenContest {
        id: ContestId::new(NOW, 1),
        deadline: NOW,
        newly_marked: vec![b],
    });
    let facts = Facts::of(Some(&record), &catalogue);
    assert_eq!(facts.solved(), &set(&catalogue, &[a, b]));
    assert_eq!(facts.seen(), &record.seen);
}

#[test]
fn only_live_solves_and_contests_of_the_current_epoch_count() {
    let (catalogue, [a, b, c]) = catalogue();
    let mut record = new_record();
    record.epoch.number = 2;
    let mut log = [a, a, b, c].map(|id| solve(id, ago(3)));
    log[0].epoch = 2;
    (log[1].epoch, log[1].at) = (2, ago(5));
    (log[2].epoch, log[2].undone_at) = (2, Some(ago(1)));
    log[3].epoch = 1;
    let mut contests = [
        contest(1, ago(9), &[(a, None)]),
        contest(2, ago(8), &[(b, None)]),
    ];
    contests[0].epoch = 2;
    let facts = Facts::of(Some(&record), &catalogue)
        .with_log(&log, &catalogue)
        .with_contests(&contests, &catalogue);
    let practice = |id| facts.practice(catalogue.ordinal(id).unwrap());
    assert_eq!(practice(a).solved_at, [ago(5), ago(3)]);
    assert_eq!(practice(a).last_solved_at(), Some(ago(3)));
    assert_eq!([a, b, c].map(|id| practice(id).met()), [1, 0, 0]);
    assert!(practice(b).solved_at.is_empty() && practice(c).solved_at.is_empty());
}

#[test]
fn a_contest_abandoned_without_marks_is_untouched() {
    let (catalogue, [a, b, _]) = catalogue();
    let ending = |kind| Some(Ending { kind, at: ago(1) });
    let untouched = |kind, mark| {
        let mut contest = contest(1, ago(2), &[(a, None), (b, mark)]);
        contest.ending = kind;
        let facts = Facts::default().with_contests(&[contest], &catalogue);
        let practice = facts.practice(catalogue.ordinal(a).unwrap());
        practice.encounters[0].untouched
    };
    let abandoned = ending(EndingKind::Abandoned);
    assert!(untouched(abandoned, None));
    assert!(!untouched(abandoned, Some(ago(2))));
    assert!(!untouched(ending(EndingKind::Completed), None));
    assert!(!untouched(None, None), "expired");
}

#[test]
fn facts_of_an_earlier_instant_leave_out_what_came_since() {
    let (catalogue, [a, b, c]) = catalogue();
    let mut log = [a, b, c].map(|id| solve(id, ago(9)));
    log[0].undone_at = Some(ago(2));
    log[1].undone_at = Some(ago(6));
    log[2].recorded_at = ago(5);
    let marks = [(a, Some(ago(6))), (b, Some(ago(4)))];
    let contests = [contest(1, ago(7), &marks), contest(2, ago(5), &[(c, None)])];
    let facts = Facts::as_of(ago(5), 0, &log, &contests, &catalogue);
    assert_eq!(
        facts.solved(),
        &set(&catalogue, &[a]),
        "undone later, undone before, not recorded"
    );
    assert_eq!(facts.seen(), &set(&catalogue, &[a, b]));
    let marked_at = |id| {
        let practice = facts.practice(catalogue.ordinal(id).unwrap());
        practice.encounters[0].marked_at
    };
    assert_eq!([marked_at(a), marked_at(b)], [Some(ago(6)), None]);
    let other = Facts::as_of(ago(5), 1, &log, &contests, &catalogue);
    assert!(other.solved().is_empty() && other.seen().is_empty());
}

#[test]
fn only_what_a_request_asks_for_is_needed() {
    let request = || SelectionRequest::new(count(2));
    let needs = |request: &SelectionRequest| Needs::of(request, &Strategies::new());
    let none = Needs::default();
    let rules = Eligibility::default();
    let month = SolvedRule::ExcludeWithin(Duration::from_hours(720));
    let review = Strategy::Review(ReviewOptions::default());
    let unknown = Strategy::Custom(StrategyName::new("unknown").unwrap());
    let with = |rules| request().with_eligibility(rules);
    assert_eq!(needs(&request()), none);
    assert_eq!(
        needs(&request().with_strategy(Strategy::TopicBalanced)),
        none
    );
    assert_eq!(needs(&request().with_strategy(unknown)), none);
    assert_eq!(needs(&with(rules.clone().excluding_attempted())), none);
    assert_eq!(
        needs(&with(rules.clone().with_solved(month))),
        none.with_log()
    );
    let group = with(rules.with_group([UserId::from_uuid(uuid::Uuid::nil())]));
    assert_eq!(
        needs(&group),
        Needs {
            group: true,
            ..none
        }
    );
    let parts = [Strategy::LeastUsed, Strategy::Uniform];
    let parts = parts.map(|strategy| Part::new(count(1)).with_strategy(strategy));
    assert_eq!(
        needs(&request().with_parts(parts.into()).unwrap()),
        none.with_contests()
    );
    let all = none.with_log().with_contests();
    assert_eq!(needs(&request().with_strategy(review)), all);
}
