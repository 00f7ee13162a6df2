//! Three lines of values for small screens.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::knob::Knob;
use saner_core::state::{Metric, RunState};

use crate::app::App;
use crate::format::percent;
use crate::pane::events;
use crate::theme::Role;

/// Draws them.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let last = |metric| percent(run.curve(metric).last().map(f64::from));
    let epoch = run.epochs.last();
    let lines = [
        format!(
            " clean {} noisy {} test {} B {}%",
            percent(epoch.and_then(|e| e.clean_acc)),
            percent(epoch.and_then(|e| e.noisy_acc)),
            percent(epoch.map(|e| e.eval_acc)),
            last(Metric::GroupB)
        ),
        format!(" alpha ×{:.3} → ×{:.3} (k {})", run.step.as_ref().map_or(1.0, |s| s.alpha), run.knob(Knob::Alpha), run.knob(Knob::K)),
        run.events.last().map_or_else(String::new, |record| format!(" {}", events::line(record))),
    ];
    for (y, text) in lines.iter().take(area.height as usize).enumerate() {
        buf.set_stringn(area.x, area.y + y as u16, text, area.width as usize, app.theme.style(Role::Text));
    }
}
