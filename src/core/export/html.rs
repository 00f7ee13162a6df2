//! A report of a run as one self-contained HTML file: what it is, its curves, its numbers, what happened.

use std::fmt::Write;

use base64::Engine;

use super::Request;
use crate::compare::Compared;
use crate::error::Result;
use crate::event::{Event, Report};
use crate::figure::{self, Curve};
use crate::log;
use crate::rundir::RunDir;
use crate::sheet;
use crate::words;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:1320px;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
td,th{padding:.15rem .7rem;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}\
pre{background:#f6f6f6;padding:1rem;overflow:auto}svg{max-width:100%;height:auto}.tuned{color:#7a5200;font-weight:600}";

/// The page as bytes.
pub fn encode(run: &RunDir, _: &Request) -> Result<Vec<u8>> {
    let reports = log::read(run)?.reports;
    let compared = Compared::of(run, &reports)?;
    let recipe = toml::to_string(&compared.spec).unwrap_or_default();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{id}</title><style>{STYLE}</style></head><body>\n\
         <h1>{id}</h1>\n<p>{method} on {data}, seed {seed}, {epochs} epochs{end}.</p>\n",
        id = text(&compared.id),
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
    page += "<h2>Epochs</h2>\n<table><tr><th>epoch</th><th>loss</th><th>clean %</th><th>noisy %</th><th>test %</th><th>best %</th><th>p_r</th></tr>\n";
    let percent = |value: Option<f64>| value.map_or("–".into(), |value| format!("{:.1}", 100.0 * value));
    for epoch in &compared.epochs {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{:.4}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            epoch.epoch + 1,
            epoch.loss,
            percent(epoch.clean_acc),
            percent(epoch.noisy_acc),
            percent(Some(epoch.eval_acc)),
            percent(Some(epoch.best_acc)),
            epoch.p_r.map_or("–".into(), |r| format!("{r:.3}")),
        );
    }
    page += "</table>\n<h2>What happened</h2>\n<table><tr><th>what</th><th>step</th><th>by</th></tr>\n";
    for report in &reports {
        if let Report::Event(record) = report
            && !matches!(record.event, Event::Accepted { .. })
        {
            let _ =
                writeln!(page, "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", text(&words::event(record)), record.step, text(&record.by));
        }
    }
    let _ = write!(page, "</table>\n<h2>Recipe</h2>\n<pre>{}</pre>\n</body></html>\n", text(&recipe));
    Ok(page.into_bytes())
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
         <img alt=\"disputed samples\" style=\"width:min(100%,640px);image-rendering:pixelated\" src=\"data:image/png;base64,{}\">\n\
         <table><tr><th>sample</th><th>given</th><th>says</th><th>sure %</th><th>loss</th></tr>\n",
        epoch + 1,
        base64::engine::general_purpose::STANDARD.encode(bytes),
    );
    for one in &stats.disputed {
        let (sure, loss) = (100.0 * one.confidence, one.loss);
        let _ = writeln!(
            part,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{sure:.1}</td><td>{loss:.2}</td></tr>",
            one.index, one.given, one.predicted
        );
    }
    part + "</table>\n"
}

/// Text as a browser shows it and nothing else.
fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_people_wrote_stays_text() {
        assert_eq!(super::text("<script>\"a\" & b"), "&lt;script&gt;&quot;a&quot; &amp; b");
    }
}
