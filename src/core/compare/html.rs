//! A comparison as one web page: the table, the curves with seeds as bands, and which runs it is made of.

use std::fmt::Write;

use super::{Compared, groups, table};
use crate::error::Result;
use crate::figure::{self, Curve};
use crate::page::{page, table as rows, text};

/// Curves of a page, by rows; what was not measured has no figure.
const FIGURES: [&[Curve]; 3] =
    [&[Curve::Noisy, Curve::Clean, Curve::Test], &[Curve::Gap, Curve::Loss, Curve::Pr], &[Curve::Groups, Curve::Parts]];

/// The page.
///
/// # Errors
/// A figure cannot be drawn.
pub fn html(title: &str, runs: &[Compared]) -> Result<String> {
    let numbers = table(runs);
    let header: Vec<&str> = numbers.header.iter().map(String::as_str).collect();
    let mut body = String::from(
        "<p>Mean ± standard deviation over seeds, in percent. Noisy: wrong labels that were memorised; lower is better.</p>\n",
    );
    body += &rows(&header, &numbers.rows);
    for curves in FIGURES {
        if let Ok(svg) = figure::svg("", runs, curves) {
            body += &svg;
        }
    }
    body += "<h2>Runs</h2>\n";
    for group in groups(runs) {
        let own = group.runs.iter().map(|run| {
            let tuned = if run.tuned > 0 { format!("tuned by hand ×{}", run.tuned) } else { String::new() };
            let state = if run.done { "done" } else { "not finished" };
            [run.id.clone(), run.spec.seed.to_string(), run.epochs.len().to_string(), state.to_owned(), tuned]
        });
        let _ = writeln!(body, "<h3>{}</h3>", text(&group.label));
        body += &rows(&["run", "seed", "epochs", "state", ""], own);
    }
    Ok(page(title, &body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EpochSummary;
    use crate::spec::Spec;

    #[test]
    fn groups_have_their_numbers_curves_and_runs() {
        let run = |method: &str, seed: u64| {
            let mut spec = Spec { seed, ..Spec::default() };
            spec.method.name = method.into();
            let epoch = |i: u32| EpochSummary { epoch: i, eval_acc: 0.5, noisy_acc: Some(0.1), ..EpochSummary::default() };
            let epochs: Vec<EpochSummary> = (0..3).map(epoch).collect();
            Compared { id: format!("{method}<{seed}>"), spec, shares: vec![None; 3], epochs, tuned: u32::from(seed == 2), done: true }
        };
        let text = html("a & b", &[run("sgd", 1), run("sam", 1), run("sam", 2)]).unwrap();
        for words in [
            "<h1>a &amp; b</h1>",
            "<td>sam (tuned ×1)</td><td>2</td><td>50.0 ± 0.0</td>",
            "sgd&lt;1&gt;",
            "tuned by hand ×1",
            "<h3>sam</h3>",
        ] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        assert!(text.contains("<svg") && !text.contains("p_r</text>"), "what was not measured has no figure");
    }
}
