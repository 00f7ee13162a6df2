//! All parameters as one flat vector, with named slices of it.
//!
//! The optimizer sees one tensor: a norm, a mask or an update is one operation, however many layers there are. The
//! forward pass sees the slices under the names of the usual PyTorch CIFAR ResNet.

use burn_tensor::Tensor;
use burn_tensor::backend::Backend;

/// A named slice of a flat vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// PyTorch name, as `layer1.0.conv1.weight`.
    pub name: String,
    /// Shape, as PyTorch stores it.
    pub shape: Vec<usize>,
    /// First element in the flat vector.
    pub offset: usize,
    /// How it starts.
    pub init: Init,
}

/// Start values of a slot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// One number.
    Fill(f32),
    /// Normal of a deviation.
    Normal(f64),
    /// Uniform within ±bound.
    Within(f32),
    /// Uniform in 0..1.
    Unit,
}

impl Slot {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Slots in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// The slots; each begins where the one before ends.
    pub slots: Vec<Slot>,
}

impl Layout {
    /// Adds a slot that starts at 0 and returns its index.
    pub fn add(&mut self, name: String, shape: &[usize]) -> usize {
        self.add_as(name, shape, Init::Fill(0.0))
    }

    /// Adds a slot with its start values and returns its index.
    pub fn add_as(&mut self, name: String, shape: &[usize], init: Init) -> usize {
        self.slots.push(Slot { name, shape: shape.to_vec(), offset: self.len(), init });
        self.slots.len() - 1
    }

    /// Number of elements of the flat vector.
    pub fn len(&self) -> usize {
        self.slots.last().map_or(0, |slot| slot.offset + slot.len())
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The slices of a flat vector, each `[len]`.
    pub fn split<B: Backend>(&self, flat: &Tensor<B, 1>) -> Vec<Tensor<B, 1>> {
        self.slots.iter().map(|slot| flat.clone().narrow(0, slot.offset, slot.len())).collect()
    }
}
