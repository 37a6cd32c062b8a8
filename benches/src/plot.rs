//! Lines over logarithmic or linear axes, as SVG.

use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::prelude::*;

const SIZE: (u32, u32) = (820, 460);

/// A plot of several lines.
#[derive(Debug, Clone)]
pub struct Plot {
    name: String,
    title: String,
    x: String,
    y: String,
    linear: bool,
    lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Plot {
    /// An empty plot: a name for its file, a title, and what its axes mean.
    pub fn new(name: &str, title: &str, x: &str, y: &str) -> Self {
        let [name, title, x, y] = [name, title, x, y].map(str::to_owned);
        Self {
            name,
            title,
            x,
            y,
            linear: false,
            lines: Vec::new(),
        }
    }

    /// With linear axes; the one upwards begins at zero.
    #[must_use]
    pub fn linear(mut self) -> Self {
        self.linear = true;
        self
    }

    /// Adds a line through points, whose coordinates are greater than zero on logarithmic axes.
    pub fn line(&mut self, name: &str, points: &[(f64, f64)]) {
        self.lines.push((name.to_owned(), points.to_vec()));
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// The picture; empty if the plot is.
    pub fn to_svg(&self) -> String {
        let mut svg = String::new();
        match self.draw(&mut svg) {
            Ok(()) => svg,
            // Drawing to a string does not fail.
            Err(_) => String::new(),
        }
    }

    fn draw(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let (left, right) = range(points().map(|(x, _)| *x));
        let (low, high) = range(points().map(|(_, y)| *y));
        let mut chart = ChartBuilder::on(&area);
        chart
            .caption(&self.title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(64);
        if self.linear {
            self.fill(chart.build_cartesian_2d(left..right, 0.0..high * 1.2)?)?;
        } else {
            // Room below and above, so that a flat line looks flat.
            let y = (low / 3.0..high * 3.0).log_scale();
            self.fill(chart.build_cartesian_2d((left..right).log_scale(), y)?)?;
        }
        area.present()?;
        drop(area);
        Ok(())
    }

    /// Draws the axes and the lines.
    fn fill<'a, 'b: 'a, X, Y>(
        &self,
        mut chart: ChartContext<'a, SVGBackend<'b>, Cartesian2d<X, Y>>,
    ) -> Result<(), Box<dyn std::error::Error>>
    where
        X: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        chart
            .configure_mesh()
            .x_desc(&self.x)
            .y_desc(&self.y)
            .light_line_style(WHITE)
            .draw()?;
        for (number, (name, points)) in self.lines.iter().enumerate() {
            let colour = Palette99::pick(number).to_rgba();
            let line = LineSeries::new(points.iter().copied(), colour.stroke_width(2));
            chart
                .draw_series(line.point_size(3))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .draw()?;
        Ok(())
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let wider = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
    let (low, high) = values.fold((f64::INFINITY, 0.0), wider);
    if low < high { (low, high) } else { (1.0, 10.0) }
}
