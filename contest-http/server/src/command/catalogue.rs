//! `catalogue`: checks or publishes a catalogue.

use std::error::Error as _;
use std::path::PathBuf;

use contest_core::catalogue::{Catalogue, CatalogueError};
use contest_core::model::Difficulty;
use contest_core::rules::PublicationCounts;

use crate::catalogue::{Source, publish};
use crate::cli::{CatalogueCommand, LoadOptions};
use crate::exit::{Exit, Failure};
use crate::store::Backend;

pub(crate) async fn run(command: CatalogueCommand) -> Result<Exit, Failure> {
    match command {
        CatalogueCommand::Check { file } => check(file).await,
        CatalogueCommand::Load(options) => load(*options).await,
    }
}

/// All faults go to standard output: they are the result of the command, not its failure.
async fn check(file: PathBuf) -> Result<Exit, Failure> {
    match Source::File(file).read().await {
        Ok(catalogue) => {
            for converted in catalogue.conversions() {
                println!("{converted}");
            }
            print_counts(&catalogue);
            Ok(Exit::Done)
        }
        Err(failure) => {
            let below = failure.source();
            let Some(error) = below.and_then(|error| error.downcast_ref::<CatalogueError>()) else {
                return Err(failure);
            };
            for found in error.faults() {
                println!("{}: {}", found.entry, found.fault);
            }
            println!("{} fault(s)", error.faults().len());
            Ok(Exit::Faults)
        }
    }
}

async fn load(options: LoadOptions) -> Result<Exit, Failure> {
    let catalogue = Source::of(options.file).read().await?;
    let store = Backend::open(&options.store).await?;
    if !options.dry_run {
        store.migrate().await?;
    }
    let engine = store.engine().await?;
    let publication = if options.dry_run {
        let plan = engine.plan_publication(&catalogue).await;
        plan.map_err(|error| Failure::new("the catalogue cannot be published").because(error))?
    } else {
        publish(&engine, &catalogue).await?
    };
    print_counts(&catalogue);
    let PublicationCounts {
        added,
        changed,
        retired,
        restored,
        ..
    } = publication.counts;
    println!("{added} added, {changed} changed, {retired} retired, {restored} restored");
    if !options.dry_run {
        println!(
            "published as revision {}",
            engine.catalogue().revision().number
        );
    }
    Ok(super::close(&store, Exit::Done).await)
}

fn print_counts(catalogue: &Catalogue) {
    let totals = catalogue.totals();
    let all = catalogue.problems().len() as u64;
    let live: u64 = Difficulty::ALL
        .iter()
        .map(|difficulty| totals[*difficulty])
        .sum();
    match catalogue.conversions().len() {
        0 => {}
        converted => println!("{converted} value(s) converted"),
    }
    println!(
        "{live} problems: {} easy, {} medium, {} hard; {} retired; {} topics",
        totals.easy,
        totals.medium,
        totals.hard,
        all - live,
        catalogue.topics().count(),
    );
}
