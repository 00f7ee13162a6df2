//! The training engine: Burn underneath, no terminal, and no viewer it would wait for.
//!
//! Layout:
//! * [`backend`] devices; the only file that names concrete backends for training
//! * [`kernels`] operations a backend may do faster than Burn
//! * [`layout`], [`model`] flat parameters, architectures
//! * [`batch`] batches made on another thread
//! * [`passes`], [`optim`], [`step`], [`probe`] the mathematics of a step
//! * [`trainer`] epochs, commands, checkpoints, reports
//! * [`checkpoint`] atomic, verified
//! * [`engine`] the thread and its handle
//! * [`mod@bench`] steps against the clock

pub mod backend;
pub mod batch;
pub mod bench;
pub mod checkpoint;
pub mod engine;
pub mod exam;
pub mod kernels;
pub mod layout;
pub mod link;
pub mod model;
pub mod optim;
pub mod passes;
pub mod probe;
pub mod step;
pub mod tensors;
pub mod trainer;
