//! `catalogue`: checks or publishes a catalogue.

use std::error::Error as _;
use std::path::PathBuf;

use contest_core::catalogue::{Catalogue, CatalogueError};
use contest_core::model::Difficulty;
use contest_core::rules::{Publication, PublicationCounts, PublishOptions, Renamed};

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
    let plan = engine.plan_publication(&catalogue).await;
    let plan =
        plan.map_err(|error| Failure::new("the catalogue cannot be published").because(error))?;
    print_counts(&catalogue);
    print_plan(&plan);
    let mut retire = PublishOptions::default();
    if options.retire {
        retire = retire.with_any_number_retired();
    }
    if !options.dry_run {
        publish(&engine, &catalogue, retire).await?;
        let revision = engine.catalogue().revision().number;
        println!("published as revision {revision}");
    } else if let Err(refusal) = retire.check(&plan) {
        println!("{refusal}; `--retire` publishes it all the same");
    }
    Ok(super::close(&store, Exit::Done).await)
}

fn print_plan(plan: &Publication) {
    let PublicationCounts {
        added,
        changed,
        retired,
        restored,
        ..
    } = plan.counts;
    for Renamed { id, from, to, .. } in &plan.renamed {
        println!("{from} seems to be renamed {to}: to keep its solves, give {to} the id {id}");
    }
    println!("{added} added, {changed} changed, {retired} retired, {restored} restored");
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
