//! One vector of many: a few launches instead of one for each part.

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_tensor::TensorMetadata;
use cubecl::prelude::*;

use crate::{UNITS, array, beside, whole};

/// Parts that one launch copies: every device binds as many buffers.
const AT_ONCE: usize = 7;
/// Cubes of a launch.
const CUBES: u32 = 128;

/// The parts one behind the other.
///
/// # Panics
/// There are none.
pub fn join<R: CubeRuntime>(parts: Vec<CubeTensor<R>>) -> CubeTensor<R> {
    let len: usize = parts.iter().map(|part| part.shape().num_elements()).sum();
    let out = beside(&parts[0], [len], parts[0].dtype);
    let client = out.client.clone();
    let mut begin = 0;
    let mut parts = parts.into_iter().peekable();
    while parts.peek().is_some() {
        let (mut args, from) = (SequenceArg::new(), begin);
        for part in parts.by_ref().take(AT_ONCE) {
            begin += part.shape().num_elements();
            args.push(array(&whole(part)));
        }
        copy::launch::<R>(&client, CubeCount::Static(CUBES, 1, 1), CubeDim::new_1d(UNITS), args, array(&out), from);
    }
    out
}

#[cube(launch)]
fn copy(parts: &Sequence<Array<f32>>, out: &mut Array<f32>, from: usize) {
    let mut begin = from;
    #[unroll]
    for i in 0..parts.len() {
        let part = parts.index(i);
        let mut at = ABSOLUTE_POS;
        while at < part.len() {
            out[begin + at] = part[at];
            at += CUBE_COUNT * CUBE_DIM as usize;
        }
        begin += part.len();
    }
}
