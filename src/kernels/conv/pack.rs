//! Weights in the order in which the inner loop reads them.

use super::Conv;
use super::gather::Direction;
use crate::par::{self, Shared};

/// Weights as `[tile][part of the sum][position][term][row of the tile]`, rows beyond the last being 0.
///
/// Rows are output channels and terms input channels forward, the other way round backward.
pub(super) fn weights(conv: &Conv, direction: Direction, weight: &[f32], rows_in_tile: usize, part: usize, packed: &mut [f32]) {
    let (rows, terms) = direction.rows_and_terms(conv);
    let taps = conv.taps();
    let (row_step, term_step) = match direction {
        Direction::Forward => (conv.c_in * taps, taps),
        Direction::Backward => (taps, conv.c_in * taps),
    };
    let tile_len = taps * terms * rows_in_tile;
    let out = Shared::new(packed);
    par::each(rows.div_ceil(rows_in_tile), |tile| {
        // SAFETY: tile `tile` owns `tile_len` elements from here, within the length the caller made.
        let cell = unsafe { out.slice(tile * tile_len, tile_len) };
        let first = tile * rows_in_tile;
        let in_tile = rows_in_tile.min(rows - first);
        if in_tile < rows_in_tile {
            cell.fill(0.0);
        }
        for begin in (0..terms).step_by(part) {
            let len = part.min(terms - begin);
            let block = &mut cell[begin * taps * rows_in_tile..(begin + len) * taps * rows_in_tile];
            for row in 0..in_tile {
                let from = (first + row) * row_step + begin * term_step;
                for term in 0..len {
                    let line = &weight[from + term * term_step..from + term * term_step + taps];
                    for (position, value) in line.iter().enumerate() {
                        block[(position * len + term) * rows_in_tile + row] = *value;
                    }
                }
            }
        }
    });
}
