//! Marks of changes and checkpoints, and letters at the lines' ends.

use std::rc::Rc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::event::{Event, Record};
use saner_core::series::Column;
use saner_core::state::{Mark, RunState};
use saner_core::words::duration;

use super::across;
use crate::chart::ChartSpec;
use crate::theme::{Role, Theme};
use crate::widget::axis::Axis;

/// Every mark: pauses with how long they took, then those of the run.
pub fn all(run: &RunState) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (at, record) in run.events.iter().enumerate() {
        if let Event::Paused { .. } = record.event {
            let end = run.events[at..].iter().find(|later| matches!(later.event, Event::Resumed | Event::Started(_)));
            let took = end.map_or(String::new(), |end| duration((end.time - record.time).max(0.0)));
            marks.push(Mark { step: record.step, label: format!("‖{took}") });
        }
    }
    marks.extend_from_slice(&run.marks);
    marks
}

/// Lines through the chart where a person changed something; checkpoints come often and say little, so they have none.
pub fn lines(run: &RunState, window: (f64, f64), theme: &Theme, plot: Rect, buf: &mut Buffer) {
    for mark in all(run).iter().filter(|mark| role_of(&mark.label) != Role::CheckpointMark) {
        if let Some(x) = column(mark.step, window, plot) {
            for y in plot.y..plot.bottom() {
                buf[(x, y)].set_char('┊').set_style(theme.style(role_of(&mark.label)));
            }
        }
    }
}

/// Labels of the top row with the cell each begins at: a person's first, then pauses, then checkpoints, newer before older
/// ones, each only where there is room.
pub fn placed(run: &RunState, window: (f64, f64), plot: Rect) -> Vec<(u16, Mark)> {
    let mut taken = vec![false; plot.width as usize + 1];
    let mut marks: Vec<Mark> = all(run).into_iter().rev().collect();
    marks.sort_by_key(|mark| match role_of(&mark.label) {
        Role::CheckpointMark => 2,
        Role::Muted => 1,
        _ => 0,
    });
    let mut found = Vec::new();
    for mark in marks {
        let Some(x) = column(mark.step, window, plot) else { continue };
        let long = mark.label.chars().count().min(plot.width as usize);
        let from = ((x - plot.x) as usize).min(plot.width as usize - long);
        let to = from + long;
        if !taken[from.saturating_sub(1)..=to].contains(&true) {
            taken[from..to].fill(true);
            found.push((plot.x + from as u16, mark));
        }
    }
    found
}

/// Draws the labels.
pub fn labels(run: &RunState, window: (f64, f64), theme: &Theme, plot: Rect, buf: &mut Buffer) {
    for (x, mark) in placed(run, window, plot) {
        let room = plot.right().saturating_sub(x) as usize;
        buf.set_stringn(x, plot.y, &mark.label, room, theme.style(role_of(&mark.label)));
    }
}

/// Whether an event is the one that a mark tells of.
pub fn tells_of(record: &Record, mark: &Mark) -> bool {
    record.step == mark.step
        && match &record.event {
            Event::Applied { mark: own, .. } | Event::RampStarted { mark: own, .. } | Event::Note { mark: own, .. } => *own == mark.label,
            Event::Saved(saved) => saved.mark == mark.label,
            Event::NonFinite { .. } => mark.label == "✗",
            Event::Paused { .. } => mark.label.starts_with('‖'),
            _ => false,
        }
}

/// Cell of a step within the plot, if it is shown.
pub fn column(step: u64, window: (f64, f64), plot: Rect) -> Option<u16> {
    let step = step as f64;
    (step >= window.0 && step <= window.1).then(|| plot.x + across(step, window, plot.width as usize) as u16)
}

/// Style of a mark by its letter.
pub fn role_of(label: &str) -> Role {
    match label.chars().next() {
        Some('C') => Role::CheckpointMark,
        Some('✗') => Role::Error,
        Some('‖') => Role::Muted,
        _ => Role::KnobMark,
    }
}

/// Letters at the right end, so that curves can be told apart without colour; one that would hide another moves on by a row.
pub fn letters(spec: &ChartSpec, lines: &[Rc<Vec<Column>>], axis: &Axis, theme: &Theme, plot: Rect, buf: &mut Buffer) {
    let mut taken: Vec<u16> = Vec::new();
    for (curve, columns) in spec.curves.iter().zip(lines) {
        let last = columns.iter().rev().find(|column| column.last.is_finite());
        if curve.letter != ' '
            && let Some(row) = last.and_then(|column| axis.nearest_dot(spec.scale * f64::from(column.last), plot.height as usize))
        {
            let row = row as u16;
            let near = [Some(row), row.checked_add(1), row.checked_sub(1), row.checked_add(2), row.checked_sub(2)];
            let free = near.into_iter().flatten().find(|row| *row < plot.height && !taken.contains(row)).unwrap_or(row);
            taken.push(free);
            buf[(plot.right() - 1, plot.y + free)].set_char(curve.letter).set_style(theme.style(curve.role));
        }
    }
}
