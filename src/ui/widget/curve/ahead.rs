//! Alpha as it is planned from now on, and as it would be with the values that are staged.

use saner_core::knob::{Knob, N_KNOBS};
use saner_core::schedule::AlphaPlan;
use saner_core::state::RunState;

use crate::theme::Role;
use crate::widget::axis::Axis;
use crate::widget::grid::Grid;

/// The plan as it is, and the one that the staged values would make of it.
pub fn plans(run: &RunState, staged: &[Option<f64>; N_KNOBS]) -> Vec<(AlphaPlan, Role)> {
    let now = run.plan.clone().map(|plan| (plan, Role::Muted));
    now.into_iter().chain(changed(run, staged).map(|plan| (plan, Role::KnobMark))).collect()
}

/// The plan as the staged values would make it: one change after the other, as the engine takes them.
pub fn changed(run: &RunState, staged: &[Option<f64>; N_KNOBS]) -> Option<AlphaPlan> {
    let (alpha, k) = (staged[Knob::Alpha as usize], staged[Knob::K as usize]);
    let mut plan = run.plan.clone().filter(|_| alpha.is_some() || k.is_some())?;
    let now = run.steps_done() as f64 / run.steps_per_epoch() as f64;
    if let Some(alpha) = alpha {
        plan.change(alpha, plan.k, now);
    }
    if let Some(k) = k {
        plan.change(plan.target, k, now);
    }
    Some(plan)
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
