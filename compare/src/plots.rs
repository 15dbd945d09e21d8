//! The plots as SVG, out of the raw data. Colours of text, lines and background follow the reader's scheme, light or dark.
//!
//! A plot is drawn when there is data for it.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::{
    coord::ranged1d::{AsRangedCoord, ValueFormatter},
    prelude::*,
};

use crate::{
    run::{digits, show},
    stats::median,
    store::{Line, Record},
    targets::flock,
    work::Unit,
};

const SIZE: (u32, u32) = (940, 480);
const LEGEND_WIDTH: u32 = 130;
/// Placeholders that the style replaces by the reader's scheme.
const PAPER: RGBColor = RGBColor(255, 255, 255);
const INK: RGBColor = RGBColor(32, 32, 32);
const GRID: RGBColor = RGBColor(221, 221, 221);
const STYLE: &str = "<style>text{fill:#202020}@media (prefers-color-scheme:dark){text{fill:#d8d8d8}\
[fill=\"#FFFFFF\"]{fill:#15181c}[stroke=\"#FFFFFF\"]{stroke:#15181c}[stroke=\"#202020\"]{stroke:#b0b0b0}\
[stroke=\"#DDDDDD\"]{stroke:#343a40}}</style>";
/// Middle tones that stand out on both papers; a target has the same in every plot.
const COLOURS: [(&str, RGBColor); 11] = [
    ("flock", RGBColor(214, 69, 65)),
    ("warp", RGBColor(128, 128, 128)),
    ("google", RGBColor(46, 125, 210)),
    ("google-tuned", RGBColor(110, 180, 240)),
    ("aws", RGBColor(215, 120, 20)),
    ("aws-tuned", RGBColor(240, 185, 70)),
    ("tomcat", RGBColor(60, 150, 70)),
    ("jetty", RGBColor(130, 195, 90)),
    ("openwhisk", RGBColor(150, 90, 200)),
    ("proxy", RGBColor(165, 80, 125)),
    ("proxy-kept", RGBColor(215, 140, 185)),
];

/// A line of a plot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    pub(crate) file: &'static str,
    pub(crate) title: &'static str,
    x: Axis,
    y: Axis,
    pub(crate) series: Vec<Series>,
}

#[derive(Debug, Clone, Copy)]
struct Axis {
    label: &'static str,
    log: bool,
    unit: Unit,
}

const fn log(label: &'static str, unit: Unit) -> Axis {
    Axis { label, log: true, unit }
}

const fn linear(label: &'static str) -> Axis {
    Axis { label, log: false, unit: Unit::Count }
}

/// The plots that there is data for.
pub(crate) fn of(lines: &[Line]) -> Vec<Plot> {
    let records: Vec<&Record> = lines
        .iter()
        .filter_map(|line| if let Line::Result(record) = line { Some(record) } else { None })
        .collect();
    let number = |case: &str| case.split(' ').next().and_then(|word| word.parse::<f64>().ok());
    let percent = |summary: &str, work: &str, case: &str| {
        series(&records, work, |record| {
            let percent = record.summaries.get(summary).filter(|_| record.case == case)?;
            Some(percent.percent.iter().enumerate().map(|(at, &micros)| (at as f64, micros)).collect())
        })
    };
    let by_number = |work: &str, key: &'static str| {
        series(&records, work, |record| Some(vec![(number(&record.case)?, record.figure(key)?)]))
    };
    let cold = percent("whole", "cold", "hello").into_iter().map(|one| Series {
        points: one.points.iter().map(|&(part, micros)| (micros, part)).collect(),
        ..one
    });
    let plots = vec![
        Plot {
            file: "cold.svg",
            title: "Cold start: new function to its first answer",
            x: log("time", Unit::Micros),
            y: linear("% of starts within this time"),
            series: cold.collect(),
        },
        Plot {
            file: "warm.svg",
            title: "Warm calls of hello, one after the other",
            x: linear("% of calls within this time"),
            y: log("time", Unit::Micros),
            series: percent("call", "sequential", "hello"),
        },
        Plot {
            file: "connections.svg",
            title: "Throughput of hello over connections",
            x: log("connections", Unit::Count),
            y: log("calls a second", Unit::PerSecond),
            series: by_number("connections", "per_second"),
        },
        Plot {
            file: "memory.svg",
            title: "Memory (PSS) over number of functions",
            x: log("functions", Unit::Count),
            y: log("memory", Unit::Bytes),
            series: by_number("memory", "bytes"),
        },
        Plot {
            file: "chain-hops.svg",
            title: "Chains of echoes, 1 KB",
            x: log("hops", Unit::Count),
            y: log("whole chain, p50", Unit::Micros),
            series: series(&records, "chain", |record| {
                let hops = record.case.strip_suffix(" hops, 1 KB")?.parse().ok()?;
                Some(vec![(hops, record.figure("call.p50")?)])
            }),
        },
        Plot {
            file: "chain-payload.svg",
            title: "Chains of 10 echoes over payload",
            x: log("payload", Unit::Bytes),
            y: log("whole chain, p50", Unit::Micros),
            series: series(&records, "chain", |record| {
                let kibibytes = match record.case.strip_prefix("10 hops, ")? {
                    "1 KB" => 1.0,
                    "100 KB" => 100.0,
                    _ => 1_000.0,
                };
                Some(vec![(kibibytes * 1_000.0, record.figure("call.p50")?)])
            }),
        },
    ];
    plots.into_iter().filter(|plot| plot.series.iter().any(|series| !series.points.is_empty())).collect()
}

/// A line for each target: the points that its records give, at one x the median of the rounds.
fn series(
    records: &[&Record],
    work: &str,
    points: impl Fn(&Record) -> Option<Vec<(f64, f64)>>,
) -> Vec<Series> {
    let mut targets: Vec<&str> = Vec::new();
    for record in records {
        if !targets.contains(&record.target.as_str()) {
            targets.push(&record.target);
        }
    }
    let line = |target: &&str| {
        let mine = records.iter().filter(|record| record.work == work && record.target == *target);
        let mut all: Vec<(f64, f64)> = mine.filter_map(|record| points(record)).flatten().collect();
        all.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut merged: Vec<(f64, f64)> = Vec::new();
        for same in all.chunk_by(|one, other| one.0 == other.0) {
            let values: Vec<f64> = same.iter().map(|point| point.1).collect();
            merged.extend(same.first().zip(median(&values)).map(|(first, middle)| (first.0, middle)));
        }
        Series { name: (*target).to_owned(), points: merged }
    };
    targets.iter().map(line).collect()
}

/// Writes all of them into a folder.
pub(crate) fn draw(lines: &[Line], folder: &Path) -> Result<()> {
    for plot in of(lines) {
        let path = folder.join(plot.file);
        std::fs::write(&path, svg(&plot)?).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// The picture as text.
pub(crate) fn svg(plot: &Plot) -> Result<String> {
    let mut text = String::new();
    let (x, y) = (range(plot, plot.x, |point| point.0), range(plot, plot.y, |point| point.1));
    {
        let root = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        match (plot.x.log, plot.y.log) {
            (true, true) => render(plot, &root, (x.0..x.1).log_scale(), (y.0..y.1).log_scale()),
            (true, false) => render(plot, &root, (x.0..x.1).log_scale(), y.0..y.1),
            (false, true) => render(plot, &root, x.0..x.1, (y.0..y.1).log_scale()),
            (false, false) => render(plot, &root, x.0..x.1, y.0..y.1),
        }
        .with_context(|| plot.file.to_owned())?;
    }
    let head = text.find('>').context("no SVG")? + 1;
    text.insert_str(head, STYLE);
    Ok(text)
}

/// From the least to the most, whole decades where it is logarithmic.
fn range(plot: &Plot, axis: Axis, value: impl Fn(&(f64, f64)) -> f64) -> (f64, f64) {
    let values = plot.series.iter().flat_map(|series| &series.points).map(value);
    let (least, most) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), one| (least.min(one), most.max(one)));
    if !axis.log {
        return (0.0, most.max(1.0));
    }
    let least = 10_f64.powf(least.max(1e-3).log10().floor());
    let most = 10_f64.powf(most.max(1e-3).log10().ceil());
    (least, if most > least { most } else { least * 10.0 })
}

fn render<X, Y>(
    plot: &Plot,
    root: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    x: X,
    y: Y,
) -> Result<()>
where
    X: AsRangedCoord<Value = f64>,
    Y: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64> + Ranged<ValueType = f64>,
    Y::CoordDescType: ValueFormatter<f64> + Ranged<ValueType = f64>,
{
    let failed = |error: &dyn std::fmt::Display| anyhow!("{error}");
    root.fill(&PAPER).map_err(|error| failed(&error))?;
    let (picture, legend) = root.split_horizontally(SIZE.0 - LEGEND_WIDTH);
    let mut chart = ChartBuilder::on(&picture)
        .caption(plot.title, ("sans-serif", 20).into_font().color(&INK))
        .margin(14)
        .margin_right(30)
        .x_label_area_size(46)
        .y_label_area_size(86)
        .build_cartesian_2d(x, y)
        .map_err(|error| failed(&error))?;
    chart
        .configure_mesh()
        .axis_style(INK)
        .bold_line_style(GRID)
        .light_line_style(PAPER)
        .label_style(("sans-serif", 13).into_font().color(&INK))
        .x_desc(plot.x.label)
        .y_desc(plot.y.label)
        .x_label_formatter(&|value| tick(plot.x, *value))
        .y_label_formatter(&|value| tick(plot.y, *value))
        .draw()
        .map_err(|error| failed(&error))?;
    let mut height = 46;
    for one in plot.series.iter().filter(|one| !one.points.is_empty()) {
        let colour = COLOURS.iter().find(|(name, _)| *name == one.name).map_or(INK, |(_, colour)| *colour);
        let style = colour.stroke_width(if one.name == flock::NAME { 4 } else { 2 });
        let point_size = if one.points.len() < 20 { 3 } else { 0 };
        chart
            .draw_series(LineSeries::new(one.points.iter().copied(), style).point_size(point_size))
            .map_err(|error| failed(&error))?;
        let font = ("sans-serif", 13).into_font().color(&INK);
        let line = PathElement::new([(0, height), (20, height)], style);
        legend.draw(&line).map_err(|error| failed(&error))?;
        let name = Text::new(one.name.clone(), (27, height - 6), font);
        legend.draw(&name).map_err(|error| failed(&error))?;
        height += 22;
    }
    root.present().map_err(|error| failed(&error))
}

/// Decades are of ten, so bytes are in decimal units here.
fn tick(axis: Axis, value: f64) -> String {
    match axis.unit {
        Unit::Count => format!("{value:.0}"),
        Unit::Bytes if value >= 1e9 => format!("{} GB", digits(value / 1e9)),
        Unit::Bytes if value >= 1e6 => format!("{} MB", digits(value / 1e6)),
        Unit::Bytes => format!("{} KB", digits(value / 1e3)),
        unit => show(value, unit),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]
mod tests {
    use super::*;
    use crate::store::tests::{record, run};

    fn lines() -> Vec<Line> {
        let point = |target: &str, count: u32, round: usize, rate: f64| {
            Line::Result(record(
                "connections",
                &format!("{count} connections"),
                target,
                round,
                ("per_second", rate),
            ))
        };
        vec![
            Line::Run(run("quick")),
            point("flock", 1, 1, 10_000.0),
            point("flock", 1, 2, 20_000.0),
            point("flock", 32, 1, 50_000.0),
            point("warp", 1, 1, 30_000.0),
        ]
    }

    #[test]
    fn a_plot_has_a_line_for_each_target_with_the_median_of_the_rounds() {
        let plots = of(&lines());
        assert_eq!(plots.iter().map(|plot| plot.file).collect::<Vec<_>>(), ["connections.svg"]);
        assert_eq!(plots[0].series[0].points, [(1.0, 15_000.0), (32.0, 50_000.0)]);
        assert_eq!(plots[0].series[1].name, "warp");
    }

    #[test]
    fn pictures_follow_the_scheme_of_the_reader() {
        let text = svg(&of(&lines())[0]).unwrap();
        assert!(text.contains("prefers-color-scheme:dark"), "{text}");
        // In the picture itself, not only in the style.
        for used in ["#FFFFFF", "#202020", "#DDDDDD"] {
            assert!(text.matches(used).count() > 2, "{used}: {text}");
        }
        for name in ["flock", "warp"] {
            assert!(text.lines().any(|line| line == name), "{name}: {text}");
        }
    }
}
