//! The parts of one vector, each where a device may read it: one launch instead of one for each part.

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_std::{Metadata, Shape, Strides};
use burn_tensor::TensorMetadata;
use cubecl::prelude::*;

use crate::{UNITS, array, beside, whole};

/// Cubes that copy one part.
const CUBES: u32 = 32;

/// Where each part begins in the vector, where in the padded one, and its length; and the length of the padded one.
///
/// `align` is the number of elements at whose multiples the device wants a tensor to begin.
pub fn places(lengths: &[usize], align: usize) -> (Vec<[usize; 3]>, usize) {
    let (mut from, mut to) = (0, 0);
    let places = lengths.iter().map(|len| {
        let place = [from, to, *len];
        from += len;
        to += len.div_ceil(align).max(1) * align;
        place
    });
    let places = places.collect();
    (places, to)
}

/// Parts of `flat` as tensors that share one buffer; `table` holds [`places`] as whole numbers, `padded` its second value.
pub fn split<R: CubeRuntime>(flat: CubeTensor<R>, table: CubeTensor<R>, places: &[[usize; 3]], padded: usize) -> Vec<CubeTensor<R>> {
    let (flat, table) = (whole(flat), whole(table));
    let all = beside(&flat, [padded], flat.dtype);
    let count = CubeCount::Static(CUBES, places.len() as u32, 1);
    move_apart::launch::<R>(&flat.client, count, CubeDim::new_1d(UNITS), array(&flat), array(&table), array(&all));
    let size = flat.dtype.size() as u64;
    let ends = places.iter().skip(1).map(|place| place[1]).chain([padded]);
    places
        .iter()
        .zip(ends)
        .map(|([_, to, len], end)| {
            let handle = all.handle.clone().offset_start(*to as u64 * size).offset_end((padded - end) as u64 * size);
            let meta = Metadata::new(Shape::from([*len]), Strides::new(&[1]));
            CubeTensor::new(all.client.clone(), handle, meta, all.device.clone(), all.dtype())
        })
        .collect()
}

#[cube(launch)]
fn move_apart(flat: &Array<f32>, table: &Array<u32>, all: &mut Array<f32>) {
    let part = CUBE_POS_Y as usize;
    let from = table[part * 3] as usize;
    let to = table[part * 3 + 1] as usize;
    let len = table[part * 3 + 2] as usize;
    let mut at = CUBE_POS_X as usize * CUBE_DIM as usize + UNIT_POS as usize;
    while at < len {
        all[to + at] = flat[from + at];
        at += CUBE_COUNT_X as usize * CUBE_DIM as usize;
    }
}
