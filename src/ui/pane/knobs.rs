//! Live-tunable values: what is applied, what is staged, what acts now, and why the rest is locked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::event::{Event, Record};
use saner_core::knob::{KNOBS, Knob};
use saner_core::machine::Machine;
use saner_core::state::RunState;
use saner_core::words;

use crate::app::App;
use crate::format::percent;
use crate::theme::Role;
use crate::widget::curve::ahead;
use crate::widget::spark::spark;

/// Title and footer.
pub fn titles(app: &App) -> (String, String) {
    match app.staged_count() {
        0 => ("Knobs".into(), "←/→ step  e edit  u undo".into()),
        n => (format!("Knobs (* staged {n})"), "Enter apply  Esc drop".into()),
    }
}

/// Draws the rows, most important first; what does not fit is left out.
pub fn draw(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let mut lines: Vec<(String, Role)> = Vec::new();
    let (ready, open) = (run.header.is_some(), run.unanswered());
    let (shown, spare): (Vec<_>, Vec<_>) = KNOBS.iter().enumerate().partition(|(_, row)| in_use(row.knob, run, app));
    for (i, row) in shown {
        let pointer = if app.knob == i && app.knobs_focused() { '▸' } else { ' ' };
        let name = if row.knob == Knob::Alpha { "alpha target" } else { row.name };
        let text = match app.staged[i] {
            Some(staged) => format!("{pointer} {name:<13}{}→{} *", short(row.knob, run.knob(row.knob)), short(row.knob, staged)),
            None => {
                let mut answer = answer(row.knob, run, &open);
                if let (Knob::LrScale, true, Some(sample)) = (row.knob, answer.is_empty(), &run.step) {
                    answer = format!("lr {}", crate::format::number(sample.lr));
                }
                format!("{pointer} {name:<13}{:<8} {answer}", short(row.knob, run.knob(row.knob)))
            }
        };
        let role = if app.staged[i].is_some() {
            Role::KnobMark
        } else if ready {
            Role::Text
        } else {
            Role::Muted
        };
        lines.push((text, role));
        if row.knob == Knob::Alpha {
            let now = run.step.as_ref().map_or(1.0, |sample| sample.alpha);
            let filled = (now.clamp(0.0, 1.0) * 9.0).round() as usize;
            let bar: String = (0..9).map(|i| if i < filled { '#' } else { '.' }).collect();
            lines.push((format!("  alpha now    ×{now:.3}  {bar}"), Role::Text));
        }
    }
    if let Some(text) = preview(run, app) {
        lines.push((text, Role::KnobMark));
    } else if let Some(shares) = &run.shares {
        let p_r = run.dominance.map_or_else(|| "-".into(), |d| format!("{:.2}", d[2]));
        lines.push((format!("  Group B {}%   p_r {p_r}", percent(Some(f64::from(shares.1[1])))), Role::GroupB));
    }
    lines.push((format!("  strength {:.3} (= 1 − target)", 1.0 - run.knob(Knob::Alpha)), Role::Muted));
    if let Some(machine) = &app.machine {
        lines.push((format!("  {}", machine.line()), Role::Muted));
    }
    let last = run.last_applied(|_| true).and_then(|record| match &record.event {
        Event::Applied { knob, from, to, .. } => {
            Some(format!("  last: {} {}→{} @{}", knob.row().name, short(*knob, *from), short(*knob, *to), record.step))
        }
        _ => None,
    });
    lines.extend(last.map(|text| (text, Role::Muted)));
    lines.extend(loads(app, area.width).into_iter().map(|text| (text, Role::Muted)));
    for (_, row) in spare {
        lines.push((format!("  {:<13}{}", row.name, short(row.knob, run.knob(row.knob))), Role::Muted));
    }
    if !ready {
        lines.push(("  engine not ready".into(), Role::Muted));
    }
    lines.push(("  locked: weight_decay, momentum, batch".into(), Role::Muted));
    for (y, (text, role)) in lines.iter().take(area.height as usize).enumerate() {
        buf.set_stringn(area.x, area.y + y as u16, text, area.width as usize, app.theme.style(*role));
    }
}

/// How busy card and cores were lately, as little curves side by side.
fn loads(app: &App, width: u16) -> Option<String> {
    let room = usize::from(width.saturating_sub(14) / 2);
    let of = |name: &str, load: fn(&Machine) -> Option<f32>| {
        let values: Vec<f64> = app.loads.iter().filter_map(|machine| load(machine).map(f64::from)).collect();
        (values.len() > 1).then(|| format!("{name} {}", spark(&values[values.len().saturating_sub(room)..], room)))
    };
    let curves = [of("gpu", |machine| machine.gpu.as_ref().map(|gpu| gpu.busy)), of("cpu", |machine| Some(machine.cpu))];
    let words = curves.into_iter().flatten().collect::<Vec<_>>().join("  ");
    (!words.is_empty()).then(|| format!("  {words}"))
}

/// The newest answer about a knob, beside its value: `accepted`, `=applied @812`, … `open` are the changes without a last
/// word.
fn answer(knob: Knob, run: &RunState, open: &[(u64, String)]) -> String {
    let waits = |record: &Record| matches!(record.event, Event::Accepted { id, knob: of, .. } if of == knob && open.iter().any(|(wanted, _)| *wanted == id));
    if !open.is_empty() && run.events.iter().rev().any(waits) {
        return "accepted".into();
    }
    run.last_applied(|of| of == knob).map_or_else(String::new, |record| format!("=applied @{}", record.step))
}

/// Whether a knob's row must be seen: the multipliers of Groups A and C stand back until someone turns to them.
fn in_use(knob: Knob, run: &RunState, app: &App) -> bool {
    let rare = matches!(knob, Knob::AlphaA | Knob::AlphaC);
    !rare || run.knob(knob) != 1.0 || app.staged[knob as usize].is_some() || (app.knobs_focused() && app.knob == knob as usize)
}

fn short(knob: Knob, value: f64) -> String {
    words::value(knob, value).replace('x', "×")
}

/// What the staged alpha and k would lead to.
fn preview(run: &RunState, app: &App) -> Option<String> {
    let plan = ahead::changed(run, &app.staged)?;
    let now = run.steps_done() as f64 / run.steps_per_epoch() as f64;
    Some(format!("  preview: ×{:.3} at ep {:.1}", plan.target, plan.end().max(now)))
}
