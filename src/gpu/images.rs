//! Batches from a data set that lies on the device: shuffled, mirrored, cropped and normalized there.

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_std::DType;
use burn_tensor::TensorMetadata;
use cubecl::prelude::*;

use crate::{array, beside, each};

/// Numbers that say how a sample is seen: its index, rows and columns by which it is moved, 1 if it is mirrored.
pub const VIEW: usize = 4;

/// Views of samples as a map `[n, side, side, 3]`.
///
/// `pixels` holds squares `[samples, 3, side, side]` of bytes, four in a number, the first one lowest; `views` is
/// `[n * 4]`, whose shifts count from the image's own corner (negative ones too); `levels` is `[3 * 256]`, what each byte
/// becomes in each channel. Outside an image lies byte 0.
pub fn views<R: CubeRuntime>(pixels: &CubeTensor<R>, views: CubeTensor<R>, levels: &CubeTensor<R>, side: usize) -> CubeTensor<R> {
    let n = views.shape().num_elements() / VIEW;
    let out = beside(pixels, [n, side, side, 3], DType::F32);
    let (count, dim) = each(n * side * side);
    see::launch::<R>(&out.client, count, dim, array(pixels), array(&views), array(levels), array(&out), n * side * side, side);
    out
}

#[cube(launch)]
fn see(pixels: &Array<u32>, views: &Array<i32>, levels: &Array<f32>, out: &mut Array<f32>, len: usize, #[comptime] side: usize) {
    let at = ABSOLUTE_POS;
    if at < len {
        let sample = at / (side * side);
        let (row, column) = ((at / side) % side, at % side);
        let index = views[sample * 4] as usize;
        let from_row = row as i32 + views[sample * 4 + 1];
        let from_column = column as i32 + views[sample * 4 + 2];
        let inside = from_row >= 0 && from_row < side as i32 && from_column >= 0 && from_column < side as i32;
        let mirrored = if views[sample * 4 + 3] == 1 { side as i32 - 1 - from_column } else { from_column };
        #[unroll]
        for channel in 0..3usize {
            let mut byte = 0u32;
            if inside {
                let place = ((index * 3 + channel) * side + from_row as usize) * side + mirrored as usize;
                byte = (pixels[place / 4] >> ((place % 4) as u32 * 8u32)) & 255u32;
            }
            out[at * 3 + channel] = levels[channel * 256 + byte as usize];
        }
    }
}
