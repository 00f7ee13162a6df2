//! Two-dimensional convolution of feature maps in the order `[h, w, channels, n]` (batch innermost).
//!
//! With the batch innermost a vector register holds one channel of one pixel of sixteen images. So no channel count
//! is too small, stride and padding are mere addresses, nothing is copied before it is multiplied (no im2col), and
//! what padding would multiply by zero is not multiplied at all.

mod gather;
mod outer;
mod pack;
mod weight;
mod winograd;

pub use weight::grad_weight;

use crate::simd::Level;

/// Most taps of a kernel (7×7).
pub(crate) const MAX_TAPS: usize = 49;

/// Shape of a convolution; its weights are `[c_out, c_in, kh, kw]` as PyTorch stores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Conv {
    /// Images.
    pub n: usize,
    /// Channels of the input.
    pub c_in: usize,
    /// Channels of the output.
    pub c_out: usize,
    /// Height and width of the input.
    pub size: [usize; 2],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Same in both directions.
    pub stride: usize,
    /// Zeros around the input, vertical and horizontal.
    pub pad: [usize; 2],
}

/// One term of a sum: the pixel read, and the kernel position it meets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tap {
    pub pixel: usize,
    pub position: usize,
}

impl Conv {
    /// Height and width of the output.
    pub fn out_size(&self) -> [usize; 2] {
        std::array::from_fn(|i| (self.size[i] + 2 * self.pad[i] - self.kernel[i]) / self.stride + 1)
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.size[0] * self.size[1] * self.c_in * self.n
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        let [h, w] = self.out_size();
        h * w * self.c_out * self.n
    }

    /// Elements of the weights.
    pub fn weight_len(&self) -> usize {
        self.c_out * self.c_in * self.taps()
    }

    /// Positions of the kernel.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Multiplications and additions of one of the three passes, zeros of the padding included, as the field counts.
    pub fn flops(&self) -> f64 {
        let [h, w] = self.out_size();
        2.0 * (h * w * self.n * self.c_out * self.c_in * self.taps()) as f64
    }

    /// Output coordinate times stride plus kernel position gives this input coordinate, if it is not padding.
    fn source(&self, axis: usize, out: usize, position: usize) -> Option<usize> {
        (out * self.stride + position).checked_sub(self.pad[axis]).filter(|at| *at < self.size[axis])
    }

    /// Output coordinate that meets input coordinate `at` with kernel position `position`.
    fn target(&self, axis: usize, at: usize, position: usize) -> Option<usize> {
        let shifted = (at + self.pad[axis]).checked_sub(position)?;
        (shifted % self.stride == 0).then_some(shifted / self.stride).filter(|out| *out < self.out_size()[axis])
    }
}

/// `out[h', w', c_out, n]` of `x[h, w, c_in, n]`.
///
/// # Panics
/// A slice has another length than the shape says.
pub fn forward(level: Level, conv: &Conv, x: &[f32], weight: &[f32], out: &mut [f32]) {
    assert_eq!([x.len(), weight.len(), out.len()], [conv.input_len(), conv.weight_len(), conv.output_len()]);
    gather::run(level, conv, gather::Direction::Forward, x, weight, out, false);
}

/// Gradient of the input, `[h, w, c_in, n]`, from that of the output, `[h', w', c_out, n]`; added to what `dx` holds
/// if `add`.
///
/// # Panics
/// A slice has another length than the shape says.
pub fn grad_input(level: Level, conv: &Conv, weight: &[f32], dy: &[f32], dx: &mut [f32], add: bool) {
    assert_eq!([dx.len(), weight.len(), dy.len()], [conv.input_len(), conv.weight_len(), conv.output_len()]);
    gather::run(level, conv, gather::Direction::Backward, dy, weight, dx, add);
}
