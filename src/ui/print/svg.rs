//! A drawn buffer as an SVG: letters as text, dots, blocks and lines as shapes, so that it looks the same in every font.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use ratatui::symbols::pixel::OCTANTS;
use saner_core::page::text;

/// Size of a cell, and room around the screen; cells of whole dots at twice the size have no seams between them.
const CELL: (f64, f64) = (8.5, 17.0);
const EDGE: f64 = 8.0;
/// Where letters stand within a cell.
const BASE: f64 = 13.0;
/// The sixteen colours, as xterm has them but the blue, which is unreadable on black.
const ANSI: [u32; 16] = [
    0x00_00_00, 0xcd_31_31, 0x0d_bc_79, 0xe5_e5_10, 0x3b_8e_ea, 0xbc_3f_bc, 0x11_a8_cd, 0xe5_e5_e5, 0x66_66_66, 0xf1_4c_4c, 0x23_d1_8b,
    0xf5_f5_43, 0x6c_b6_ff, 0xd6_70_d6, 0x29_b8_db, 0xff_ff_ff,
];

/// Ink and ground of a cell that sets neither.
#[derive(Debug, Clone, Copy)]
pub struct Paper {
    /// Text.
    pub ink: [u8; 3],
    /// Ground.
    pub ground: [u8; 3],
}

/// The picture.
pub fn screen(buffer: &Buffer, paper: Paper) -> String {
    let area = buffer.area;
    let (width, height) = (f64::from(area.width) * CELL.0 + 2.0 * EDGE, f64::from(area.height) * CELL.1 + 2.0 * EDGE);
    let ground = hex(paper.ground);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"Hack, DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{ground}\"/>\n"
    );
    for y in area.top()..area.bottom() {
        row(buffer, y, paper, &mut out);
    }
    out + "</svg>\n"
}

/// How a cell is drawn: ink, ground where it is not the paper's, whether it is bold.
type Look = (String, Option<String>, bool);

fn row(buffer: &Buffer, y: u16, paper: Paper, out: &mut String) {
    let area = buffer.area;
    let top = EDGE + f64::from(y - area.y) * CELL.1;
    let left = |x: u16| EDGE + f64::from(x - area.x) * CELL.0;
    let mut x = area.left();
    while x < area.right() {
        let look = look(&buffer[(x, y)], paper);
        let from = x;
        while x < area.right() && self::look(&buffer[(x, y)], paper) == look {
            x += 1;
        }
        let (ink, ground, bold) = look;
        if let Some(ground) = ground {
            let (at, width) = (left(from), f64::from(x - from) * CELL.0);
            let _ = writeln!(out, "<rect x=\"{at:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{ground}\"/>", CELL.1);
        }
        let (mut shapes, mut letters, mut places) = (String::new(), String::new(), String::new());
        for cell in from..x {
            let symbol = buffer[(cell, y)].symbol();
            let sign = symbol.chars().next().unwrap_or(' ');
            if !shape(sign, left(cell), top, &mut shapes) && !symbol.trim().is_empty() {
                letters.push_str(&text(symbol));
                // A place for each character: no font has all of them at one width.
                for _ in symbol.chars() {
                    let _ = write!(places, "{:.1} ", left(cell));
                }
            }
        }
        if !shapes.is_empty() {
            let _ = writeln!(out, "<path fill=\"{ink}\" d=\"{shapes}\"/>");
        }
        if !letters.is_empty() {
            let weight = if bold { " font-weight=\"bold\"" } else { "" };
            let base = top + BASE;
            let _ = writeln!(out, "<text x=\"{}\" y=\"{base:.1}\" fill=\"{ink}\"{weight}>{letters}</text>", places.trim_end());
        }
    }
}

fn look(cell: &ratatui::buffer::Cell, paper: Paper) -> Look {
    let (mut ink, mut ground) = (color(cell.fg).unwrap_or(paper.ink), color(cell.bg));
    if cell.modifier.contains(Modifier::REVERSED) {
        (ink, ground) = (ground.unwrap_or(paper.ground), Some(ink));
    }
    if cell.modifier.contains(Modifier::DIM) {
        let on = ground.unwrap_or(paper.ground);
        ink = std::array::from_fn(|i| ((u16::from(ink[i]) * 3 + u16::from(on[i]) * 2) / 5) as u8);
    }
    (hex(ink), ground.map(hex), cell.modifier.contains(Modifier::BOLD))
}

pub fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn color(color: Color) -> Option<[u8; 3]> {
    let ansi = |i: usize| {
        let [_, r, g, b] = ANSI[i].to_be_bytes();
        Some([r, g, b])
    };
    match color {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(i @ 0..16) => ansi(usize::from(i)),
        Color::Indexed(i @ 232..) => Some([8 + 10 * (i - 232); 3]),
        Color::Indexed(i) => {
            let level = |v: u8| if v == 0 { 0 } else { 55 + 40 * v };
            let i = i - 16;
            Some([level(i / 36), level(i / 6 % 6), level(i % 6)])
        }
        Color::Black => ansi(0),
        Color::Red => ansi(1),
        Color::Green => ansi(2),
        Color::Yellow => ansi(3),
        Color::Blue => ansi(4),
        Color::Magenta => ansi(5),
        Color::Cyan => ansi(6),
        Color::Gray => ansi(7),
        Color::DarkGray => ansi(8),
        Color::LightRed => ansi(9),
        Color::LightGreen => ansi(10),
        Color::LightYellow => ansi(11),
        Color::LightBlue => ansi(12),
        Color::LightMagenta => ansi(13),
        Color::LightCyan => ansi(14),
        Color::White => ansi(15),
    }
}

/// Draws a sign that is a shape; whether it is one. Parts are of a cell, from its upper left corner.
fn shape(sign: char, left: f64, top: f64, out: &mut String) -> bool {
    let mut part = |x: f64, y: f64, width: f64, height: f64| {
        let (x, y, width, height) = (left + x * CELL.0, top + y * CELL.1, width * CELL.0, height * CELL.1);
        let _ = write!(out, "M{x:.2} {y:.2}h{width:.2}v{height:.2}h-{width:.2}z");
    };
    match sign {
        '\u{2801}'..='\u{28ff}' => {
            // Bit to dot: rows of the left column, then of the right one, then the bottom row.
            const DOTS: [(u8, u8); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
            let bits = sign as u32 - 0x2800;
            for (_, (x, y)) in DOTS.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1) {
                part(0.14 + 0.5 * f64::from(x), 0.06 + 0.25 * f64::from(y), 0.24, 0.12);
            }
        }
        '▀' => part(0.0, 0.0, 1.0, 0.5),
        // Lower blocks by eighths, then the full one.
        '\u{2581}'..='\u{2588}' => {
            let eighths = f64::from(sign as u32 - 0x2580);
            part(0.0, 1.0 - eighths / 8.0, 1.0, eighths / 8.0);
        }
        '─' | '╌' => part(0.0, 0.47, if sign == '─' { 1.0 } else { 0.6 }, 0.06),
        '│' => part(0.44, 0.0, 0.12, 1.0),
        '┊' => (0..3).for_each(|i| part(0.45, 0.08 + f64::from(i) / 3.0, 0.1, 0.18)),
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => {
            let [up, down, before, behind] = match sign {
                '┌' => [false, true, false, true],
                '┐' => [false, true, true, false],
                '└' => [true, false, false, true],
                '┘' => [true, false, true, false],
                '├' => [true, true, false, true],
                '┤' => [true, true, true, false],
                '┬' => [false, true, true, true],
                '┴' => [true, false, true, true],
                _ => [true; 4],
            };
            part(0.44, if up { 0.0 } else { 0.47 }, 0.12, if up && down { 1.0 } else { 0.53 });
            part(if before { 0.0 } else { 0.44 }, 0.47, if before && behind { 1.0 } else { 0.56 }, 0.06);
        }
        '✓' => check(left, top, out, &[(0.1, 0.55), (0.35, 0.75), (0.9, 0.25), (0.8, 0.2), (0.35, 0.6), (0.2, 0.48)]),
        '✗' => {
            check(left, top, out, &[(0.15, 0.25), (0.3, 0.2), (0.85, 0.72), (0.7, 0.77)]);
            check(left, top, out, &[(0.85, 0.25), (0.7, 0.2), (0.15, 0.72), (0.3, 0.77)]);
        }
        _ => match octant(sign) {
            Some(bits) => (0..8u8).filter(|bit| bits >> bit & 1 == 1).for_each(|bit| {
                part(0.5 * f64::from(bit % 2), 0.25 * f64::from(bit / 2), 0.5, 0.25);
            }),
            None => return false,
        },
    }
    true
}

/// The blocks of an octant; spaces are none.
fn octant(sign: char) -> Option<u8> {
    (sign as u32 > 0x2500).then(|| OCTANTS.iter().position(|known| *known == sign)).flatten().map(|at| at as u8)
}

fn check(left: f64, top: f64, out: &mut String, points: &[(f64, f64)]) {
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(out, "{}{:.2} {:.2}", if at == 0 { 'M' } else { 'L' }, left + x * CELL.0, top + y * CELL.1);
    }
    out.push('z');
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn letters_are_text_and_dots_are_shapes() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
        buffer.set_string(0, 0, "a<b", Style::reset().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
        buffer.set_string(3, 0, "⣿", Style::reset());
        buffer.set_string(0, 1, "x", Style::reset().add_modifier(Modifier::REVERSED));
        let svg = screen(&buffer, Paper { ink: [200; 3], ground: [0; 3] });
        assert!(svg.contains("fill=\"#010203\" font-weight=\"bold\">a&lt;b</text>"), "{svg}");
        assert!(svg.contains("<rect x=\"8.0\" y=\"25.0\" width=\"8.5\" height=\"17\" fill=\"#c8c8c8\"/>"), "{svg}");
        let path = svg.lines().find(|line| line.starts_with("<path")).unwrap();
        assert_eq!(path.matches('M').count(), 8, "eight dots");
        assert!(!svg.contains('⣿'));
    }

    #[test]
    fn every_octant_is_known() {
        for (bits, sign) in OCTANTS.iter().enumerate().skip(1) {
            let mut out = String::new();
            assert!(shape(*sign, 0.0, 0.0, &mut out), "{sign}");
            // Some of them are older signs, drawn as what they are.
            assert!(out.matches('M').count() <= bits.count_ones() as usize);
        }
    }
}
