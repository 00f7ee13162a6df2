//! How many colours a terminal shows, and the nearest of them to a colour.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: only bold, reverse and dim.
    None,
    /// The sixteen ANSI colours.
    Ansi16,
    /// The 256-colour palette.
    Indexed256,
    /// 24 bits.
    True,
}

impl Depth {
    /// Reads the environment: NO_COLOR, COLORTERM, TERM.
    pub fn detect() -> Self {
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        if !var("NO_COLOR").is_empty() {
            return Self::None;
        }
        let term = var("TERM");
        match var("COLORTERM").as_str() {
            "truecolor" | "24bit" => Self::True,
            _ if term.ends_with("-256color") => Self::Indexed256,
            _ => Self::Ansi16,
        }
    }
}

/// A colour as a terminal of that depth shows it.
pub fn shown([r, g, b]: [u8; 3], depth: Depth) -> Color {
    match depth {
        Depth::None => Color::Reset,
        Depth::True => Color::Rgb(r, g, b),
        Depth::Indexed256 => Color::Indexed(nearest_256(r, g, b)),
        Depth::Ansi16 => nearest_16(r, g, b),
    }
}

/// Nearest of the 6×6×6 cube and the grey ramp.
fn nearest_256(r: u8, g: u8, b: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |v: u8| (0..6).min_by_key(|&i| LEVELS[i].abs_diff(v)).unwrap_or(0);
    let cube = [r, g, b].map(level);
    let grey = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = (grey.saturating_sub(3) / 10).min(23) as u8;
    let distance = |p: [u8; 3]| [r, g, b].iter().zip(p).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>();
    if distance([8 + 10 * step; 3]) < distance(cube.map(|i| LEVELS[i])) {
        232 + step
    } else {
        (16 + 36 * cube[0] + 6 * cube[1] + cube[2]) as u8
    }
}

/// By hue for colours, by lightness for greys: the sixteen have no fixed values, so only their names can be trusted.
fn nearest_16(r: u8, g: u8, b: u8) -> Color {
    let (top, low) = (r.max(g).max(b), r.min(g).min(b));
    if top - low < 40 {
        return if top > 150 { Color::Reset } else { Color::DarkGray };
    }
    let on = |v: u8| u16::from(v) * 2 > u16::from(top) + u16::from(low);
    match (on(r), on(g), on(b)) {
        (true, true, _) => Color::Yellow,
        (true, _, true) => Color::Magenta,
        (_, true, true) => Color::Cyan,
        (true, _, _) => Color::Red,
        (_, true, _) => Color::Green,
        _ => Color::Blue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn palette() {
        assert_eq!(nearest_256(0x5F, 0xAF, 0xFF), 75);
        assert_eq!(nearest_256(0x8A, 0x8A, 0x8A), 245);
        assert_eq!(nearest_16(0xFF, 0x5F, 0x5F), Color::Red);
    }
}
