//! Curves over epochs for LaTeX: a `tikzpicture` with a group of PGFPlots axes, numbers inside, nothing else needed.

use std::fmt::Write;

use super::Request;
use crate::compare::Compared;
use crate::error::Result;
use crate::event::EpochSummary;
use crate::rundir::RunDir;

/// Value of a finished epoch, where there is one.
type Value = fn(&EpochSummary) -> Option<f64>;

/// Axes: y label, and lines with their names. Line styles differ, so that a black and white print can be read.
const AXES: [(&str, &[(&str, Value)]); 4] = [
    (
        "accuracy (\\%)",
        &[
            ("clean", |e| e.clean_acc.map(|v| 100.0 * v)),
            ("noisy", |e| e.noisy_acc.map(|v| 100.0 * v)),
            ("test", |e| Some(100.0 * e.eval_acc)),
        ],
    ),
    ("training loss", &[("loss", |e| Some(e.loss))]),
    (
        "noise-dominated in Group B (\\%)",
        &[("$p_\\mathrm{noise}$", |e| e.p_noise.map(|v| 100.0 * v)), ("$p_\\mathrm{clean}$", |e| e.p_clean.map(|v| 100.0 * v))],
    ),
    ("$p_r$", &[("$p_r$", |e| e.p_r)]),
];

/// Line styles in their order.
const STYLES: [&str; 3] = ["solid", "densely dashed", "densely dotted"];

/// The picture as bytes.
pub fn encode(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    let run = Compared::read(run)?;
    Ok(picture(&run).into_bytes())
}

fn picture(run: &Compared) -> String {
    let mut text = format!("% {} of saner-tui; needs \\usepackage{{pgfplots}} and \\usepgfplotslibrary{{groupplots}}", run.id);
    if run.tuned > 0 {
        let _ = write!(text, "\n% tuned by hand: {} live changes", run.tuned);
    }
    text += "\n\\begin{tikzpicture}\n\\begin{groupplot}[group style={group size=2 by 2, horizontal sep=1.8cm, vertical sep=1.8cm},\n  \
             width=7cm, height=5cm, xlabel={epoch}, legend style={font=\\footnotesize}, no markers]\n";
    for (label, lines) in AXES {
        let drawn: Vec<(&str, Vec<(u32, f64)>)> = lines
            .iter()
            .map(|(name, value)| {
                let point = |e: &EpochSummary| value(e).filter(|v| v.is_finite()).map(|v| (e.epoch + 1, v));
                (*name, run.epochs.iter().filter_map(point).collect::<Vec<_>>())
            })
            .filter(|(_, points)| !points.is_empty())
            .collect();
        if drawn.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\\nextgroupplot[ylabel={{{label}}}]");
        for ((name, points), style) in drawn.iter().zip(STYLES) {
            let points: String = points.iter().map(|(epoch, value)| format!("({epoch},{value:.6}) ")).collect();
            let _ = writeln!(text, "\\addplot[{style}, thick] coordinates {{{}}};\n\\addlegendentry{{{name}}}", points.trim_end());
        }
    }
    text + "\\end{groupplot}\n\\end{tikzpicture}\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn braces_match_and_what_was_not_measured_is_left_out() {
        let epochs = (0..3).map(|epoch| EpochSummary { epoch, eval_acc: 0.5, loss: 1.0, ..EpochSummary::default() }).collect();
        let run = Compared { id: "r_1".into(), spec: Spec::default(), epochs, shares: vec![None; 3], tuned: 2, done: true };
        let text = picture(&run);
        assert_eq!(text.matches('{').count(), text.matches('}').count());
        assert!(text.contains("(3,50.000000)") && text.contains("tuned by hand: 2") && !text.contains("{noisy}"), "{text}");
        assert_eq!(text.matches("\\nextgroupplot").count(), 2);
    }
}
