//! The newest values: shares, dominance, norms, accuracies, rate. Dashes where nothing was measured, never zeros.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::state::RunState;

use crate::app::App;
use crate::format::{number, percent};
use crate::theme::Role;

/// Draws the rows.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let shares = run.shares.map(|(_, shares)| shares);
    let show = |i: usize| percent(shares.map(|s| f64::from(s[i])));
    let mut y = area.y;
    let mut line = |text: String, role: Role, buf: &mut Buffer| {
        if y < area.bottom() {
            buf.set_stringn(area.x, y, text, area.width as usize, app.theme.style(role));
            y += 1;
        }
    };
    line(format!("Group A {}%  B {}%  C {}%", show(0), show(1), show(2)), Role::Text, buf);
    line(String::new(), Role::Text, buf);
    match run.dominance {
        Some([noise, clean, r]) => line(format!("p_r {r:.3}  p_noise {noise:.3}  p_clean {clean:.3}"), Role::Text, buf),
        None => line("p_r -  (needs wrong labels)".into(), Role::Muted, buf),
    }
    let norms = run
        .norms
        .map_or_else(|| "‖g‖ -  ‖g_sam‖ -".into(), |[g, s]| format!("‖g‖ {}  ‖g_sam‖ {}", number(f64::from(g)), number(f64::from(s))));
    line(norms, Role::Text, buf);
    let epoch = run.epochs.last();
    line(
        format!(
            "epoch: clean {}%  noisy {}%  gap {}",
            percent(epoch.and_then(|e| e.clean_acc)),
            percent(epoch.and_then(|e| e.noisy_acc)),
            percent(epoch.and_then(|e| e.gap_clean_noisy))
        ),
        Role::Text,
        buf,
    );
    line(
        format!(
            "test {}%  best {}%  gen gap {}",
            percent(epoch.map(|e| e.eval_acc)),
            percent(epoch.map(|e| e.best_acc)),
            percent(epoch.map(|e| e.gap_generalization))
        ),
        Role::Test,
        buf,
    );
    let pace = run.secs_per_step().map_or_else(|| "-".into(), |secs| format!("{:.0} ms", 1e3 * secs));
    line(format!("step {pace}   {} images/s", epoch.map_or_else(|| "-".into(), |e| format!("{:.0}", e.images_per_s))), Role::Muted, buf);
    if let Some(shares) = shares {
        bar(shares, app, Rect { y: area.y + 1, height: 1, ..area }, buf);
    }
}

/// Shares as letters, so that the bar reads without colour.
fn bar(shares: [f32; 3], app: &App, area: Rect, buf: &mut Buffer) {
    let width = f32::from(area.width);
    let (a, b) = ((shares[0] * width).round() as u16, ((shares[0] + shares[1]) * width).round() as u16);
    for x in 0..area.width {
        let (letter, role) = if x < a {
            ('A', Role::GroupA)
        } else if x < b {
            ('B', Role::GroupB)
        } else {
            ('C', Role::GroupC)
        };
        buf[(area.x + x, area.y)].set_char(letter).set_style(app.theme.style(role));
    }
}
