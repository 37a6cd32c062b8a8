//! Publishing and loading the catalogue.

use contest_core::catalogue::{Revision, StoredProblem};
use contest_core::store::{
    CatalogueChanges, CatalogueRepository as _, CommitError, ContestSelector, PublicationCommit,
    UserRepository as _,
};
use contest_sqlx::postgres::PgStore;
use futures::future::join_all;

use super::fixture::{problems, publish, revision, store, user};

async fn load(store: &PgStore, since: Option<Revision>) -> CatalogueChanges {
    let mut changes = store.load_catalogue(since).await.unwrap();
    changes.problems.sort_by_key(|problem| problem.ordinal);
    changes
}

fn changes(number: u64, whole: bool, problems: Vec<StoredProblem>) -> CatalogueChanges {
    let revision = revision(number);
    CatalogueChanges {
        revision,
        whole,
        problems,
    }
}

#[tokio::test]
async fn what_changed_since_a_revision_is_loaded() {
    let store = store().await;
    let nothing = CatalogueChanges {
        revision: Revision::default(),
        whole: true,
        problems: Vec::new(),
    };
    assert_eq!(load(&store, None).await, nothing);
    let still_nothing = load(&store, Some(Revision::default())).await;
    assert_eq!(
        still_nothing,
        CatalogueChanges {
            whole: false,
            ..nothing
        }
    );

    publish(&store, 1, problems(0..4, "old")).await;
    publish(&store, 2, problems(1..3, "new")).await;
    let mut all = problems(0..4, "old");
    all.splice(1..3, problems(1..3, "new"));
    assert_eq!(load(&store, None).await, changes(2, true, all.clone()));
    let since = load(&store, Some(revision(1))).await;
    assert_eq!(since, changes(2, false, problems(1..3, "new")));
    let since = load(&store, Some(revision(2))).await;
    assert_eq!(since, changes(2, false, Vec::new()));

    // Revisions that this store never had, and one that no row has any more.
    let other = Revision {
        tag: 5,
        ..revision(1)
    };
    publish(&store, 3, problems(1..4, "newest")).await;
    all.splice(1..4, problems(1..4, "newest"));
    for since in [other, revision(9), revision(2), Revision::default()] {
        assert_eq!(
            load(&store, Some(since)).await,
            changes(3, true, all.clone())
        );
    }
    let snapshot = store.load_user(user(1), &ContestSelector::None).await;
    assert_eq!(snapshot.unwrap().revision, revision(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_publications_that_race_one_is_done() {
    let store = store().await;
    for round in 1..10 {
        let publications: Vec<_> = (0..4)
            .map(|rival: u64| PublicationCommit {
                expected: match round {
                    1 => Revision::default(),
                    _ => Revision {
                        number: round - 1,
                        tag: 0,
                    },
                },
                // Both rivals use tag 0, so the next round knows the revision in either case.
                revision: Revision {
                    number: round,
                    tag: 0,
                },
                problems: problems(0..3, &format!("of {rival}")),
            })
            .collect();
        let outcomes = join_all(publications.iter().map(|p| store.commit_publication(p))).await;
        let done: Vec<_> = (0..4).filter(|n| outcomes[*n].is_ok()).collect();
        assert_eq!(done.len(), 1, "{outcomes:?}");
        let lost = outcomes
            .iter()
            .filter(|o| matches!(o, Err(CommitError::Conflict)));
        assert_eq!(lost.count(), 3, "{outcomes:?}");
        let loaded = load(&store, None).await.problems;
        assert_eq!(loaded, publications[done[0]].problems);
    }
}

#[tokio::test]
async fn an_ordinal_that_is_taken_is_a_conflict_and_nothing_is_published() {
    let store = store().await;
    publish(&store, 1, problems(0..3, "old")).await;
    let mut taken = problems(3..9, "new");
    taken[5].ordinal = 1;
    let publication = PublicationCommit {
        expected: revision(1),
        revision: revision(2),
        problems: taken,
    };
    let outcome = store.commit_publication(&publication).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
    assert_eq!(
        load(&store, None).await,
        changes(1, true, problems(0..3, "old"))
    );
}

/// More than a page and more than a chunk.
#[tokio::test]
async fn large_catalogues_come_in_pages() {
    let store = store().await;
    let all = problems(0..45_000, "old");
    publish(&store, 1, all.clone()).await;
    assert_eq!(load(&store, None).await, changes(1, true, all));
    publish(&store, 2, problems(0..20_000, "new")).await;
    let since = load(&store, Some(revision(1))).await;
    assert_eq!(since, changes(2, false, problems(0..20_000, "new")));
}

/// While editions are published, every load returns one whole edition.
#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_of_one_revision() {
    let store = store().await;
    publish(&store, 1, problems(0..21_000, "edition 1 of")).await;
    let publishing = {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 2..6 {
                let problems = problems(0..21_000, &format!("edition {number} of"));
                publish(&store, number, problems).await;
            }
        })
    };
    while !publishing.is_finished() {
        let loaded = store.load_catalogue(None).await.unwrap();
        let title = format!("edition {} of", loaded.revision.number);
        assert_eq!(loaded.problems.len(), 21_000);
        assert!(
            loaded
                .problems
                .iter()
                .all(|p| p.problem.title.starts_with(&title))
        );
    }
    publishing.await.unwrap();
}
