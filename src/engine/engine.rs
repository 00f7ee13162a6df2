//! The engine's thread and its handle.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use saner_core::command::Command;
use saner_core::event::{Record, Report};

use crate::backend::{self, Device};
use crate::link::Link;
use crate::trainer::{End, Setup, Start, clock};

/// Reports that may wait for the recorder's disk.
const REPORTS: usize = 256;
/// Commands that may wait for the end of a step.
const COMMANDS: usize = 64;

/// A running engine. Drop the receiver and it stops; it never draws and never waits for a viewer.
pub struct Engine {
    /// What happens.
    pub reports: Receiver<Report>,
    /// Where to ask.
    pub commands: SyncSender<Command>,
    /// The thread; its value says how the run ended.
    pub thread: JoinHandle<End>,
}

/// Starts training on a thread of its own. A panic becomes `Event::Failed`, never the end of the process.
///
/// # Errors
/// The system gives no thread.
pub fn spawn(device: Device, start: Start) -> std::io::Result<Engine> {
    let (report_sender, reports) = sync_channel(REPORTS);
    let (commands, inbox) = sync_channel(COMMANDS);
    let last_words = report_sender.clone();
    let thread = std::thread::Builder::new().name("engine".into()).spawn(move || {
        let setup = Setup { start, link: Link::new(report_sender, inbox) };
        let end = std::panic::catch_unwind(AssertUnwindSafe(|| backend::run(&device, setup)));
        let end = end.unwrap_or_else(|panic| End::Failed(format!("the engine panicked: {}", words(&*panic))));
        if let End::Failed(reason) = &end {
            let _ = last_words.send(Report::Event(Box::new(Record::failed(reason.clone(), clock()))));
        }
        end
    })?;
    Ok(Engine { reports, commands, thread })
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use saner_core::event::Event;
    use saner_core::rundir::RunDir;
    use saner_core::spec::Spec;
    use saner_core::{data, noise, recipes};

    use super::*;
    use crate::backend::{DeviceChoice, choose};
    use crate::trainer::OnNonFinite;

    #[test]
    fn a_panic_becomes_an_event_and_the_process_lives() {
        let dir = tempfile::tempdir().unwrap();
        let spec = Spec::load(recipes::find("smoke").unwrap(), "smoke", &[]).unwrap();
        let mut set = data::load(&spec.data, spec.seed, dir.path()).unwrap();
        let flips = noise::flip(&spec, &set, dir.path()).unwrap();
        // A test set without its pixels: the test pass at the end of the first epoch reaches beyond the end.
        set.test.images.truncate(10);
        let start = Start {
            spec,
            set: Arc::new(set),
            flips: Arc::new(flips),
            run: RunDir::create(dir.path(), "stamp", "panic").unwrap(),
            device: "test".into(),
            resume: None,
            on_non_finite: OnNonFinite::Pause,
            interventions: Vec::new(),
            unanswered: Vec::new(),
            parent: None,
        };
        let engine = spawn(choose(DeviceChoice::Cpu, None).unwrap(), start).unwrap();
        let reports: Vec<Report> = engine.reports.iter().collect();
        assert_eq!(reports.iter().filter(|report| matches!(report, Report::Step(_))).count(), 5, "what was made is reported");
        let Some(Report::Event(last)) = reports.last() else { panic!("no last event") };
        assert!(matches!(&last.event, Event::Failed { reason } if reason.contains("panicked")), "{last:?}");
        assert!(matches!(engine.thread.join().unwrap(), End::Failed(_)));
    }
}
