//! Dots in character cells. The series drawn last owns a whole cell: a terminal cell has one foreground colour, and
//! dots of two series in one cell would belong to neither.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::pixel::OCTANTS;
use serde::{Deserialize, Serialize};

/// How dots become characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Marker {
    /// 2×4 dots a cell.
    #[default]
    Braille,
    /// 2×4 blocks a cell, as dense as they can be; needs a font of Unicode 16.
    Octant,
    /// 1×2.
    HalfBlock,
    /// 1×1, a round dot.
    Dot,
    /// 1×1, in any font.
    Ascii,
}

impl Marker {
    /// Dots of a cell, across and down.
    pub fn dots(self) -> (usize, usize) {
        match self {
            Self::Braille | Self::Octant => (2, 4),
            Self::HalfBlock => (1, 2),
            Self::Dot | Self::Ascii => (1, 1),
        }
    }

    /// The next one, for the key.
    pub fn next(self) -> Self {
        match self {
            Self::Braille => Self::Octant,
            Self::Octant => Self::HalfBlock,
            Self::HalfBlock => Self::Dot,
            Self::Dot => Self::Ascii,
            Self::Ascii => Self::Braille,
        }
    }

    fn symbol(self, bits: u8) -> char {
        match self {
            Self::Braille => char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' '),
            Self::HalfBlock => [' ', '▀', '▄', '█'][usize::from(bits & 3)],
            Self::Octant => OCTANTS[usize::from(bits)],
            Self::Dot => '•',
            Self::Ascii => '*',
        }
    }

    fn bit(self, x: usize, y: usize) -> u8 {
        const BRAILLE: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
        match self {
            Self::Braille => BRAILLE[x][y],
            // Row by row, as the table has them.
            Self::Octant => 1 << (2 * y + x),
            Self::HalfBlock => 1 << y,
            Self::Dot | Self::Ascii => 1,
        }
    }
}

/// A field of cells.
pub struct Grid {
    marker: Marker,
    width: usize,
    height: usize,
    cells: Vec<(u8, u8)>,
}

impl Grid {
    /// An empty field over `width` × `height` cells.
    pub fn new(marker: Marker, width: usize, height: usize) -> Self {
        Self { marker, width, height, cells: vec![(0, 0); width * height] }
    }

    /// Size in dots.
    pub fn size(&self) -> (usize, usize) {
        let (across, down) = self.marker.dots();
        (self.width * across, self.height * down)
    }

    /// Sets a dot of series `owner` (from 1); `y` counts down from the top.
    pub fn set(&mut self, x: usize, y: usize, owner: u8) {
        let (across, down) = self.marker.dots();
        let (column, row) = (x / across, y / down);
        if column < self.width && row < self.height {
            let cell = &mut self.cells[row * self.width + column];
            let bit = self.marker.bit(x % across, y % down);
            *cell = if cell.1 == owner { (cell.0 | bit, owner) } else { (bit, owner) };
        }
    }

    /// Sets the dots of a column from `a` to `b`, both included.
    pub fn column(&mut self, x: usize, a: usize, b: usize, owner: u8) {
        (a.min(b)..=a.max(b)).for_each(|y| self.set(x, y, owner));
    }

    /// A straight line, so that a curve of few points has no holes.
    pub fn line(&mut self, from: (usize, usize), to: (usize, usize), owner: u8) {
        let (dx, dy) = (to.0 as f64 - from.0 as f64, to.1 as f64 - from.1 as f64);
        let steps = dx.abs().max(dy.abs()).max(1.0);
        for i in 0..=steps as usize {
            let part = i as f64 / steps;
            self.set((from.0 as f64 + dx * part).round() as usize, (from.1 as f64 + dy * part).round() as usize, owner);
        }
    }

    /// Writes the cells; `styles[owner - 1]` is the style of a series.
    pub fn render(&self, area: Rect, buf: &mut Buffer, styles: &[Style]) {
        for row in 0..self.height.min(area.height as usize) {
            for column in 0..self.width.min(area.width as usize) {
                let (bits, owner) = self.cells[row * self.width + column];
                if owner > 0 {
                    let cell = &mut buf[(area.x + column as u16, area.y + row as u16)];
                    cell.set_char(self.marker.symbol(bits)).set_style(styles.get(owner as usize - 1).copied().unwrap_or_default());
                }
            }
        }
    }
}
