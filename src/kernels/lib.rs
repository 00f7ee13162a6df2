//! CPU kernels over slices of `f32`: nothing of Burn, nothing generic over a backend, so that they build once at full
//! optimization and can be tested against plain arithmetic.
//!
//! Layout:
//! * [`conv`] convolution and its two gradients
//! * [`norm`] batch normalization with what follows it
//! * [`vector`] passes over the flat parameters; [`family`] those of SAM's variants, [`reweight`] those of the
//!   rules
//! * [`turn`] orders of axes
//! * [`simd`] vector instructions, chosen at run time
//! * [`par`] tasks on threads
//! * [`pool`] buffers kept from step to step

// Indices of rows and columns are what the formulas of the kernels are written in.
#![allow(clippy::needless_range_loop)]

pub mod conv;
pub mod family;
pub mod norm;
pub mod par;
pub mod pool;
pub mod reweight;
pub mod simd;
pub mod turn;
pub mod vector;
