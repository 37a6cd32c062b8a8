//! How long does a selection take, and does it depend on the size of the catalogue?
//!
//! `cargo bench --bench selection`

use contest_benches::{Outcome, catalogue};
use contest_core::prelude::*;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

fn bench(criterion: &mut Criterion) -> Outcome<()> {
    let runtime = Builder::new_current_thread().build()?;
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let small = Catalogue::neetcode150();
    for (count, size, catalogue) in [(5, 150, small), (20, 1_000_000, catalogue(1_000_000)?)] {
        let store = MemoryStore::with_catalogue(catalogue);
        let engine = runtime.block_on(Engine::builder(store).build())?;
        let request = SelectionRequest::new(ProblemCount::new(count)?);
        select(
            criterion,
            &runtime,
            &format!("{count} of {size}"),
            &engine,
            user,
            &request,
        );
    }
    Ok(())
}

fn select(
    criterion: &mut Criterion,
    runtime: &Runtime,
    name: &str,
    engine: &Engine,
    user: UserId,
    request: &SelectionRequest,
) {
    criterion.bench_function(&format!("select {name} in memory"), |bencher| {
        bencher
            .to_async(runtime)
            .iter(|| engine.select(user, request));
    });
}

fn selection(criterion: &mut Criterion) {
    if let Err(error) = bench(criterion) {
        eprintln!("selection: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, selection);
criterion_main!(benches);
