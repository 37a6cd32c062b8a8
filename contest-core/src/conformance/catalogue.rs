//! Cases about the catalogue.

use crate::conformance::actor::{load, publish};
use crate::conformance::failure::{During, Outcome, ensure_eq};
use crate::conformance::fixtures::{catalogue_of, problem};
use crate::conformance::harness::StoreUnderTest;
use crate::id::ProblemId;
use crate::model::{Difficulty, Problem, Topic};

pub(super) async fn catalogue_is_empty_before_the_first_publication(
    under_test: &StoreUnderTest,
) -> Outcome {
    let loaded = load(&*under_test.store).await?;
    let seen = (loaded.revision(), loaded.problems().len());
    ensure_eq("loading from a fresh store", &seen, &(0, 0))
}

pub(super) async fn catalogue_reads_back_as_published(under_test: &StoreUnderTest) -> Outcome {
    let odd = Problem::new(
        "3sum",
        "Drei gewinnt – 三数之和 🏆 'quoted'",
        Difficulty::Hard,
    );
    let topics = ["Zebra", "Heap / Priority Queue", "äöü", "apple"].map(Topic::new);
    let topics: Result<Vec<_>, _> = topics.into_iter().collect();
    let odd = odd
        .during("making a problem")?
        .with_id(ProblemId::from_uuid(uuid::Uuid::from_u128(3)))
        .with_topics(topics.during("naming topics")?)
        .with_link("https://example.com/3sum?a=1&b=%20#x")
        .during("linking")?
        .with_position(2_000_000_000);
    let bare = Problem::new("a", "A", Difficulty::Medium).during("making a problem")?;
    let retired = problem(7)?.with_retired(true);
    let published = catalogue_of([odd, bare, retired, problem(1)?])?;
    ensure_eq(
        "publishing four problems",
        &publish(&*under_test.store, &published).await?,
        &1,
    )?;
    for store in [&under_test.store, &under_test.other] {
        let loaded = load(&**store).await?;
        ensure_eq("loading", &loaded.problems(), &published.problems())?;
        ensure_eq("loading, revision", &loaded.revision(), &1)?;
    }
    Ok(())
}
