//! Curves of runs as an SVG with axes, legend and vector text: one panel for each quantity, seeds as a band.

use plotters::prelude::*;

use crate::compare::{Compared, groups};
use crate::error::{Error, Result};
use crate::event::EpochSummary;

/// Colours that people with any kind of sight tell apart. Source: Okabe and Ito 2008, the yellow darkened.
const COLORS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
    RGBColor(170, 150, 20),
];

/// Size of a panel.
const PANEL: (u32, u32) = (420, 320);
/// Height above the panels.
const HEAD: u32 = 40;
/// Height of a line of the legend.
const LINE: u32 = 18;

/// A quantity over epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// Training accuracy on flipped samples, against their wrong labels.
    Noisy,
    /// Training accuracy on unflipped samples.
    Clean,
    /// Clean minus noisy.
    Gap,
    /// Test accuracy.
    Test,
    /// Shares of the three groups, a line each.
    Groups,
    /// p_noise and p_clean, a line each.
    Parts,
    /// Their quotient.
    Pr,
    /// Alpha as it acted is not in an epoch's line; the training loss is.
    Loss,
}

impl Curve {
    fn title(self) -> &'static str {
        match self {
            Self::Noisy => "noisy accuracy (%)",
            Self::Clean => "clean accuracy (%)",
            Self::Gap => "clean - noisy (points)",
            Self::Test => "test accuracy (%)",
            Self::Groups => "share of parameters (%)",
            Self::Parts => "part in Group B (%)",
            Self::Pr => "p_r",
            Self::Loss => "training loss",
        }
    }

    /// Lines of a run: a suffix of the label, and values by epoch.
    fn lines(self, run: &Compared) -> Vec<(&'static str, Vec<Option<f64>>)> {
        let by = |key: &dyn Fn(&EpochSummary) -> Option<f64>, scale: f64| run.epochs.iter().map(|e| key(e).map(|v| v * scale)).collect();
        let share = |i: usize| run.shares.iter().map(|shares| shares.map(|s| 100.0 * s[i])).collect();
        match self {
            Self::Noisy => vec![("", by(&|e| e.noisy_acc, 100.0))],
            Self::Clean => vec![("", by(&|e| e.clean_acc, 100.0))],
            Self::Gap => vec![("", by(&|e| e.gap_clean_noisy, 100.0))],
            Self::Test => vec![("", by(&|e| Some(e.eval_acc), 100.0))],
            Self::Groups => vec![(" A", share(0)), (" B", share(1)), (" C", share(2))],
            Self::Parts => vec![(" p_noise", by(&|e| e.p_noise, 100.0)), (" p_clean", by(&|e| e.p_clean, 100.0))],
            Self::Pr => vec![("", by(&|e| e.p_r, 1.0))],
            Self::Loss => vec![("", by(&|e| Some(e.loss), 1.0))],
        }
    }
}

/// A drawn line: at each epoch the mean over seeds, and the least and greatest.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    label: String,
    points: Vec<(f64, [f64; 3])>,
    several: bool,
}

/// The curves of runs, one panel each; runs that differ in nothing but their seed are one line.
///
/// # Errors
/// Nothing was measured that a curve shows, or the drawing fails.
pub fn svg(title: &str, runs: &[Compared], curves: &[Curve]) -> Result<String> {
    let panels: Vec<(Curve, Vec<Line>)> = curves.iter().map(|curve| (*curve, lines(runs, *curve))).collect();
    if panels.iter().all(|(_, lines)| lines.is_empty()) {
        return Err(Error::Failed("nothing of what the figure shows was measured in these runs".into()));
    }
    let entries = panels.iter().map(|(_, lines)| lines.len() as u32).max().unwrap_or(0);
    let size = (PANEL.0 * panels.len() as u32, HEAD + PANEL.1 + LINE * entries + 16);
    let mut text = String::new();
    draw(&mut text, size, title, &panels).map_err(|fault| Error::Failed(format!("the figure cannot be drawn: {fault}")))?;
    Ok(text)
}

fn lines(runs: &[Compared], curve: Curve) -> Vec<Line> {
    let mut found = Vec::new();
    for group in groups(runs) {
        let of_runs: Vec<_> = group.runs.iter().map(|run| curve.lines(run)).collect();
        for (which, (suffix, _)) in of_runs[0].iter().enumerate() {
            let epochs = of_runs.iter().map(|lines| lines[which].1.len()).max().unwrap_or(0);
            let at = |epoch: usize| {
                let values: Vec<f64> = of_runs.iter().filter_map(|lines| *lines[which].1.get(epoch)?).filter(|v| v.is_finite()).collect();
                let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
                (!values.is_empty()).then(|| (epoch as f64 + 1.0, [values.iter().sum::<f64>() / values.len() as f64, low, high]))
            };
            let points: Vec<_> = (0..epochs).filter_map(at).collect();
            if !points.is_empty() {
                found.push(Line { label: format!("{}{suffix}", group.label), points, several: group.runs.len() > 1 });
            }
        }
    }
    found
}

type Drawn<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn draw(text: &mut String, size: (u32, u32), title: &str, panels: &[(Curve, Vec<Line>)]) -> Drawn {
    let root = SVGBackend::with_string(text, size).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new(title.to_owned(), (12, 12), ("sans-serif", 18)))?;
    let (_, body) = root.split_vertically(HEAD);
    for (area, (curve, lines)) in body.split_evenly((1, panels.len())).iter().zip(panels) {
        let (plot, legend) = area.split_vertically(PANEL.1);
        panel(&plot, *curve, lines)?;
        for (at, line) in lines.iter().enumerate() {
            let (color, y) = (COLORS[at % COLORS.len()], (at as u32 * LINE) as i32);
            legend.draw(&PathElement::new(vec![(58, y + 6), (84, y + 6)], color.stroke_width(3)))?;
            legend.draw(&Text::new(line.label.clone(), (92, y), ("sans-serif", 13)))?;
        }
    }
    root.present()?;
    Ok(())
}

fn panel<DB: DrawingBackend>(area: &DrawingArea<DB, plotters::coord::Shift>, curve: Curve, lines: &[Line]) -> Drawn
where
    DB::ErrorType: 'static,
{
    let all = || lines.iter().flat_map(|line| &line.points);
    let last = all().map(|point| point.0).fold(2.0, f64::max);
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (_, v)| (a.min(v[1]), b.max(v[2])));
    let (low, high) = if low < high { (low, high) } else { (low.min(0.0) - 0.5, high.max(0.0) + 0.5) };
    let room = 0.05 * (high - low);
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .x_label_area_size(36)
        .y_label_area_size(50)
        .build_cartesian_2d(1.0..last, low - room..high + room)?;
    // As many digits as neighbours need that are a tenth of the range apart.
    let digits = match high - low {
        ..5.0 => 2,
        ..20.0 => 1,
        _ => 0,
    };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .x_desc("epoch")
        .y_desc(curve.title())
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.digits$}"))
        .label_style(("sans-serif", 12))
        .draw()?;
    if curve == Curve::Pr {
        chart.draw_series(LineSeries::new([(1.0, 1.0), (last, 1.0)], BLACK.mix(0.4)))?;
    }
    for (at, line) in lines.iter().enumerate() {
        let color = COLORS[at % COLORS.len()];
        if line.several {
            let up = line.points.iter().map(|(x, v)| (*x, v[2]));
            let down = line.points.iter().rev().map(|(x, v)| (*x, v[1]));
            chart.draw_series([Polygon::new(up.chain(down).collect::<Vec<_>>(), color.mix(0.15))])?;
        }
        chart.draw_series(LineSeries::new(line.points.iter().map(|(x, v)| (*x, v[0])), color.stroke_width(2)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    fn run(method: &str, seed: u64, values: &[f64]) -> Compared {
        let mut spec = Spec { seed, ..Spec::default() };
        spec.method.name = method.into();
        let epochs: Vec<EpochSummary> =
            values.iter().enumerate().map(|(i, v)| EpochSummary { epoch: i as u32, eval_acc: *v, ..EpochSummary::default() }).collect();
        Compared { id: String::new(), spec, shares: vec![None; epochs.len()], epochs, tuned: 0, done: true }
    }

    #[test]
    fn seeds_are_one_line_with_a_band() {
        let runs = [run("sgd", 1, &[0.1, 0.5]), run("sam", 1, &[0.2, 0.6]), run("sgd", 2, &[0.3, 0.7])];
        let found = lines(&runs, Curve::Test);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].label, "sgd");
        for (got, want) in found[0].points[1].1.iter().zip([60.0, 50.0, 70.0]) {
            assert!((got - want).abs() < 1e-9);
        }
        assert!(found[0].several && !found[1].several);
    }

    #[test]
    fn a_picture_has_its_words_and_one_polyline_for_each_run() {
        let text = svg("figure <1>", &[run("sgd", 1, &[0.1, 0.5]), run("sam", 1, &[0.2, 0.6])], &[Curve::Test]).unwrap();
        assert!(text.contains("test accuracy (%)") && text.contains("sgd") && text.contains("figure &lt;1&gt;"), "{text}");
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        assert!(svg("x", &[run("sgd", 1, &[0.1])], &[Curve::Pr]).is_err(), "nothing measured");
    }
}
