//! The Sweep view: every cell of a sweep as a tile with its little curves. It is told by whoever runs the cells.

use std::io::{Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::format::{percent, plain};
use crate::terminal::{Guard, install_panic_hook};
use crate::theme::{Depth, Role, Theme, Themes};
use crate::widget::spark::spark;

/// Between looks at keys and at the cells.
const LOOK: Duration = Duration::from_millis(200);
/// Size of a tile, with the blank right of it and below it.
const TILE: (u16, u16) = (38, 4);

/// How a cell stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// Not begun.
    #[default]
    Waiting,
    /// A process is at it.
    Running,
    /// All of it is done.
    Done,
    /// It failed, and why.
    Failed(String),
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tile {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
    /// Epochs of its recipe.
    pub epochs: u32,
    /// Test accuracy of each finished epoch.
    pub test: Vec<f64>,
    /// Noisy accuracy, where it is known.
    pub noisy: Vec<f64>,
}

/// What is drawn.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// Name of the sweep.
    pub title: String,
    /// Its cells, in order.
    pub tiles: Vec<Tile>,
    /// Newest thing that happened.
    pub message: String,
    /// Whether nothing is left to do.
    pub over: bool,
}

/// A board that one thread fills and another one draws.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<Mutex<Board>>);

impl Shared {
    /// Of a board.
    pub fn new(board: Board) -> Self {
        Self(Arc::new(Mutex::new(board)))
    }

    /// The board; keep the guard short.
    pub fn lock(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows a board until it is over. `q` or Ctrl+C, twice, raises `stop`; the view then waits for the cells to be saved.
///
/// # Errors
/// The terminal refuses.
pub fn show(board: &Shared, stop: &AtomicBool) -> std::io::Result<()> {
    install_panic_hook();
    let _guard = Guard::enter(&board.lock().title, false)?;
    let mut terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
    let depth = Depth::detect();
    let (mut theme, mut top, mut asked) = (0, 0usize, false);
    while !board.lock().over {
        let stopping = stop.load(Ordering::SeqCst);
        terminal.draw(|frame| {
            let footer = match (stopping, asked) {
                (true, _) => "stopping: each running cell writes a checkpoint",
                (_, true) => "q again: stop, and go on later with the same command   any other key: stay",
                _ => "q leave   up, down scroll   T theme",
            };
            draw(&board.lock(), &Themes::nth(theme, depth), top, footer, frame.area(), frame.buffer_mut());
        })?;
        stdout().flush()?;
        if !crossterm::event::poll(LOOK)? {
            continue;
        }
        let Event::Key(key) = crossterm::event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        let leave = key.code == KeyCode::Char('q') || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL));
        if leave && asked {
            stop.store(true, Ordering::SeqCst);
        }
        asked = leave;
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => top = top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => top = (top + 1).min(board.lock().tiles.len()),
            KeyCode::Char('T') => theme += 1,
            _ => {}
        }
    }
    Ok(())
}

/// Draws a board; `top` rows of tiles are scrolled away.
pub fn draw(board: &Board, theme: &Theme, top: usize, footer: &str, area: Rect, buf: &mut Buffer) {
    if area.width < 20 || area.height < 4 {
        buf.set_stringn(area.x, area.y, "too small for a sweep", area.width as usize, theme.style(Role::Muted));
        return;
    }
    let count = |test: fn(&Standing) -> bool| board.tiles.iter().filter(|tile| test(&tile.standing)).count();
    let (done, running) = (count(|s| *s == Standing::Done), count(|s| *s == Standing::Running));
    let failed = count(|s| matches!(s, Standing::Failed(_)));
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    let head = format!("{}   {done} of {} done, {running} running{failed}", plain(&board.title), board.tiles.len());
    let width = area.width as usize;
    buf.set_stringn(area.x, area.y, head, width, theme.style(Role::Focus));
    let across = (area.width / TILE.0).max(1) as usize;
    let down = (area.height.saturating_sub(3) / TILE.1).max(1) as usize;
    let rows = board.tiles.len().div_ceil(across);
    let top = top.min(rows.saturating_sub(down));
    for (at, tile) in board.tiles.iter().enumerate().skip(top * across).take(across * down) {
        let (row, column) = (at / across - top, at % across);
        let place = Rect::new(area.x + column as u16 * TILE.0, area.y + 1 + row as u16 * TILE.1, TILE.0 - 2, TILE.1 - 1);
        draw_tile(tile, theme, place.intersection(area), buf);
    }
    let below = area.bottom() - 2;
    let hidden = rows.saturating_sub(top + down);
    let more = if hidden > 0 { format!("{hidden} more rows below   ") } else { String::new() };
    buf.set_stringn(area.x, below, format!("{more}{}", plain(&board.message)), width, theme.style(Role::Text));
    buf.set_stringn(area.x, below + 1, footer, width, theme.style(Role::Muted));
}

fn draw_tile(tile: &Tile, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let (word, role) = match &tile.standing {
        Standing::Waiting => ("waiting".to_owned(), Role::Muted),
        Standing::Running => (format!("{}/{}", tile.test.len(), tile.epochs), Role::Focus),
        Standing::Done => ("done".to_owned(), Role::Ok),
        Standing::Failed(why) => (format!("failed: {}", plain(why)), Role::Error),
    };
    let width = area.width as usize;
    let room = width.saturating_sub(word.chars().count().min(12) + 1);
    let name: String = plain(&tile.name).chars().take(room).collect();
    buf.set_stringn(area.x, area.y, format!("{name:<room$} {word}"), width, theme.style(role));
    let curves = [("test", &tile.test, Role::Test), ("noisy", &tile.noisy, Role::Noisy)];
    for (y, (label, values, role)) in (area.y + 1..area.bottom()).zip(curves) {
        let last = values.last().map_or_else(|| "-".into(), |value| percent(Some(*value)));
        buf.set_stringn(area.x, y, format!("{label:<5} {last:>5} {}", spark(values, width.saturating_sub(12))), width, theme.style(role));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> Board {
        let tile = |i: usize, standing| Tile {
            name: format!("saner-alpha0.{i}-s42"),
            standing,
            epochs: 10,
            test: (0..i).map(|e| e as f64 / 10.0).collect(),
            noisy: vec![0.02; i],
        };
        let mut tiles = vec![tile(9, Standing::Done), tile(4, Standing::Running), tile(2, Standing::Failed("no memory".into()))];
        tiles.extend((0..9).map(|_| tile(0, Standing::Waiting)));
        Board { title: "fig5".into(), tiles, message: "saner-alpha0.9-s42 done".into(), over: false }
    }

    #[test]
    fn tiles_fill_the_width_and_scroll() {
        let draw_at = |width, height, top| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
            draw(&board(), &Themes::nth(0, Depth::None), top, "q leave", buffer.area, &mut buffer);
            crate::print::text(&buffer, false)
        };
        let text = draw_at(80, 24, 0);
        assert!(text.contains("fig5   1 of 12 done, 1 running, 1 failed"), "{text}");
        assert!(text.contains("saner-alpha0.9-s42") && text.contains("4/10") && text.contains("failed: no m"), "{text}");
        assert!(text.contains("test   80.0 ▁▁▂▃▄▅▅▆▇") && text.contains("noisy   2.0 ▁▁▁▁"), "{text}");
        assert!(text.contains("1 more rows below"), "{text}");
        assert!(!draw_at(80, 24, 9).contains("more rows"), "scrolled to the end");
        assert!(draw_at(200, 60, 0).lines().nth(1).unwrap().matches("saner").count() == 5);
        for (width, height) in [(1, 1), (19, 3), (20, 4), (38, 5), (300, 100)] {
            draw_at(width, height, 3);
        }
    }
}
