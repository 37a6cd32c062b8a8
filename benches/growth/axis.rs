//! An axis: the same store with more and more of one thing.

use contest_benches::stores::Floor;
use contest_benches::{Outcome, Plot, Ratio, Report, Series, Table};
use rand::rngs::ChaCha8Rng;

use crate::point::{Call, Point};

/// What grows, and the points on the way.
pub(crate) struct Axis {
    /// Names the plot.
    pub(crate) name: &'static str,
    /// What is counted.
    pub(crate) title: &'static str,
    pub(crate) points: Vec<Point>,
}

/// Times of the floors, in the same rounds as all points.
pub(crate) struct Measured {
    read: Series,
    write: Series,
}

impl Measured {
    /// Measures, after some rounds to warm up.
    pub(crate) async fn all(
        axes: &mut [Axis],
        floor: &Floor,
        (warm_up, rounds): (usize, usize),
        random: &mut ChaCha8Rng,
    ) -> Outcome<Self> {
        let mut floors = Self {
            read: Series::after(warm_up),
            write: Series::after(warm_up),
        };
        for _ in 0..warm_up + rounds {
            floors.read.time(floor.read()).await?;
            floors.write.time(floor.write()).await?;
            for point in axes.iter_mut().flat_map(|axis| &mut axis.points) {
                Box::pin(point.round(random)).await?;
            }
        }
        Ok(floors)
    }

    /// A plot and a table for an axis.
    pub(crate) fn report(&self, report: &mut Report, axis: &Axis) {
        report.heading(axis.title);
        let ats = axis.points.iter().map(|point| point.at.to_string());
        let columns = ats.chain(["last over first".to_owned(), "95% interval".to_owned()]);
        let mut table = Table::new(std::iter::once(String::new()).chain(columns));
        let title = format!("Times the floor, by {}", axis.title);
        let mut plot = Plot::new(axis.name, &title, axis.title, "times the floor");
        for call in Call::ALL {
            let floor = if call.is_write() {
                &self.write
            } else {
                &self.read
            };
            let times = |point: &Point| {
                let of = point.times.iter().find(|(of, _)| *of == call);
                of.map(|(_, series)| series.clone())
            };
            let series: Vec<_> = axis.points.iter().filter_map(times).collect();
            let ratios: Vec<_> = series.iter().map(|call| Ratio::of(call, floor)).collect();
            let line = axis.points.iter().zip(&ratios);
            let line: Vec<_> = line
                .map(|(point, r)| (f64::from(point.at), r.value))
                .collect();
            plot.line(call.name(), &line);
            let mut row = vec![call.name().to_owned()];
            row.extend(ratios.iter().map(|ratio| format!("{:.2}", ratio.value)));
            if let (Some(first), Some(last)) = (series.first(), series.last()) {
                let Ratio { value, low, high } = Ratio::of(last, first);
                row.push(format!("{value:.2}"));
                row.push(format!("{low:.2} to {high:.2}"));
            }
            table.row(row);
        }
        report.table(&table);
        report.plot(&plot);
    }
}
