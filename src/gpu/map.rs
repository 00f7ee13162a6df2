//! How feature maps lie and how passes over them are cut.

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_std::{DType, Shape};
use cubecl::prelude::{CubeCount, CubeDim};

use crate::{UNITS, beside, vector_size};

/// Cubes that keep a large device busy.
const CUBES: usize = 512;
/// Rows that a unit adds at least, where there are as many.
const ROWS: usize = 4;

/// How a reduction over the pixels of a map is cut: lanes of channels across, parts of the rows down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Pixels of all images.
    pub rows: usize,
    /// Channels.
    pub channels: usize,
    /// Channels that a unit reads at once.
    pub vector: usize,
    /// Such pieces a row.
    pub lanes: usize,
    /// Lanes of a cube, a power of two.
    pub across: usize,
    /// Units of a cube for each lane, a power of two.
    pub down: usize,
    /// Parts of the rows.
    pub parts: usize,
    /// Rows of each but the last.
    pub rows_per_part: usize,
}

impl Cut {
    /// Of a map `[n, h, w, channels]`.
    pub fn of(shape: &Shape) -> Self {
        let [n, h, w, channels] = shape.dims();
        let (rows, vector) = (n * h * w, vector_size(channels));
        let lanes = channels / vector;
        let across = lanes.next_power_of_two().min(16);
        let down = UNITS as usize / across;
        let parts = (CUBES / lanes.div_ceil(across)).clamp(1, rows.div_ceil(down * ROWS).max(1));
        let rows_per_part = rows.div_ceil(parts).max(1);
        Self { rows, channels, vector, lanes, across, down, parts: rows.div_ceil(rows_per_part).max(1), rows_per_part }
    }

    /// Cubes and units of the reduction of each part.
    pub fn launch(&self) -> (CubeCount, CubeDim) {
        (CubeCount::Static(self.lanes.div_ceil(self.across) as u32, self.parts as u32, 1), self.cube())
    }

    /// Cubes and units that put the parts together.
    pub fn finish(&self) -> (CubeCount, CubeDim) {
        (CubeCount::Static(self.lanes.div_ceil(self.across) as u32, 1, 1), self.cube())
    }

    fn cube(&self) -> CubeDim {
        CubeDim::new_2d(self.across as u32, self.down as u32)
    }

    /// Room for one number of each part and channel.
    pub(crate) fn room<R: CubeRuntime>(&self, like: &CubeTensor<R>) -> CubeTensor<R> {
        beside(like, [self.parts, self.channels], DType::F32)
    }

    /// Room for one number of each channel.
    pub(crate) fn room_for_channels<R: CubeRuntime>(&self, like: &CubeTensor<R>) -> CubeTensor<R> {
        beside(like, [self.channels], DType::F32)
    }
}
