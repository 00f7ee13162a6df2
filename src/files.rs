//! `ls` and `export`: what needs a run's files only.

use std::io::Write;
use std::path::Path;

use saner_core::export::{Request, export as write_export};
use saner_core::rundir::{RunDir, ids};
use serde_json::json;

use crate::shell::word;
use crate::view::standing;

/// Writes an export and says where.
pub fn export(runs: &Path, wanted: &str, request: &Request) -> anyhow::Result<u8> {
    let path = write_export(&RunDir::find(runs, wanted)?, request)?;
    writeln!(std::io::stdout(), "{}", path.display())?;
    Ok(0)
}

/// Prints a line for every run; an unreadable one gets a line with the reason.
pub fn ls(runs: &Path, as_json: bool) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    let ids = ids(runs);
    if ids.is_empty() && !as_json {
        writeln!(out, "no runs in {}; start one with `saner-tui run`", runs.display())?;
    }
    for id in ids {
        match standing(&RunDir { path: runs.join(&id) }) {
            Ok((state, alive)) if as_json => {
                let (epochs, last) = (state.header.as_ref().map(|header| header.spec.schedule.epochs), state.epochs.last());
                let row = json!({
                    "run": id, "state": word(&state), "steps": state.steps_done(), "epoch": last.map(|e| e.epoch),
                    "epochs": epochs, "eval/acc": last.map(|e| e.eval_acc), "eval/best_acc": last.map(|e| e.best_acc),
                    "train/noisy_acc": last.and_then(|e| e.noisy_acc), "tuned": state.tuned, "alive": alive,
                });
                writeln!(out, "{row}")?;
            }
            Ok((state, _)) => {
                let last = state.epochs.last();
                let show = |value: Option<f64>| value.map_or("-".into(), |value| format!("{:.1}", 100.0 * value));
                let tuned = if state.tuned > 0 { format!("  tuned ×{}", state.tuned) } else { String::new() };
                writeln!(
                    out,
                    "{id:<44} {:<8} epoch {:>3}/{:<3}  test {:>5}  best {:>5}  noisy {:>5}{tuned}",
                    word(&state),
                    last.map_or(0, |e| e.epoch + 1),
                    state.header.as_ref().map_or(0, |h| h.spec.schedule.epochs),
                    show(last.map(|e| e.eval_acc)),
                    show(last.map(|e| e.best_acc)),
                    show(last.and_then(|e| e.noisy_acc)),
                )?;
            }
            Err(fault) => writeln!(out, "{id:<44} unreadable: {fault}")?,
        }
    }
    Ok(0)
}
