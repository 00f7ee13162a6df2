//! Tabs beside Live: one file each, drawn from the run's state and the screen's memory.

pub mod charts;
pub mod logs;
pub mod runs;
pub mod saner;
pub mod timeline;
