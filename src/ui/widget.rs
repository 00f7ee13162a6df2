//! Pieces that panes are made of.

pub mod axis;
pub mod curve;
pub mod grid;
pub mod heat;
