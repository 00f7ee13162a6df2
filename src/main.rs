//! saner-tui
fn main() {}
