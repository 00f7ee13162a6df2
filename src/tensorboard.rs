//! TensorBoard told of a run while it trains.

use std::fs::File;
use std::io::Write;

use saner_core::event::Report;
use saner_core::feed::Sink;
use saner_core::rundir::RunDir;
use saner_core::tensorboard::Events;
use saner_core::{Error, Result};

/// Writes an event file while a run trains, in `tensorboard/` of its folder; each process of a run has a file of its own,
/// as TensorBoard wants it. A disk that refuses ends the file, never the run.
pub struct EventFile {
    file: Option<(File, Events)>,
}

impl EventFile {
    /// Begins a file for a run that has trained for so many seconds by now.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn begin(run: &RunDir, trained: f64) -> Result<Self> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        let folder = run.tensorboard();
        std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let path = folder.join(format!("events.out.tfevents.{:010.0}.{}", now, std::process::id()));
        let events = Events::new(now - trained);
        let mut file = File::create_new(&path).map_err(Error::io("create", &path))?;
        file.write_all(&events.head()).map_err(Error::io("write", &path))?;
        Ok(Self { file: Some((file, events)) })
    }
}

impl Sink for EventFile {
    fn take(&mut self, report: &Report) -> Result<()> {
        if let Some((file, events)) = &mut self.file
            && let Err(fault) = events.encode(report).and_then(|bytes| file.write_all(&bytes).map_err(Error::io("write", "tensorboard/")))
        {
            tracing::warn!(target: "engine", "TensorBoard is told no more: {fault}");
            self.file = None;
        }
        Ok(())
    }
}
