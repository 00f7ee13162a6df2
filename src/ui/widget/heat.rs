//! A matrix as cells: each with its number where there is room, else two rows of values in a character cell.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use unicode_width::UnicodeWidthStr;

use crate::theme::{Depth, Role, Theme};

/// Signs of growing density, where there is no colour.
const DENSITY: &[u8] = b" .:-=+*#%@";
/// The colour that stands for a part (0..=1); none for nothing, and where there are too few colours.
fn ground(theme: &Theme, role: Role, part: f64) -> Option<Color> {
    theme.heat(role, part).bg.filter(|color| *color != Color::Reset)
}

/// A part (0..=1) as a sign.
pub fn density(part: f64) -> char {
    char::from(DENSITY[(part.clamp(0.0, 1.0) * (DENSITY.len() - 1) as f64).round() as usize])
}

/// A part (0..=1) as one cell: a ground that is the stronger, the greater it is, or where there is no colour a sign.
pub fn sign(theme: &Theme, role: Role, part: f64) -> (char, Style) {
    match ground(theme, role, part) {
        Some(ground) => (' ', Style::reset().bg(ground)),
        None if part.is_nan() => (' ', theme.style(role)),
        None => (density(part), theme.style(role)),
    }
}

/// Characters of a cell with a number.
const CELL: usize = 6;

/// A square or other matrix of values in 0..=1; NaN is no value.
#[derive(Debug, Clone, Copy)]
pub struct HeatMap<'a> {
    /// Values by row; all rows are of one length.
    pub rows: &'a [Vec<f64>],
    /// Names of the rows.
    pub names: &'a [String],
    /// Whether a cell on the diagonal means agreement and is drawn as such.
    pub agreement: bool,
}

impl HeatMap<'_> {
    /// Width and height that it takes, at most `width` wide.
    pub fn size(&self, width: u16) -> (u16, u16) {
        let layout = self.layout(width);
        match layout {
            Layout::Numbers { label } => ((label + 1 + CELL * self.columns()) as u16, self.rows.len() as u16 + 1),
            Layout::Blocks { by } => (self.columns().div_ceil(by) as u16, self.rows.len().div_ceil(2 * by) as u16),
        }
    }

    /// Draws it.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        match self.layout(area.width) {
            Layout::Numbers { label } => self.numbers(label, area, buf, theme),
            Layout::Blocks { by } if theme.depth() >= Depth::Indexed256 => self.blocks(by, area, buf, theme),
            Layout::Blocks { by } => self.signs(by, area, buf, theme),
        }
    }

    /// How many values one drawn value stands for, across and down; what is drawn is the greatest of them.
    pub fn merged(&self, width: u16) -> usize {
        match self.layout(width) {
            Layout::Numbers { .. } => 1,
            Layout::Blocks { by } => by,
        }
    }

    fn columns(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    fn layout(&self, width: u16) -> Layout {
        let label = self.names.iter().map(|name| name.width()).max().unwrap_or(0).min(14);
        let by = self.columns().div_ceil(width.max(1) as usize).max(1);
        if label + 1 + CELL * self.columns() <= width as usize { Layout::Numbers { label } } else { Layout::Blocks { by } }
    }

    fn role(&self, row: usize, column: usize) -> Role {
        if self.agreement && row == column { Role::Clean } else { Role::Noisy }
    }

    fn numbers(&self, label: usize, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let clip = |name: &str, width: usize| name.chars().take(width).collect::<String>();
        for (i, name) in self.names.iter().enumerate().take(self.columns()) {
            let x = area.x + (label + 1 + CELL * i) as u16;
            buf.set_stringn(x, area.y, format!("{:>5}", clip(name, 5)), CELL, theme.style(Role::Muted));
        }
        for (i, row) in self.rows.iter().enumerate().take(area.height.saturating_sub(1) as usize) {
            let y = area.y + 1 + i as u16;
            let name = self.names.get(i).map_or(String::new(), |name| clip(name, label));
            buf.set_stringn(area.x, y, name, label, theme.style(Role::Text));
            for (j, value) in row.iter().enumerate() {
                let x = area.x + (label + 1 + CELL * j) as u16;
                let text = if value.is_nan() || *value == 0.0 { format!("{:>5} ", "·") } else { format!("{:>5.1} ", 100.0 * value) };
                buf.set_stringn(x, y, text, CELL, theme.heat(self.role(i, j), *value));
            }
        }
    }

    /// The greatest value of a square of `by` × `by` ones.
    fn cell(&self, row: usize, column: usize, by: usize) -> Option<(f64, Role)> {
        let rows = self.rows.iter().enumerate().skip(row * by).take(by);
        let cells = rows.flat_map(|(i, row)| row.iter().enumerate().skip(column * by).take(by).map(move |(j, value)| (*value, i, j)));
        cells.filter(|cell| !cell.0.is_nan()).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(value, i, j)| (value, self.role(i, j)))
    }

    fn blocks(&self, by: usize, area: Rect, buf: &mut Buffer, theme: &Theme) {
        self.each(by, area, |x, y, upper, lower| {
            let ink = |cell: Option<(f64, Role)>| cell.and_then(|(value, role)| ground(theme, role, value));
            // Nothing leaves the ground as it is; as a block it would be drawn in the colour of text.
            let (sign, style) = match (ink(upper), ink(lower)) {
                (Some(upper), Some(lower)) => ('▀', Style::reset().fg(upper).bg(lower)),
                (Some(upper), None) => ('▀', Style::reset().fg(upper)),
                (None, Some(lower)) => ('▄', Style::reset().fg(lower)),
                (None, None) => ('·', theme.style(Role::Muted)),
            };
            buf[(x, y)].set_char(sign).set_style(style);
        });
    }

    fn signs(&self, by: usize, area: Rect, buf: &mut Buffer, theme: &Theme) {
        self.each(by, area, |x, y, upper, lower| {
            let greater = [upper, lower].into_iter().flatten().max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((value, role)) = greater {
                // Anything above nothing is seen.
                let step = (value * (DENSITY.len() - 1) as f64).ceil() as usize;
                buf[(x, y)].set_char(char::from(DENSITY[step.min(DENSITY.len() - 1)])).set_style(theme.style(role));
            }
        });
    }

    fn each(&self, by: usize, area: Rect, mut draw: impl FnMut(u16, u16, Option<(f64, Role)>, Option<(f64, Role)>)) {
        let (across, down) = (self.columns().div_ceil(by), self.rows.len().div_ceil(by));
        for y in 0..down.div_ceil(2).min(area.height as usize) {
            for x in 0..across.min(area.width as usize) {
                draw(area.x + x as u16, area.y + y as u16, self.cell(2 * y, x, by), self.cell(2 * y + 1, x, by));
            }
        }
    }
}

enum Layout {
    Numbers { label: usize },
    Blocks { by: usize },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Themes;

    fn draw(n: usize, width: u16, depth: Depth) -> (String, Buffer) {
        let rows: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                (0..n)
                    .map(|j| {
                        if i == j {
                            0.75
                        } else if j == (i + 1) % n {
                            0.25
                        } else {
                            0.0
                        }
                    })
                    .collect()
            })
            .collect();
        let names: Vec<String> = (0..n).map(|i| format!("class{i}")).collect();
        let map = HeatMap { rows: &rows, names: &names, agreement: true };
        let (w, h) = map.size(width);
        let area = Rect::new(0, 0, w, h);
        let mut buffer = Buffer::empty(area);
        map.render(area, &mut buffer, &Themes::nth(0, depth));
        (crate::print::text(&buffer, depth != Depth::None), buffer)
    }

    #[test]
    fn few_classes_have_numbers_and_many_have_blocks() {
        let (text, _) = draw(4, 80, Depth::None);
        assert_eq!(text.lines().nth(1), Some("class0  75.0  25.0     ·     ·"));
        let (text, buffer) = draw(100, 80, Depth::True);
        assert_eq!((buffer.area.width, buffer.area.height), (50, 25));
        assert!(text.contains('▀') && text.contains("\u{1b}["));
        let (text, _) = draw(100, 80, Depth::None);
        assert!(!text.contains('\u{1b}') && text.lines().all(|line| line.is_ascii()), "{text}");
    }

    #[test]
    fn a_part_is_a_ground_or_a_sign() {
        let (colour, mono) = (Themes::nth(0, Depth::True), Themes::nth(0, Depth::None));
        assert_eq!(sign(&colour, Role::GroupB, 0.7).0, ' ');
        assert!(sign(&colour, Role::GroupB, 0.7).1.bg.is_some_and(|bg| bg != Color::Reset));
        assert_eq!([0.0, 0.5, 1.0].map(|part| sign(&mono, Role::GroupB, part).0), [' ', '+', '@']);
    }

    #[test]
    fn a_small_rate_is_never_invisible() {
        let rows = vec![vec![0.001; 40]; 40];
        let map = HeatMap { rows: &rows, names: &[], agreement: false };
        let (w, h) = map.size(30);
        let mut buffer = Buffer::empty(Rect::new(0, 0, w, h));
        map.render(buffer.area, &mut buffer, &Themes::nth(0, Depth::None));
        assert!(buffer.content.iter().all(|cell| cell.symbol() == "."));
    }
}
