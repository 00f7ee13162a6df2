//! The loop state of a run that has not begun.

use saner_core::manifest::Cursor;
use saner_core::schedule::AlphaPlan;
use saner_core::spec::Spec;

/// Where a new run begins.
pub(super) fn cursor(spec: &Spec) -> Cursor {
    let method = &spec.method;
    Cursor {
        step: 0,
        epoch: 0,
        batch: 0,
        plan: AlphaPlan::new(method),
        rho: method.rho,
        lr_scale: 1.0,
        group_scale: [method.alpha_a, method.alpha_c],
        starter: Default::default(),
        epoch_losses: Vec::new(),
        epoch_score: Default::default(),
        epoch_dominance: Default::default(),
        best_acc: None,
        last_acc: None,
        wall: 0.0,
        epoch_wall: 0.0,
        next_event: 0,
        next_mark: 0,
        tuned: 0,
    }
}
