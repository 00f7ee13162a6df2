//! A run's log: `metrics.jsonl` and `events.jsonl`, one JSON object a line.

pub mod reader;
pub mod supersede;
pub mod writer;

pub use reader::{merge, read};
pub use supersede::supersede;
pub use writer::LogWriter;
