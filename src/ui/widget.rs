//! Pieces that panes are made of.

pub mod axis;
pub mod cache;
pub mod curve;
pub mod grid;
pub mod heat;
pub mod spark;
pub mod thumb;
