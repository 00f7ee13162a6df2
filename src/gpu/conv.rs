//! What Burn's convolutions need around them.

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_tensor::TensorMetadata;
use cubecl::prelude::*;

use crate::{array, beside, each, vector_size, whole};

/// A map with zeros between its pixels: pixel `i` of each axis moves to `i · stride`, in a map of `size`.
///
/// The gradient of a convolution with a stride is that of the one without, behind such a map.
pub fn spread<R: CubeRuntime>(map: CubeTensor<R>, stride: usize, size: [usize; 2]) -> CubeTensor<R> {
    let map = whole(map);
    let [n, h, w, channels] = map.shape().dims();
    let vector = vector_size(channels);
    let out = beside(&map, [n, size[0], size[1], channels], map.dtype);
    let len = n * size[0] * size[1] * channels / vector;
    let (count, dim) = each(len);
    put_apart::launch::<R>(
        &out.client,
        count,
        dim,
        vector,
        array(&map),
        array(&out),
        len,
        channels / vector,
        h,
        w,
        size[0],
        size[1],
        stride,
        map.dtype.into(),
    );
    out
}

#[cube(launch)]
fn put_apart<E: Numeric, N: Size>(
    map: &Array<Vector<E, N>>,
    out: &mut Array<Vector<E, N>>,
    len: usize,
    lanes: usize,
    h: usize,
    w: usize,
    out_h: usize,
    out_w: usize,
    #[comptime] stride: usize,
    #[define(E)] _dtype: StorageType,
) {
    let at = ABSOLUTE_POS;
    if at < len {
        let (pixel, lane) = (at / lanes, at % lanes);
        let (column, rest) = (pixel % out_w, pixel / out_w);
        let (row, image) = (rest % out_h, rest / out_h);
        let (from_row, from_column) = (row / stride, column / stride);
        let mut value = Vector::<E, N>::from_int(0);
        if row % stride == 0 && column % stride == 0 && from_row < h && from_column < w {
            value = map[((image * h + from_row) * w + from_column) * lanes + lane];
        }
        out[at] = value;
    }
}
