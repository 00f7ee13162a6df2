//! Alpha as it is planned from now on, and as it would be with the values that are staged.

use saner_core::knob::{Knob, N_KNOBS};
use saner_core::schedule::AlphaPlan;
use saner_core::state::RunState;

use crate::theme::Role;
use crate::widget::axis::Axis;
use crate::widget::grid::Grid;

/// The plan as it is, and the one that the staged values would make of it.
pub fn plans(run: &RunState, staged: &[Option<f64>; N_KNOBS]) -> Vec<(AlphaPlan, Role)> {
    let Some(plan) = &run.plan else { return Vec::new() };
    let mut plans = vec![(plan.clone(), Role::Muted)];
    let value = |knob: Knob| staged[knob as usize];
    if value(Knob::Alpha).is_some() || value(Knob::K).is_some() {
        let mut changed = plan.clone();
        let now = run.steps_done() as f64 / run.steps_per_epoch() as f64;
        changed.change(value(Knob::Alpha).unwrap_or(plan.target), value(Knob::K).unwrap_or(plan.k), now);
        plans.push((changed, Role::KnobMark));
    }
    plans
}

/// Alpha by a plan from now on, with the step of each place.
pub fn points(run: &RunState, plan: &AlphaPlan, window: (f64, f64), columns: usize) -> impl Iterator<Item = (usize, f64)> {
    let now = run.steps_done() as f64;
    (0..columns).filter_map(move |x| {
        let step = window.0 + (x as f64 + 0.5) / columns as f64 * (window.1 - window.0);
        (step >= now).then(|| (x, plan.at(step / run.steps_per_epoch() as f64)))
    })
}

/// A plan as dots: sparse as it is, denser as staged.
pub fn draw(run: &RunState, plan: &AlphaPlan, axis: &Axis, window: (f64, f64), grid: &mut Grid, (owner, every): (u8, usize)) {
    let (columns, rows) = grid.size();
    for (x, value) in points(run, plan, window, columns).filter(|(x, _)| x % every == 0) {
        if let Some(y) = axis.dot(value, rows) {
            grid.set(x, y, owner);
        }
    }
}
