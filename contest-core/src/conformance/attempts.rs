//! Attempts that a host judges: their submissions, verdicts and scores.

use crate::conformance::author::Author;
use crate::conformance::check::{At, Outcome, same_items};
use crate::conformance::data::{attempt, contest_id, second, solve, user};
use crate::conformance::harness::Harness;
use crate::conformance::history::{SIZES, all_solves, check_counts, check_from};
use crate::model::SubmissionId;
use crate::scoring::{Points, Score, Verdict};
use crate::store::TimeOrder;
use crate::user::{AttemptKey, AttemptRecord};

/// Submission ids in their order: by bytes.
const SUBMISSIONS: [&str; 9] = ["!", "01", "1", "10", "9", "A", "a", "aa", "~"];

/// The submission is part of the key of an attempt: attempts of different submissions, and one without
/// a submission, are different entries, even at the same time.
pub(super) async fn attempts_of_submissions_are_apart(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let of = |text: &str, verdict| attempt(second(1), 1, text, verdict);
    let none = solve(second(1), 1);
    // They differ in letter case, length and punctuation.
    let texts = ["s", "S", "s/1", "s-1", "1", "01"];
    let all = texts.map(|text| of(text, Verdict::Rejected));
    let all = all.into_iter().collect::<Outcome<Vec<_>>>()?;
    alice.keep(h, alice.solving(all)).await?;
    alice.keep(h, alice.solving([none.clone()])).await?;
    alice.check(h).await?;
    for text in texts {
        alice
            .keep(h, alice.solving([of(text, Verdict::Accepted)?]))
            .await?;
        alice.check(h).await.at(format_args!("after {text:?}"))?;
    }
    let undone = AttemptRecord {
        undone_at: Some(second(5)),
        ..none
    };
    alice.keep(h, alice.solving([undone])).await?;
    alice.check(h).await
}

/// An attempt is kept with its submission, verdict and score, and judged again.
pub(super) async fn attempts_are_kept_as_judged(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let visible: String = ('!'..='~').chain(['k'; 161]).collect();
    let third = Points::from_millionths(33_333_333);
    let scores = [
        None,
        Some(Score::of(Points::ZERO)),
        Some(Score::of(third)),
        Some(Score::out_of(third, Points::MAX)?),
        Some(Score::out_of(Points::MAX, Points::from_millionths(1))?),
    ];
    let verdicts = [
        Verdict::Pending,
        Verdict::Accepted,
        Verdict::Rejected,
        Verdict::CompileError,
        Verdict::NotCounted,
    ];
    for turn in 0..scores.len() {
        let verdicts = verdicts.into_iter().cycle().skip(2 * turn).take(5);
        let judged = scores.iter().cycle().skip(turn).zip(verdicts);
        let judged = judged.zip(1..).map(|((score, verdict), number)| {
            let text = format!("{number}{}", visible.get(1..).unwrap_or_default());
            let judged = attempt(second(1), number, &text, verdict)?;
            let score = *score;
            Ok(AttemptRecord { score, ..judged })
        });
        let judged = judged.collect::<Outcome<Vec<_>>>()?;
        alice.keep(h, alice.solving(judged)).await?;
        alice.check(h).await.at(format_args!("turn {turn}"))?;
    }
    Ok(())
}

/// Attempts that differ only in the submission come by its bytes, the one without first, in pages without
/// gaps in either direction.
pub(super) async fn submissions_are_in_order(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let mut log = vec![solve(second(1), 1)];
    for text in SUBMISSIONS.iter().rev() {
        log.push(attempt(second(1), 1, text, Verdict::Accepted)?);
    }
    let of_contest = log.clone().into_iter().map(|of| AttemptRecord {
        contest: Some(contest_id(user(1), 1)),
        ..of
    });
    log.extend(of_contest.collect::<Vec<_>>());
    alice.keep(h, alice.solving(log)).await?;
    let mut expected = alice.kept.log();
    let texts = expected.iter().map(|of| of.submission.as_ref());
    let texts: Vec<_> = texts.map(|of| of.map_or("", |of| of.as_str())).collect();
    let in_order: Vec<_> = [""].into_iter().chain(SUBMISSIONS).collect();
    same_items("the order", &texts, &in_order.repeat(2))?;
    for order in [TimeOrder::OldestFirst, TimeOrder::LatestFirst] {
        for size in SIZES {
            let seen = all_solves(h, alice.user, order, None, size).await?;
            same_items(format_args!("{order:?}, pages of {size}"), &seen, &expected)?;
        }
        expected.reverse();
    }
    for text in ["", "0", "09", "1", "B", "aA", "~~"] {
        let cursor = AttemptKey {
            submission: SubmissionId::new(text).ok(),
            ..solve(second(1), 1).key()
        };
        check_from(h, &alice, cursor).await?;
    }
    Ok(())
}

/// Only accepted attempts count that were not undone. An attempt judged again counts by its latest verdict.
pub(super) async fn counts_are_of_accepted_attempts(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let verdicts = [
        Verdict::Pending,
        Verdict::Accepted,
        Verdict::Rejected,
        Verdict::CompileError,
        Verdict::NotCounted,
    ];
    let bounds = [0, 2, 4, 10].map(second);
    for turn in 0..verdicts.len() {
        let judged = verdicts.into_iter().cycle().skip(turn);
        let judged = judged.zip(0..10).map(|(verdict, number)| {
            let text = format!("s/{}", number % 2);
            attempt(second(number / 2), number / 4, &text, verdict)
        });
        let judged = judged.collect::<Outcome<Vec<_>>>()?;
        alice.keep(h, alice.solving(judged)).await?;
        check_counts(h, &alice, &bounds).await?;
    }
    let undone = alice.kept.log().into_iter().map(|of| AttemptRecord {
        undone_at: of.is_solve().then(|| second(50)),
        ..of
    });
    alice.keep(h, alice.solving(undone)).await?;
    check_counts(h, &alice, &bounds).await
}
