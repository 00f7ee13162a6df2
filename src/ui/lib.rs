//! stub
pub struct Options { pub title: String, pub own_engine: bool }
pub fn run(_: saner_core::feed::Feed, _: Options) -> std::io::Result<()> { Ok(()) }
pub fn log_layer() -> tui_logger::TuiTracingSubscriberLayer { tui_logger::TuiTracingSubscriberLayer }
