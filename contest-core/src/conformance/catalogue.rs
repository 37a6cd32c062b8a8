//! The catalogue: publications, changes, and their effect on users.

use std::sync::Arc;

use futures::FutureExt;

use crate::catalogue::{Catalogue, Revision, StoredProblem};
use crate::conformance::author::{check_crowd, crowd};
use crate::conformance::check::{At, Outcome, conflict, ensure, same, same_items};
use crate::conformance::data::{
    load_catalogue, problem, problems, publication, publish, revision, titled,
};
use crate::conformance::harness::Harness;
use crate::conformance::race::{race, while_doing};
use crate::model::{Problem, Slug};
use crate::store::{CatalogueChanges, PublicationCommit};

/// Checks that both handles load exactly these problems.
async fn check(h: &Harness, number: u64, expected: &[StoredProblem]) -> Outcome {
    for handle in 0..2 {
        let loaded = load_catalogue(h, handle, None).await?;
        let seen = (loaded.whole, loaded.revision);
        same(
            "whether it is whole, and its revision",
            &seen,
            &(true, revision(number)),
        )?;
        same_items("the problems", &loaded.problems, expected)?;
    }
    Ok(())
}

/// Before the first publication there are no problems, and the revision is the default.
pub(super) async fn an_empty_store_has_no_problems(h: &Harness) -> Outcome {
    check(h, 0, &[]).await?;
    let loaded = load_catalogue(h, 0, Some(Revision::default())).await?;
    same(
        "the changes since a revision",
        &(loaded.revision, loaded.problems),
        &(revision(0), Vec::new()),
    )
}

/// Problems read back as published: every field, with its ordinal.
pub(super) async fn problems_read_back(h: &Harness) -> Outcome {
    let published = problems(0..30)?;
    publish(h, 1, published.clone()).await?;
    check(h, 1, &published).await?;
    let loaded = load_catalogue(h, 1, None).await?;
    let catalogue = Catalogue::from_stored(loaded.problems, loaded.revision)?;
    same(
        "the revision of the catalogue",
        &catalogue.revision(),
        &revision(1),
    )
}

/// A publication changes its problems, as a whole; others stay, and all keep their ordinals.
pub(super) async fn a_publication_changes_only_its_problems(h: &Harness) -> Outcome {
    let mut all = problems(0..10)?;
    // Ordinals may be out of order and have gaps.
    for stored in &mut all {
        stored.ordinal = (stored.ordinal * 7) % 10 * 1_000;
    }
    all.sort_by_key(|stored| stored.ordinal);
    publish(h, 1, all.clone()).await?;
    let mut changed = problem(77)?;
    for (stored, number) in all
        .iter_mut()
        .zip(0..)
        .filter(|(_, number)| number % 3 == 0)
    {
        let whole = Problem::clone(&changed.problem).with_id(stored.problem.id);
        let whole = Problem {
            slug: Slug::new(format!("changed-{number}"))?,
            ..whole.with_retired(!stored.problem.retired)
        };
        stored.problem = Arc::new(whole);
    }
    changed.ordinal = 10_000;
    let publication = all.iter().step_by(3).cloned().chain([changed.clone()]);
    publish(h, 2, publication.collect()).await?;
    all.push(changed);
    check(h, 2, &all).await
}

/// Problems of one publication may swap slugs.
pub(super) async fn problems_may_trade_slugs(h: &Harness) -> Outcome {
    let mut all = problems(0..4)?;
    publish(h, 1, all.clone()).await?;
    let slugs: Vec<_> = all
        .iter()
        .map(|stored| stored.problem.slug.clone())
        .collect();
    let slugs = slugs.into_iter().cycle().skip(1);
    for (stored, slug) in all.iter_mut().zip(slugs) {
        let problem = Problem::clone(&stored.problem);
        stored.problem = Arc::new(Problem { slug, ..problem });
    }
    publish(h, 2, all.clone()).await?;
    check(h, 2, &all).await
}

/// A publication that expects another revision, by number or by tag, is a conflict and stores nothing.
pub(super) async fn a_publication_on_another_revision_is_a_conflict(h: &Harness) -> Outcome {
    let all = problems(0..3)?;
    let too_early = publication(2, problems(0..5)?);
    conflict(
        "before the first",
        &h.store.commit_publication(&too_early).await,
    )?;
    check(h, 0, &[]).await?;
    publish(h, 1, all.clone()).await?;
    let other_tag = Revision {
        tag: revision(1).tag ^ (1 << 63),
        ..revision(1)
    };
    for expected in [revision(0), revision(2), other_tag] {
        let publication = PublicationCommit {
            expected,
            revision: revision(2),
            problems: vec![problem(9)?, titled(&problem(1)?, "Other")],
        };
        let answer = h.other.commit_publication(&publication).await;
        conflict(format_args!("a publication on {expected}"), &answer)?;
        check(h, 1, &all).await?;
    }
    Ok(())
}

/// If publications race on one revision, one succeeds; the others are conflicts and store nothing.
pub(super) async fn one_racing_publication_wins(h: &Harness) -> Outcome {
    let mut all = problems(0..5)?;
    publish(h, 1, all.clone()).await?;
    let mut stored = revision(1);
    for number in 2..12_u64 {
        let racing = (0..8_u64).map(|racer| {
            let title = format!("Title {number} of {racer}");
            let publication = PublicationCommit {
                expected: stored,
                revision: Revision { number, tag: racer },
                problems: all.iter().map(|stored| titled(stored, &title)).collect(),
            };
            let store = h.handle(racer);
            async move {
                let answer = store.commit_publication(&publication).await;
                (publication, answer)
            }
            .boxed()
        });
        let (done, others): (Vec<_>, Vec<_>) = race(racing)
            .await?
            .into_iter()
            .partition(|(_, answer)| answer.is_ok());
        let count = done.len();
        ensure(count == 1, || {
            format!("{count} publications on one revision were done")
        })?;
        for (_, answer) in &others {
            conflict("a publication that lost", answer)?;
        }
        for (publication, _) in done {
            (stored, all) = (publication.revision, publication.problems);
        }
        let loaded = load_catalogue(h, 1, None).await?;
        same("the revision", &loaded.revision, &stored)?;
        same_items("the problems", &loaded.problems, &all)?;
    }
    Ok(())
}

/// A load is of one revision, even during publications.
pub(super) async fn a_load_is_of_one_revision(h: &Harness) -> Outcome {
    let all = problems(0..12)?;
    publish(h, 1, all.clone()).await?;
    let mut steps = Vec::new();
    for number in 2..80 {
        let title = number.to_string();
        let problems = all.iter().map(|stored| titled(stored, &title)).collect();
        let (store, publication) = (h.handle(1), publication(number, problems));
        steps.push(async move { Ok(store.commit_publication(&publication).await?) }.boxed());
    }
    let mut since = None;
    while_doing(steps, async || {
        let loaded = load_catalogue(h, 0, since).await?;
        let title = loaded.revision.number.to_string();
        let expected = all.iter().map(|stored| match loaded.revision.number {
            1 => stored.clone(),
            _ => titled(stored, &title),
        });
        let unchanged = since == Some(loaded.revision) && !loaded.whole;
        let expected: Vec<_> = expected.filter(|_| !unchanged).collect();
        let what = format_args!("revision {title} since {since:?}");
        same_items(what, &loaded.problems, &expected)?;
        since = Some(loaded.revision).filter(|_| since != Some(loaded.revision));
        Ok(())
    })
    .await
}

/// The changes since an earlier revision are exactly those, or all problems.
pub(super) async fn changes_are_exact(h: &Harness) -> Outcome {
    let mut all = problems(0..10)?;
    publish(h, 1, all.clone()).await?;
    for number in 2..6_u32 {
        let ordinal = usize::try_from(number)?;
        let changed = all.iter().skip(ordinal).take(1);
        let changed = changed.map(|stored| titled(stored, "Changed"));
        let publication: Vec<_> = changed.chain([problem(8 + number)?]).collect();
        all.extend(publication.last().cloned());
        for (stored, new) in all.iter_mut().skip(ordinal).zip(&publication).take(1) {
            stored.clone_from(new);
        }
        publish(h, number.into(), publication).await?;
    }
    for since in 0..6_u64 {
        let loaded = load_catalogue(h, since, Some(revision(since))).await?;
        same("the revision", &loaded.revision, &revision(5))?;
        let is_new = |stored: &&StoredProblem| {
            let ordinal = u64::from(stored.ordinal);
            since == 0 || (since + 1..6).any(|n| ordinal == n || ordinal == n + 8)
        };
        let expected = all.iter().filter(|stored| loaded.whole || is_new(stored));
        let expected: Vec<_> = expected.cloned().collect();
        same_items(
            format_args!("since revision {since}"),
            &loaded.problems,
            &expected,
        )?;
    }
    Ok(())
}

/// For a revision that was never stored here, of another tag or in the future, all problems are
/// returned.
pub(super) async fn unknown_revisions_get_everything(h: &Harness) -> Outcome {
    let all = problems(0..10)?;
    for number in 1..4 {
        publish(h, number, all.clone()).await?;
    }
    let foreign = [1, 2, 3, 4, u64::MAX >> 1].map(|number| Revision { number, tag: 99 });
    for since in foreign {
        let loaded = load_catalogue(h, 1, Some(since)).await?;
        let CatalogueChanges {
            revision: seen,
            whole,
            problems,
        } = loaded;
        let what = format_args!("since {since}");
        same(what, &(seen, whole), &(revision(3), true))?;
        same_items(what, &problems, &all)?;
    }
    Ok(())
}

/// Publications do not change users' data, however many there are.
pub(super) async fn publications_leave_users_alone(h: &Harness) -> Outcome {
    let crowd = crowd(h, 24).await?;
    publish(h, 1, problems(0..30)?).await?;
    check_crowd(h, &crowd).await?;
    let retired = problems(0..30)?.into_iter().map(|stored| StoredProblem {
        problem: Arc::new(Problem::clone(&stored.problem).with_retired(true)),
        ..stored
    });
    publish(h, 2, retired.collect()).await?;
    check_crowd(h, &crowd).await
}

/// Thousands of problems can be published, changed and loaded.
pub(super) async fn thousands_of_problems_are_published(h: &Harness) -> Outcome {
    let all = problems(0..5_000)?;
    publish(h, 1, all.clone()).await?;
    check(h, 1, &all).await.at("published")?;
    let changed: Vec<_> = all.iter().map(|stored| titled(stored, "Changed")).collect();
    publish(h, 2, changed.clone()).await?;
    check(h, 2, &changed).await.at("changed")
}
