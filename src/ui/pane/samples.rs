//! Single samples: losses of right and of wrong labels, what wrong ones are taken for, and the labels disputed most.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saner_core::samples::{BINS, SampleStats};
use saner_core::state::RunState;

use crate::app::App;
use crate::format::number;
use crate::theme::Role;
use crate::widget::heat::HeatMap;

/// Bars that grow upwards, by eighths of a cell.
const UP: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The newest look, or a sentence about when there will be one.
pub(super) fn newest<'a>(run: &'a RunState, app: &App, area: Rect, buf: &mut Buffer) -> Option<&'a SampleStats> {
    if let Some((_, stats)) = &run.samples {
        return Some(stats);
    }
    let every = run.header.as_ref().map_or(10, |header| header.spec.probe.samples_every);
    let text = match every {
        0 => "off: probe.samples_every = 0".to_owned(),
        n => format!("waiting for the first look (probe.samples_every: {n} epochs)"),
    };
    buf.set_stringn(area.x, area.y, text, area.width as usize, app.theme.style(Role::Muted));
    None
}

/// Title of the histogram.
pub fn title(run: &RunState) -> String {
    let Some((epoch, stats)) = &run.samples else { return "loss of each sample".into() };
    let auc = stats.auc.map_or(String::new(), |auc| format!("  AUC {auc:.3}"));
    format!("loss of each sample, ep {}{auc}", epoch + 1)
}

/// Losses as two rows of bars from one line: right labels upwards, wrong ones downwards, each by its own greatest bin.
pub fn losses(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let Some(stats) = newest(run, app, area, buf) else { return };
    if area.height < 4 || area.width < 16 {
        return;
    }
    let (right, wrong): (u32, u32) = (stats.right.iter().sum(), stats.wrong.iter().sum());
    let known = stats.wrong_as.is_some();
    let rows = area.height - 2;
    let up = if known { rows.div_ceil(2) } else { rows };
    let put = |y: u16, text: &str, role: Role, buf: &mut Buffer| {
        buf.set_stringn(area.x, y, text, area.width as usize, app.theme.style(role));
    };
    let words = if known { format!("c right labels {right}  ↑") } else { format!("samples {right}  ↑") };
    put(area.y, &words, Role::Clean, buf);
    if known && up < rows {
        let shares = stats.wrong_as.map_or(String::new(), |[as_given, as_true, _]| {
            let of = |n: u32| 100.0 * f64::from(n) / f64::from(wrong.max(1));
            format!(": {:.0} % memorised, {:.0} % as the truth", of(as_given), of(as_true))
        });
        put(area.bottom() - 1, &format!("n wrong labels {wrong}  ↓{shares}"), Role::Noisy, buf);
    }
    let middle = area.y + 1 + up;
    let bin = |x: u16| usize::from(x) * BINS / usize::from(area.width);
    let most = |bins: &[u32]| f64::from(bins.iter().copied().max().unwrap_or(0).max(1));
    for x in 0..area.width {
        // Anything above nothing is seen.
        let eighths = |count: u32, most: f64, rows: u16| (f64::from(count) / most * f64::from(rows) * 8.0).ceil() as u16;
        let high = eighths(stats.right.get(bin(x)).copied().unwrap_or(0), most(&stats.right), up);
        for row in 0..up {
            let part = high.saturating_sub(8 * row).min(8);
            if part > 0 {
                let cell = &mut buf[(area.x + x, middle - 1 - row)];
                cell.set_char(UP[usize::from(part) - 1]).set_style(app.theme.style(Role::Clean));
            }
        }
        if !known {
            continue;
        }
        let deep = eighths(stats.wrong.get(bin(x)).copied().unwrap_or(0), most(&stats.wrong), rows - up);
        for row in 0..rows - up {
            let part = deep.saturating_sub(8 * row).min(8);
            let sign = match part {
                0 => continue,
                1..=4 => '▀',
                _ => '█',
            };
            buf[(area.x + x, middle + row)].set_char(sign).set_style(app.theme.style(Role::Noisy));
        }
    }
    let end = format!("0 … {}", number(f64::from(stats.top)));
    buf.set_string(area.right() - (end.chars().count() as u16).min(area.width), area.y, end, app.theme.style(Role::Muted));
}

/// Of wrong labels: which class they carry (rows), and for which they are taken; on the diagonal they are memorised.
pub fn confusion(run: &RunState, app: &App, area: Rect, buf: &mut Buffer) {
    let Some(stats) = newest(run, app, area, buf) else { return };
    if stats.confusion.is_empty() {
        let why = if stats.wrong_as.is_none() { "nobody knows which labels are wrong" } else { "too many classes to show" };
        buf.set_stringn(area.x, area.y, why, area.width as usize, app.theme.style(Role::Muted));
        return;
    }
    let share = |row: &Vec<u32>| {
        let all = f64::from(row.iter().sum::<u32>().max(1));
        row.iter().map(|n| f64::from(*n) / all).collect::<Vec<f64>>()
    };
    let rows: Vec<Vec<f64>> = stats.confusion.iter().map(share).collect();
    if area.width as usize >= LABEL + CELL * rows.len() && area.height as usize > rows.len() {
        numbers(&rows, app, area, buf);
        return;
    }
    let names: Vec<String> = (0..rows.len()).map(|class| class.to_string()).collect();
    HeatMap { rows: &rows, names: &names, agreement: false }.render(area, buf, &app.theme);
}

/// Cells of a row's class, and of a number.
const LABEL: usize = 4;
const CELL: usize = 4;

fn numbers(rows: &[Vec<f64>], app: &App, area: Rect, buf: &mut Buffer) {
    for (class, row) in rows.iter().enumerate() {
        let (x, y) = (area.x + (LABEL + CELL * class) as u16, area.y + 1 + class as u16);
        buf.set_string(x, area.y, format!("{class:>CELL$}"), app.theme.style(Role::Muted));
        buf.set_string(area.x, y, format!("{class:>LABEL$}"), app.theme.style(Role::Muted));
        for (other, share) in row.iter().enumerate() {
            let percent = (100.0 * share).round();
            let text = if percent == 0.0 { format!("{:>CELL$}", "·") } else { format!("{percent:>CELL$.0}") };
            let x = area.x + (LABEL + CELL * other) as u16;
            buf.set_string(x, y, text, app.theme.heat(Role::Noisy, *share));
        }
    }
}
