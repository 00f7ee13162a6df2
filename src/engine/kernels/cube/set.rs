//! A data set that lies on the device: a step sends four numbers a sample instead of an image.

use std::sync::Arc;

use burn_cubecl::{BoolElement, CubeRuntime};
use burn_tensor::{DType, Int, Tensor, TensorData};
use saner_core::data::augment::levels;
use saner_core::data::{Dataset, Samples};

use super::super::Views;
use super::super::plain::{unwrap, wrap};
use super::Cube;
use super::custom::{custom, taken};

/// Bytes of pixels that are kept on the device at most: larger sets stay with the host, whose thread makes the batches.
const LARGEST: usize = 1 << 31;

/// How samples are seen on the device; none if their pixels are not in memory, or too many.
pub(super) fn views<R: CubeRuntime, BT: BoolElement>(
    set: &Dataset,
    samples: &Samples,
    device: &R::CubeDevice,
) -> Option<Views<Cube<R, BT>>> {
    let bytes = &samples.images;
    let room = R::client(device).properties().memory.max_page_size.min(LARGEST as u64);
    if bytes.is_empty() || bytes.len() as u64 > room {
        return None;
    }
    let packed: Vec<i32> = bytes
        .chunks(4)
        .map(|four| {
            let mut whole = [0; 4];
            whole[..four.len()].copy_from_slice(four);
            i32::from_le_bytes(whole)
        })
        .collect();
    let len = packed.len();
    let pixels = Tensor::<Cube<R, BT>, 1, Int>::from_data(TensorData::new(packed, [len]), device);
    let table: Vec<f32> = levels(set).into_iter().flatten().collect();
    let table = Tensor::<Cube<R, BT>, 1>::from_data(TensorData::new(table, [3 * 256]), device);
    let (side, device) = (samples.side, device.clone());
    Some(Arc::new(move |views: &[[i32; 4]]| {
        let n = views.len();
        let views = Tensor::<Cube<R, BT>, 1, Int>::from_data(TensorData::new(views.as_flattened().to_vec(), [4 * n]), &device);
        let inputs = vec![pixels.clone().into_primitive(), views.into_primitive(), unwrap(table.clone())];
        let [images] = custom::<R, BT, 1>("saner_views", inputs, [([n, side, side, 3].into(), DType::F32)], move |t| {
            let [pixels, views, table] = taken(t);
            [saner_gpu::images::views(&pixels, views, &table, side)]
        });
        wrap(images)
    }))
}
