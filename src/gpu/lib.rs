//! GPU kernels in CubeCL, each generic over the runtime (CUDA, Vulkan): plain functions from tensors of a device to tensors
//! of that device, with no fusion and no differentiation in them.
//!
//! A feature map is `[n, h, w, channels]`, which is what Burn's convolutions read and write inside: nothing is turned between
//! a convolution, a normalization and a sum. Sums are cut by shape alone and added in a
//! fixed order, so that two runs on one device give the same bits. Everything is f32.

pub mod conv;
pub mod counts;
pub mod flat;
pub mod images;
pub mod join;
pub mod map;
pub mod norm;
pub mod split;
mod tree;

use burn_cubecl::CubeRuntime;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use burn_std::{DType, Shape};
use cubecl::prelude::{ArrayArg, CubeCount, CubeDim};

/// Units of a cube.
pub const UNITS: u32 = 256;
/// Cubes of a pass over a flat vector, and so the number of its partial sums: a cube adds them all with one number a unit.
pub const PARTS: u32 = 256;

/// An uninitialized tensor beside another one.
fn beside<R: CubeRuntime>(like: &CubeTensor<R>, shape: impl Into<Shape>, dtype: DType) -> CubeTensor<R> {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape.into(), dtype)
}

/// A tensor's elements in one piece, as the argument of a kernel.
fn array<R: CubeRuntime>(tensor: &CubeTensor<R>) -> ArrayArg<R> {
    tensor.clone().into_array_arg()
}

/// In one piece, in the order of its axes.
fn whole<R: CubeRuntime>(tensor: CubeTensor<R>) -> CubeTensor<R> {
    into_contiguous(tensor)
}

/// Elements that a unit reads at once: as many as divide the length.
fn vector_size(len: usize) -> usize {
    [4, 2].into_iter().find(|size| len.is_multiple_of(*size)).unwrap_or(1)
}

/// One unit for each of `n` pieces of work.
fn each(n: usize) -> (CubeCount, CubeDim) {
    // Two axes, since the first one may be too short.
    let cubes = n.div_ceil(UNITS as usize).max(1);
    let across = cubes.min(1 << 15);
    (CubeCount::Static(across as u32, cubes.div_ceil(across) as u32, 1), CubeDim::new_1d(UNITS))
}

/// A pass over a flat vector by a fixed number of units.
fn sweep() -> (CubeCount, CubeDim) {
    (CubeCount::Static(PARTS, 1, 1), CubeDim::new_1d(UNITS))
}
