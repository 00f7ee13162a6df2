//! Tensors of the CPU backend over buffers of the pool: what a tensor drops, the next one of its size takes.

use std::mem::MaybeUninit;

use burn_flex::{FlexTensor, Layout};
use burn_std::{AllocationController, AllocationProperty, Bytes, Shape};
use burn_tensor::DType;
use saner_kernels::pool::Buffer;

/// A pooled buffer as the memory of a tensor.
struct Pooled(Buffer);

#[allow(unsafe_code)]
impl AllocationController for Pooled {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Native
    }

    unsafe fn memory_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        let values: &mut [f32] = &mut self.0;
        // SAFETY: the same memory seen as bytes; every bit pattern is a float, so whatever is written stays valid.
        unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
    }

    fn memory(&self) -> &[MaybeUninit<u8>] {
        let values: &[f32] = &self.0;
        // SAFETY: the same memory seen as bytes.
        unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
    }
}

/// A tensor in f32 that owns a buffer.
///
/// # Panics
/// The buffer has another length than the shape.
#[allow(unsafe_code)]
pub(super) fn tensor<const D: usize>(buffer: Buffer, shape: [usize; D]) -> FlexTensor {
    assert_eq!(buffer.len(), shape.iter().product::<usize>());
    let len = size_of_val::<[f32]>(&buffer);
    // SAFETY: all `len` bytes are initialized; a buffer never holds fresh memory.
    let bytes = unsafe { Bytes::from_controller(Box::new(Pooled(buffer)), len) };
    FlexTensor::new(bytes, Layout::contiguous(Shape::from(shape)), DType::F32)
}
