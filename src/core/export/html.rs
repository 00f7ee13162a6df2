//! A report of a run as one self-contained HTML file: what it is, its curves, its numbers, what happened.

use std::fmt::Write;

use base64::Engine;

use super::Request;
use crate::compare::Compared;
use crate::error::Result;
use crate::event::{Event, Report};
use crate::figure::{self, Curve};
use crate::log;
use crate::page::{page, table, text};
use crate::rundir::RunDir;
use crate::sheet;
use crate::words;

/// The page as bytes.
pub fn encode(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    let reports = log::read(run)?.reports;
    let compared = Compared::of(run, &reports)?;
    let recipe = toml::to_string(&compared.spec).unwrap_or_default();
    let mut page = format!(
        "<p>{method} on {data}, seed {seed}, {epochs} epochs{end}.</p>\n",
        method = text(&compared.spec.method.name),
        data = text(&compared.spec.data.name),
        seed = compared.spec.seed,
        epochs = compared.epochs.len(),
        end = if compared.done { "" } else { " so far" },
    );
    if compared.tuned > 0 {
        let _ = writeln!(page, "<p class=\"tuned\">tuned by hand ×{}: not comparable with runs of a fixed recipe</p>", compared.tuned);
    }
    for curves in [&[Curve::Noisy, Curve::Clean, Curve::Test][..], &[Curve::Loss, Curve::Groups, Curve::Pr]] {
        // What was not measured has no figure.
        if let Ok(svg) = figure::svg("", std::slice::from_ref(&compared), curves) {
            page += &svg;
        }
    }
    page += &disputed(run, &reports);
    let percent = |value: Option<f64>| value.map_or("–".into(), |value| format!("{:.1}", 100.0 * value));
    let epochs = compared.epochs.iter().map(|epoch| {
        [
            (epoch.epoch + 1).to_string(),
            format!("{:.4}", epoch.loss),
            percent(epoch.clean_acc),
            percent(epoch.noisy_acc),
            percent(Some(epoch.eval_acc)),
            percent(Some(epoch.best_acc)),
            epoch.p_r.map_or("–".into(), |r| format!("{r:.3}")),
        ]
    });
    page += "<h2>Epochs</h2>\n";
    page += &table(&["epoch", "loss", "clean %", "noisy %", "test %", "best %", "p_r"], epochs);
    let events = reports.iter().filter_map(|report| match report {
        Report::Event(record) if !matches!(record.event, Event::Accepted { .. }) => {
            Some([words::event(record), record.step.to_string(), record.by.clone()])
        }
        _ => None,
    });
    page += "<h2>What happened</h2>\n";
    page += &table(&["what", "step", "by"], events);
    let _ = writeln!(page, "<h2>Recipe</h2>\n<pre>{}</pre>", text(&recipe));
    Ok(self::page(&compared.id, &page).into_bytes())
}

/// The labels that the network disputed most at its newest look, with their pictures.
fn disputed(run: &RunDir, reports: &[Report]) -> String {
    let looks = reports.iter().rev().filter_map(|report| match report {
        Report::Epoch(epoch) => Some((epoch.epoch, epoch.samples.as_ref()?)),
        _ => None,
    });
    let Some((epoch, stats)) = looks.take(1).find(|(_, stats)| !stats.disputed.is_empty()) else { return String::new() };
    let Ok(bytes) = std::fs::read(sheet::path(run, epoch)) else { return String::new() };
    let mut part = format!(
        "<h2>Labels disputed most, epoch {}</h2>\n<p>Row by row as in the table; samples.csv has all.</p>\n\
         <img alt=\"disputed samples\" style=\"width:min(100%,640px);image-rendering:pixelated\" src=\"data:image/png;base64,{}\">\n",
        epoch + 1,
        base64::engine::general_purpose::STANDARD.encode(bytes),
    );
    let rows = stats.disputed.iter().map(|one| {
        [
            one.index.to_string(),
            one.given.to_string(),
            one.predicted.to_string(),
            format!("{:.1}", 100.0 * one.confidence),
            format!("{:.2}", one.loss),
        ]
    });
    part += &table(&["sample", "given", "says", "sure %", "loss"], rows);
    part
}
