//! The catalogue: loading and publishing.

use contest_core::catalogue::{Revision, StoredProblem};
use contest_core::store::{
    CatalogueChanges, CatalogueRepository, CommitError, ContestSelector, UserRepository,
};
use contest_sqlx::sqlite::SqliteStore;

use super::scene::{commit, fresh, publication, revision, stored, user};

async fn load(store: &SqliteStore, since: Option<Revision>) -> CatalogueChanges {
    let mut changes = store.load_catalogue(since).await.unwrap();
    changes.problems.sort_by_key(|stored| stored.ordinal);
    changes
}

async fn publish(
    store: &SqliteStore,
    (from, to): (Revision, Revision),
    problems: &[StoredProblem],
) -> Result<(), CommitError> {
    let publication = publication(from, to, problems.to_vec());
    store.commit_publication(&publication).await
}

const NONE: Revision = Revision { number: 0, tag: 0 };

#[tokio::test]
async fn a_publication_is_read_as_it_was_written() {
    let (_directory, store) = fresh().await;
    let empty = load(&store, None).await;
    assert_eq!((empty.revision, empty.problems), (NONE, vec![]));
    let (first, second) = (revision(1, u64::MAX), revision(2, 5));
    let (a, b, c) = (stored(0, "A"), stored(1, "B"), stored(2, "C"));
    let both = [a.clone(), b.clone()];
    publish(&store, (NONE, first), &both).await.unwrap();
    let changed = stored(1, "B again");
    let news = [changed.clone(), c.clone()];
    publish(&store, (first, second), &news).await.unwrap();

    let all = load(&store, None).await;
    assert_eq!((all.whole, all.revision), (true, second));
    assert_eq!(all.problems, [a, changed.clone(), c.clone()]);
    let since = load(&store, Some(first)).await;
    assert_eq!((since.whole, since.revision), (false, second));
    assert_eq!(since.problems, [changed, c]);
    let since = load(&store, Some(second)).await;
    assert_eq!((since.whole, since.problems), (false, vec![]));
    // Revisions of another history, or unknown ones.
    for unknown in [revision(1, 4), revision(2, 6), revision(3, 5), NONE] {
        assert_eq!(load(&store, Some(unknown)).await, all);
    }
    let snapshot = store.load_user(user(1), &ContestSelector::None).await;
    assert_eq!(snapshot.unwrap().revision, second);
}

#[tokio::test]
async fn a_publication_on_another_revision_is_a_conflict() {
    let (_directory, store) = fresh().await;
    let first = revision(1, 7);
    publish(&store, (NONE, first), &[stored(0, "A")])
        .await
        .unwrap();
    for expected in [NONE, revision(1, 8), revision(2, 7)] {
        let refused = publish(&store, (expected, revision(9, 9)), &[stored(0, "B")]).await;
        assert!(matches!(refused, Err(CommitError::Conflict)));
    }
    // The ordinal of another problem.
    let mut taken = stored(5, "C");
    taken.ordinal = 0;
    let refused = publish(&store, (first, revision(2, 2)), &[taken]).await;
    assert!(matches!(refused, Err(CommitError::Conflict)));
    let all = load(&store, None).await;
    assert_eq!((all.revision, all.problems), (first, vec![stored(0, "A")]));
}

#[tokio::test]
async fn a_commit_that_relies_on_another_revision_is_outdated() {
    let (_directory, store) = fresh().await;
    let first = revision(1, 7);
    publish(&store, (NONE, first), &[]).await.unwrap();
    let mut commit = commit(user(1), None, 1);
    for other in [NONE, revision(1, 8)] {
        commit.revision = Some(other);
        let refused = store.commit_user(&commit).await;
        assert!(matches!(refused, Err(CommitError::Outdated)));
        assert_eq!(store.list_users(None, 9).await.unwrap(), []);
    }
    commit.revision = Some(first);
    store.commit_user(&commit).await.unwrap();
}

async fn publish_many(count: u32) {
    let (_directory, store) = fresh().await;
    let first = revision(1, 1);
    let problems: Vec<_> = (0..count).map(|n| stored(n, "Title")).collect();
    let begun = std::time::Instant::now();
    publish(&store, (NONE, first), &problems).await.unwrap();
    println!("{count} published in {:?}", begun.elapsed());
    let begun = std::time::Instant::now();
    assert_eq!(load(&store, None).await.problems, problems);
    println!("loaded in {:?}", begun.elapsed());
    let second = revision(2, 2);
    let changed = [stored(4, "Changed")];
    publish(&store, (first, second), &changed).await.unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(load(&store, Some(first)).await.problems, changed);
    println!("what changed in {:?}", begun.elapsed());
}

#[tokio::test]
async fn many_problems_are_one_publication() {
    publish_many(5_500).await;
}

#[tokio::test]
#[ignore = "takes half a minute"]
async fn a_million_problems_are_one_publication() {
    publish_many(1_000_000).await;
}
