//! Sizes of Groups A and B in each slot of the flat parameters, and the norms of both gradients, in two launches.

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_std::DType;
use burn_tensor::TensorMetadata;
use cubecl::prelude::*;

use crate::tree::sum_of_cube;
use crate::{UNITS, array, beside, whole};

/// Elements that a cube counts.
const TILE: usize = 8192;

/// Counts of Group A in each slot, of Group B in each slot, norms of g and s, as one vector; `ends` says where each slot
/// ends and the next begins, and `tiles` is [`tiles_of`] of it.
pub fn groups<R: CubeRuntime>(g: CubeTensor<R>, s: CubeTensor<R>, ends: CubeTensor<R>, tiles: usize) -> CubeTensor<R> {
    let [g, s, ends] = [g, s, ends].map(whole);
    let slots = ends.shape().num_elements();
    let counts = beside(&g, [2, tiles], DType::U32);
    let squares = beside(&g, [2, tiles], DType::F32);
    count::launch::<R>(
        &g.client,
        CubeCount::Static(tiles as u32, 1, 1),
        CubeDim::new_1d(UNITS),
        array(&g),
        array(&s),
        array(&ends),
        array(&counts),
        array(&squares),
        slots,
        tiles,
        TILE,
    );
    let out = beside(&g, [2 * slots + 2], DType::F32);
    gather::launch::<R>(
        &g.client,
        CubeCount::Static(slots as u32 + 1, 1, 1),
        CubeDim::new_1d(UNITS),
        array(&ends),
        array(&counts),
        array(&squares),
        array(&out),
        slots,
        tiles,
        TILE,
    );
    out
}

/// Cubes of [`groups`]: no cube counts two slots.
pub fn tiles_of(ends: &[usize]) -> usize {
    let mut begin = 0;
    ends.iter().map(|end| (end - std::mem::replace(&mut begin, *end)).div_ceil(TILE)).sum()
}

#[cube(launch)]
fn count(
    g: &Array<f32>,
    s: &Array<f32>,
    ends: &Array<u32>,
    counts: &mut Array<u32>,
    squares: &mut Array<f32>,
    slots: usize,
    tiles: usize,
    #[comptime] tile: usize,
) {
    // Which slot this cube counts, and from where: a few dozen slots are walked faster than a table is sent.
    let mine = CUBE_POS;
    let mut begin = 0usize;
    let mut end = 0usize;
    let mut tiles_before = 0usize;
    let mut from = 0usize;
    for slot in 0..slots {
        let slot_end = ends[slot] as usize;
        let tiles_here = (slot_end - begin).div_ceil(tile);
        if mine >= tiles_before && mine < tiles_before + tiles_here {
            from = begin + (mine - tiles_before) * tile;
            end = min(slot_end, from + tile);
        }
        tiles_before += tiles_here;
        begin = slot_end;
    }
    let mut in_a = 0u32;
    let mut in_b = 0u32;
    let mut square_g = 0.0f32;
    let mut square_s = 0.0f32;
    let mut at = from + UNIT_POS as usize;
    while at < end {
        let (x, y) = (g[at], s[at]);
        if (x > 0.0f32 && y > 0.0f32) || (x < 0.0f32 && y < 0.0f32) {
            if y.abs() < x.abs() {
                in_b += 1u32;
            } else {
                in_a += 1u32;
            }
        }
        square_g += x * x;
        square_s += y * y;
        at += CUBE_DIM as usize;
    }
    let in_a = sum_of_cube::<u32>(in_a, 256usize);
    let in_b = sum_of_cube::<u32>(in_b, 256usize);
    let square_g = sum_of_cube::<f32>(square_g, 256usize);
    let square_s = sum_of_cube::<f32>(square_s, 256usize);
    if UNIT_POS == 0 {
        counts[mine] = in_a;
        counts[tiles + mine] = in_b;
        squares[mine] = square_g;
        squares[tiles + mine] = square_s;
    }
}

/// One cube a slot adds its tiles; the last one adds all squares.
#[cube(launch)]
fn gather(
    ends: &Array<u32>,
    counts: &Array<u32>,
    squares: &Array<f32>,
    out: &mut Array<f32>,
    slots: usize,
    tiles: usize,
    #[comptime] tile: usize,
) {
    let mine = CUBE_POS;
    let mut first = 0usize;
    let mut last = 0usize;
    let mut begin = 0usize;
    let mut before = 0usize;
    for slot in 0..slots {
        let slot_end = ends[slot] as usize;
        let tiles_here = (slot_end - begin).div_ceil(tile);
        if slot == mine {
            first = before;
            last = before + tiles_here;
        }
        before += tiles_here;
        begin = slot_end;
    }
    let mut in_a = 0u32;
    let mut in_b = 0u32;
    let mut at = first + UNIT_POS as usize;
    while at < last {
        in_a += counts[at];
        in_b += counts[tiles + at];
        at += CUBE_DIM as usize;
    }
    let mut square_g = 0.0f32;
    let mut square_s = 0.0f32;
    if mine == slots {
        let mut at = UNIT_POS as usize;
        while at < tiles {
            square_g += squares[at];
            square_s += squares[tiles + at];
            at += CUBE_DIM as usize;
        }
    }
    let in_a = sum_of_cube::<u32>(in_a, 256usize);
    let in_b = sum_of_cube::<u32>(in_b, 256usize);
    let square_g = sum_of_cube::<f32>(square_g, 256usize);
    let square_s = sum_of_cube::<f32>(square_s, 256usize);
    if UNIT_POS == 0 {
        if mine == slots {
            out[2 * slots] = square_g.sqrt();
            out[2 * slots + 1] = square_s.sqrt();
        } else {
            out[mine] = f32::cast_from(in_a);
            out[slots + mine] = f32::cast_from(in_b);
        }
    }
}
