//! The catalogue: read from a file or bundled, published, and kept up to date while serving.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use contest_core::catalogue::Catalogue;
use contest_core::engine::{Engine, Error};
use contest_core::rules::{PublishOptions, Refusal};
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

use crate::exit::{Chain, Failure};
use crate::signals::Hangups;

/// How often a long publication logs that it is still running.
const STILL_AT_IT: Duration = Duration::from_secs(5);

/// Where a catalogue comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Bundled,
    File(PathBuf),
}

impl Source {
    /// The file, if there is one.
    pub(crate) fn of(file: Option<PathBuf>) -> Self {
        file.map_or(Self::Bundled, Self::File)
    }

    /// Reads and checks the whole catalogue.
    pub(crate) async fn read(&self) -> Result<Catalogue, Failure> {
        let Self::File(path) = self.clone() else {
            return Ok(Catalogue::neetcode150());
        };
        tracing::info!(file = %path.display(), "reading the catalogue");
        let reading = tokio::task::spawn_blocking(move || read_file(&path));
        reading
            .await
            .map_err(|error| Failure::new("the catalogue could not be read").because(error))?
    }
}

fn read_file(path: &Path) -> Result<Catalogue, Failure> {
    let name = path.display();
    let extension = path.extension().and_then(|text| text.to_str());
    let format: fn(File) -> _ = match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Catalogue::from_csv,
        Some("json") => Catalogue::from_json,
        _ => {
            let expected = format!("`{name}` must end in `.csv` or `.json`");
            return Err(Failure::usage(expected));
        }
    };
    let file = File::open(path)
        .map_err(|error| Failure::new(format!("`{name}` could not be read")).because(error))?;
    format(file)
        .map_err(|error| Failure::new(format!("`{name}` is not a valid catalogue")).because(error))
}

/// Publishes `catalogue`, and logs its progress from time to time.
pub(crate) async fn publish(
    engine: &Engine,
    catalogue: &Catalogue,
    options: PublishOptions,
) -> Result<(), Failure> {
    let problems = catalogue.problems().len();
    tracing::info!(problems, "publishing the catalogue");
    let begun = Instant::now();
    let mut ticks = interval_at(begun + STILL_AT_IT, STILL_AT_IT);
    let publishing = engine.publish_catalogue_with(catalogue, options);
    tokio::pin!(publishing);
    let published = loop {
        tokio::select! {
            published = &mut publishing => break published,
            _ = ticks.tick() => {
                let seconds = begun.elapsed().as_secs();
                tracing::info!(problems, seconds, "still publishing the catalogue");
            }
        }
    };
    published.map_err(|error| {
        let message = match &error {
            Error::Refused(Refusal::TooManyRetired { .. }) => {
                "the catalogue was not published: check it with `catalogue load --dry-run`, and \
                 publish it with `catalogue load --retire`"
            }
            _ => "the catalogue could not be published",
        };
        Failure::new(message).because(error)
    })?;
    let revision = engine.catalogue().revision().number;
    tracing::info!(problems, revision, "the catalogue is published");
    Ok(())
}

/// Publishes the given catalogue; the bundled one only in a store that has none.
pub(crate) async fn prepare(engine: &Engine, source: &Source) -> Result<(), Failure> {
    let stored = engine.catalogue().revision().number > 0;
    if stored && matches!(source, Source::Bundled) {
        return Ok(());
    }
    publish(engine, &source.read().await?, PublishOptions::default()).await
}

/// Keeps the catalogues of engines over one store up to date. Reloads them at the interval `every`,
/// unless it is zero, and on each hangup, after publishing the file through the first engine. A
/// failure is logged, and the engines keep their catalogue.
pub(crate) async fn follow(
    engines: Vec<Engine>,
    source: Source,
    every: Duration,
    mut hangups: Hangups,
) {
    let mut ticks = (!every.is_zero()).then(|| interval(every));
    if let Some(ticks) = &mut ticks {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick completes at once.
        ticks.tick().await;
    }
    loop {
        let next_tick = async {
            match &mut ticks {
                Some(ticks) => ticks.tick().await,
                None => std::future::pending().await,
            }
        };
        let done = tokio::select! {
            () = hangups.next() => publish_again(&engines, &source).await,
            _ = next_tick => reload(&engines).await,
        };
        if let Err(failure) = done {
            tracing::error!("{}; keeping the old catalogue", Chain(&failure));
        }
    }
}

async fn publish_again(engines: &[Engine], source: &Source) -> Result<(), Failure> {
    if let (Source::File(_), Some(engine)) = (source, engines.first()) {
        publish(engine, &source.read().await?, PublishOptions::default()).await?;
    }
    reload(engines).await?;
    if let Some(engine) = engines.first() {
        let catalogue = engine.catalogue();
        let revision = catalogue.revision().number;
        let problems = catalogue.problems().len();
        tracing::info!(problems, revision, "the catalogue is reloaded");
    }
    Ok(())
}

async fn reload(engines: &[Engine]) -> Result<(), Failure> {
    for engine in engines {
        let loaded = engine.reload_catalogue().await;
        loaded
            .map_err(|error| Failure::new("the catalogue could not be reloaded").because(error))?;
    }
    Ok(())
}
