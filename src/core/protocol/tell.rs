//! A state as the lines that a client is told first.

use super::{Snapshot, Tell};
use crate::state::{METRICS, RunState};

/// Points of a curve that are told; a longer one is thinned, extremes kept.
const CURVE: usize = 8_000;
/// Epochs whose shares per layer are told.
const EPOCHS: usize = 60;
/// Points, epochs or events of one line.
const PIECE: usize = 2_000;

/// Snapshot, curves, past, and `live`.
pub fn tell(state: &RunState) -> Vec<Tell> {
    let mut lines = vec![Tell::Snapshot(Box::new(snapshot(state)))];
    for metric in METRICS {
        let curve = state.curve(metric).thinned(CURVE);
        for (steps, values) in curve.steps.chunks(PIECE).zip(curve.values.chunks(PIECE)) {
            let values = values.iter().map(|value| value.is_finite().then_some(*value)).collect();
            lines.push(Tell::Series { metric, steps: steps.to_vec(), values });
        }
    }
    // A record may be long (a header, a note), so that fewer of them share a line.
    for epochs in state.epochs.chunks(PIECE / 4) {
        lines.push(Tell::Past { epochs: epochs.to_vec(), events: Vec::new() });
    }
    for events in state.events.chunks(PIECE / 20) {
        lines.push(Tell::Past { epochs: Vec::new(), events: events.to_vec() });
    }
    lines.push(Tell::Live);
    lines
}

/// Where a run stands.
pub fn snapshot(state: &RunState) -> Snapshot {
    Snapshot {
        phase: state.phase.clone(),
        header: state.header.clone(),
        step: state.step.clone(),
        shares: state.shares,
        layers: state.layers.clone(),
        layer_epochs: state.layer_epochs.iter().step_by(state.layer_epochs.len().div_ceil(EPOCHS).max(1)).cloned().collect(),
        samples: state.samples.clone(),
        dominance: state.dominance,
        norms: state.norms,
        marks: state.marks.clone(),
        knobs: state.knobs,
        plan: state.plan.clone(),
        tuned: state.tuned,
        rewinds: state.rewinds,
        secs_per_step: state.secs_per_step(),
    }
}
