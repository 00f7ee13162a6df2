//! A small picture in half-blocks: two dots in a cell, one above the other; where there are too few colours, signs of
//! growing density.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::heat::density;
use crate::theme::{Depth, Role, Theme};

/// Mean colour of a part of a square picture, from `from` up to `to` (columns, rows), in dots of the picture.
fn mean(dots: &[[u8; 3]], side: usize, from: (f64, f64), to: (f64, f64)) -> [u8; 3] {
    let (mut sum, mut n) = ([0u32; 3], 0u32);
    let end = |from: f64, to: f64| (to.ceil() as usize).clamp(from as usize + 1, side);
    for y in (from.1 as usize).min(side - 1)..end(from.1, to.1) {
        for x in (from.0 as usize).min(side - 1)..end(from.0, to.0) {
            let dot = dots[y * side + x];
            (0..3).for_each(|i| sum[i] += u32::from(dot[i]));
            n += 1;
        }
    }
    sum.map(|sum| (sum / n.max(1)) as u8)
}

/// Draws a square picture of `side` dots over an area twice as wide as it is high.
pub fn draw(dots: &[[u8; 3]], side: usize, plain: bool, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if side == 0 || dots.len() < side * side || area.is_empty() {
        return;
    }
    let size = (side as f64 / f64::from(area.width), side as f64 / f64::from(2 * area.height));
    let dot = |x: u16, y: u16| {
        let (x, y) = (f64::from(x), f64::from(y));
        mean(dots, side, (x * size.0, y * size.1), ((x + 1.0) * size.0, (y + 1.0) * size.1))
    };
    for y in 0..area.height {
        for x in 0..area.width {
            let (upper, lower) = (dot(x, 2 * y), dot(x, 2 * y + 1));
            let cell = &mut buf[(area.x + x, area.y + y)];
            if plain || theme.depth() < Depth::Indexed256 {
                let light = |[r, g, b]: [u8; 3]| (0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)) / 255.0;
                cell.set_char(density((light(upper) + light(lower)) / 2.0)).set_style(theme.style(Role::Text));
            } else {
                cell.set_char('▀').set_fg(theme.dot(upper)).set_bg(theme.dot(lower));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Themes;
    use ratatui::style::Color;

    #[test]
    fn dots_are_the_pictures_own_or_their_mean() {
        // Four quarters of one colour each.
        let quarter = |x: usize, y: usize| [[200, 0, 0], [0, 200, 0], [0, 0, 200], [90, 90, 90]][2 * (y / 4) + x / 4];
        let dots: Vec<[u8; 3]> = (0..64).map(|i| quarter(i % 8, i / 8)).collect();
        for height in [1u16, 2, 4, 5, 9] {
            let area = Rect::new(0, 0, 2 * height, height);
            let mut buf = Buffer::empty(area);
            draw(&dots, 8, false, &Themes::nth(0, Depth::True), area, &mut buf);
            assert_eq!(buf[(0, 0)].fg, Color::Rgb(200, 0, 0), "{height}");
            assert_eq!(buf[(2 * height - 1, height - 1)].bg, Color::Rgb(90, 90, 90), "{height}");
        }
        let area = Rect::new(0, 0, 8, 4);
        let mut buf = Buffer::empty(area);
        draw(&[[255; 3]; 64], 8, false, &Themes::nth(0, Depth::None), area, &mut buf);
        assert!(buf.content.iter().all(|cell| cell.symbol() == "@" && cell.fg == Color::Reset));
        draw(&[], 8, false, &Themes::nth(0, Depth::None), area, &mut buf);
    }
}
