//! Values at their limits can be read back unchanged.

use std::num::NonZeroU16;
use std::time::Duration;

use crate::catalogue::{OrdinalSet, Revision};
use crate::conformance::author::Author;
use crate::conformance::check::{At, Outcome, same_items};
use crate::conformance::data::{
    FIRST, LAST, assigned, contest_id, entry, judged, load_catalogue, problem, scorings, second,
    solve, under_key, user,
};
use crate::conformance::harness::Harness;
use crate::model::{EventKind, LatePolicy, PerDifficulty, Rating, SubmissionId};
use crate::scoring::{Points, Verdict};
use crate::select::{
    AlgorithmVersion, PartRecord, ProblemCount, Seed, SelectionMethod, SelectionRequest, Strategy,
    StrategyVersion,
};
use crate::store::{Commit, ContestWrite, PublicationCommit};
use crate::user::{
    AttemptRecord, ContestRecord, Ending, EndingKind, Mark, OpenContest, RoundEntry,
};

/// Stores a contest and checks that everything can be read back.
async fn round_trip(h: &Harness, author: &mut Author, contest: ContestRecord) -> Outcome {
    author.keep(h, author.inserting(contest)?).await?;
    author.check(h).await
}

/// Times of the years 1 and 9999, before 1970, and to the microsecond.
pub(super) async fn times_of_all_years_are_kept(h: &Harness) -> Outcome {
    let micro = Duration::from_micros(1);
    let before_1970 = crate::time::Timestamp::from_micros(-1);
    for (at, number) in [FIRST, FIRST + micro, before_1970, LAST]
        .into_iter()
        .zip(1..)
    {
        let mut alice = Author::new(user(number));
        let mut contest = alice.contest(number);
        (contest.started_at, contest.deadline) = (at, at);
        let kind = EndingKind::Completed;
        contest.ending = Some(Ending { kind, at });
        let mark = Some(Mark {
            at,
            newly: true,
            judged: false,
        });
        contest
            .problems
            .iter_mut()
            .for_each(|assigned| assigned.mark = mark);
        let mut commit = alice.full(number)?;
        commit.contest = alice.inserting(contest)?.contest;
        commit.record.epoch.began_at = Some(at);
        commit.record.last_commit_at = Some(at);
        commit
            .record
            .open
            .iter_mut()
            .for_each(|open| open.deadline = at);
        commit.events.iter_mut().for_each(|event| event.at = at);
        commit.attempts = vec![AttemptRecord {
            recorded_at: at,
            undone_at: Some(at),
            ..solve(at, number)
        }];
        alice.keep(h, commit).await?;
        alice.check(h).await.at(at)?;
    }
    Ok(())
}

/// Numbers as large as their types, as far as stores must support them.
pub(super) async fn large_numbers_are_kept(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let most = u64::try_from(i64::MAX)?;
    let mut contest = alice.contest(1);
    contest.format = u16::MAX;
    contest.epoch = most;
    contest.late_policy = LatePolicy::AcceptFor(LatePolicy::MAX_GRACE);
    contest.selection.seed = Seed(u64::MAX);
    contest.selection.quota = PerDifficulty::new(u16::MAX, 0, u16::MAX);
    contest
        .problems
        .iter_mut()
        .for_each(|assigned| assigned.points = Some(Points::MAX));
    let mut commit = alice.inserting(contest)?;
    let record = &mut commit.record;
    (record.format, record.epoch.number) = (u16::MAX, most);
    (
        record.ended.completed,
        record.ended.abandoned,
        record.ended.expired,
    ) = (most, most, most);
    commit.attempts = vec![AttemptRecord {
        epoch: most,
        ..solve(second(1), u64::MAX)
    }];
    alice.keep(h, commit).await?;
    alice.check(h).await?;
    let publication = PublicationCommit {
        expected: Revision::default(),
        revision: Revision {
            number: most,
            tag: u64::MAX,
        },
        problems: vec![],
    };
    h.store.commit_publication(&publication).await?;
    let relying = Commit {
        revision: Some(publication.revision),
        ..alice.next()
    };
    alice.keep(h, relying).await?;
    alice.check(h).await
}

/// Problems with texts of the greatest length, in many scripts, and with the largest numbers.
pub(super) async fn texts_of_all_scripts_are_kept(h: &Harness) -> Outcome {
    let texts = [
        "木🌲 „größer“ \"'\\ %_",
        "שלום עולם",
        "e\u{301} é ﬁ",
        "\u{10ffff}\u{200d}x",
    ];
    let mut problems = Vec::new();
    for (text, number) in texts.into_iter().zip(0..) {
        let long: String = text.chars().chain(['x'; 40]).collect();
        let mut stored = problem(number)?;
        let made = crate::model::Problem::clone(&stored.problem);
        let mut made = made
            .with_link(format!("https://example.com/{}", text.replace(' ', "_")))?
            .with_topics([crate::model::Topic::new(long)?])
            .with_position(u32::MAX - number)
            .with_rating(Rating::MIN);
        made.title = text.repeat(20);
        stored.ordinal = u32::MAX - number;
        stored.problem = std::sync::Arc::new(made);
        problems.push(stored);
    }
    super::data::publish(h, 1, problems.clone()).await?;
    problems.sort_by_key(|stored| stored.ordinal);
    let loaded = load_catalogue(h, 1, None).await?;
    same_items("the problems", &loaded.problems, &problems)?;
    let mut alice = Author::new(user(1));
    let visible: String = ('!'..='~').chain(['k'; 161]).collect();
    let contest = under_key(alice.contest(1), &visible)?;
    round_trip(h, &mut alice, contest).await
}

/// Sets of 100,000 random ordinals, of none, and of the greatest ones.
pub(super) async fn large_sets_are_kept(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let random = |factor: u32| -> OrdinalSet {
        let all = (0..100_000_u32).map(|n| n.wrapping_mul(factor));
        all.collect()
    };
    let last = (u32::MAX - 3..=u32::MAX).collect::<OrdinalSet>();
    let sets = [
        random(2_654_435_769),
        last,
        OrdinalSet::default(),
        random(2_246_822_519),
    ];
    for (solved, seen) in sets.iter().zip(sets.iter().cycle().skip(1)) {
        let mut commit = alice.next();
        (commit.record.solved, commit.solved_changed) = (solved.clone(), true);
        (commit.record.seen, commit.seen_changed) = (seen.clone(), true);
        alice.keep(h, commit).await?;
        alice.check(h).await?;
    }
    Ok(())
}

/// A contest of 1,000 problems in order, all newly marked.
pub(super) async fn a_contest_of_a_thousand_problems_is_kept(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let mut contest = alice.contest(1);
    let numbers = (0..1_000).map(|number| number * 7 % 1_000);
    contest.problems = numbers.map(assigned).collect();
    contest.selection.open_slots = (0..1_000).collect();
    let problems = contest.problems.iter();
    let newly_marked = problems.map(|assigned| assigned.problem).collect();
    let mut commit = alice.inserting(contest.clone())?;
    commit.record.open = Some(OpenContest {
        id: contest_id(alice.user, 1),
        deadline: contest.deadline,
        newly_marked,
    });
    alice.keep(h, commit).await?;
    alice.check(h).await?;
    contest.problems.reverse();
    let commit = Commit {
        contest: Some(ContestWrite::Update(contest)),
        ..alice.next()
    };
    alice.keep(h, commit).await?;
    alice.check(h).await
}

/// Contests of all kinds: endings, late policies, selection methods and parts, with and without the
/// optional fields.
pub(super) async fn contests_of_all_kinds_are_kept(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let methods = [
        SelectionMethod::Uniform,
        SelectionMethod::TopicBalanced,
        SelectionMethod::LeastUsed,
        SelectionMethod::RatingBand,
        SelectionMethod::Review,
        SelectionMethod::Custom,
        SelectionMethod::Parts,
        SelectionMethod::Slots,
        SelectionMethod::Named,
    ];
    let endings = [
        EndingKind::Completed,
        EndingKind::Abandoned,
        EndingKind::Expired,
    ];
    let endings = endings.map(|kind| {
        Some(Ending {
            kind,
            at: second(5),
        })
    });
    let endings = endings.into_iter().chain([None]).cycle();
    for ((method, ending), number) in methods.into_iter().zip(endings).zip(1..) {
        let mut contest = alice.contest(number);
        contest.ending = ending;
        contest.selection.method = method;
        contest.selection.algorithm = AlgorithmVersion(u16::MAX);
        if number % 2 == 0 {
            contest.late_policy = LatePolicy::Reject;
            contest.problems.clear();
            contest.selection.open_slots.clear();
        } else {
            contest.selection.parts = (1..4).map(part).collect();
        }
        round_trip(h, &mut alice, contest).await?;
    }
    Ok(())
}

/// Contests of rounds, of all scorings, with all kinds of attempts.
pub(super) async fn contests_of_rounds_are_kept(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    for (scoring, number) in scorings().into_iter().zip(1..) {
        let mut contest = alice.contest(number);
        contest.scoring = scoring;
        contest.round = Some(RoundEntry {
            participant: user(number * 5).into(),
            is_virtual: number % 3 == 0,
            judged: number % 2 == 0,
            ..entry(alice.user, number)
        });
        for assigned in &mut contest.problems {
            assigned.points = Some(Points::from_millionths(number));
            assigned.attempts = (0..number * 3).map(|at| judged(number, at)).collect();
            let at = second(number);
            let (newly, judged) = (number % 2 == 0, number % 3 == 0);
            assigned.mark = Some(Mark { at, newly, judged });
        }
        round_trip(h, &mut alice, contest).await?;
    }
    Ok(())
}

fn part(taken: u16) -> PartRecord {
    PartRecord {
        version: StrategyVersion(taken),
        taken,
    }
}

/// A request with everything, one with nothing, and one that names its problems, unordered.
pub(super) async fn requests_are_kept(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let plain = SelectionRequest::new(ProblemCount::new(1)?);
    let topic = crate::model::Topic::new("Größen & Bäume")?;
    let cap = NonZeroU16::MAX;
    let rich = SelectionRequest::new(ProblemCount::new(50)?)
        .with_excluded((0..2_000).map(super::data::problem_id))
        .with_excluded_topics([topic])
        .with_topic_cap(cap)
        .with_seed(Seed(u64::MAX))
        .with_strategy(Strategy::LeastUsed);
    let named = SelectionRequest::with_problems([5, 2, 9, 1].map(super::data::problem_id))?;
    for (request, number) in [plain, rich, named].into_iter().zip(1..) {
        let contest = alice.contest(number);
        let commit = Commit {
            contest: Some(ContestWrite::Insert {
                contest,
                request: Box::new(request),
            }),
            ..alice.next()
        };
        alice.keep(h, commit).await?;
        alice.check(h).await?;
    }
    Ok(())
}

/// Events of every kind.
pub(super) async fn events_of_all_kinds_are_kept(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let (contest, problem) = (contest_id(alice.user, 1), super::data::problem_id(1));
    let (deadline, ending) = (LAST, EndingKind::Abandoned);
    let kinds = [
        EventKind::ContestCreated { contest },
        EventKind::ContestExtended { contest, deadline },
        EventKind::ContestResumed { contest },
        EventKind::ContestFinished { contest, ending },
        EventKind::ProblemSolved {
            problem,
            contest: Some(contest),
        },
        EventKind::ProblemSolved {
            problem,
            contest: None,
        },
        EventKind::ProblemUnsolved {
            problem,
            contest: Some(contest),
        },
        EventKind::ProblemUnsolved {
            problem,
            contest: None,
        },
        EventKind::AttemptJudged {
            problem,
            contest: Some(contest),
            submission: Some(SubmissionId::new("9-Ab~!")?),
            verdict: Verdict::CompileError,
        },
        EventKind::AttemptJudged {
            problem,
            contest: None,
            submission: None,
            verdict: Verdict::NotCounted,
        },
        EventKind::ProgressReset { epoch: 7 },
    ];
    let mut commit = alice.emitting(kinds.len() as u64);
    for (event, kind) in commit.events.iter_mut().zip(kinds) {
        event.kind = kind;
    }
    alice.keep(h, commit).await?;
    alice.check(h).await
}

/// Members of a later version are written back unchanged.
#[cfg(feature = "serde")]
pub(super) async fn unknown_members_are_kept(h: &Harness) -> Outcome {
    fn with_more<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> Outcome<T> {
        let mut json = serde_json::to_value(value)?;
        if let Some(members) = json.as_object_mut() {
            let later = serde_json::json!({"a": [1, "ü", null], "b": u64::MAX});
            members.insert("later".to_owned(), later);
        }
        Ok(serde_json::from_value(json)?)
    }
    let mut alice = Author::new(user(1));
    let contest = with_more(&alice.contest(1))?;
    let mut commit = alice.inserting(contest)?;
    commit.record.unknown = with_more(&commit.record)?.unknown;
    alice.keep(h, commit).await?;
    alice.check(h).await?;
    alice.keep(h, alice.next()).await?;
    alice.check(h).await
}

/// Without `serde` there are no members to preserve.
#[cfg(not(feature = "serde"))]
pub(super) async fn unknown_members_are_kept(_: &Harness) -> Outcome {
    Ok(())
}
