//! Reads a run's log back into reports, in the order of happening; damaged lines are skipped and counted.

use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::event::{Event, Record, Report};
use crate::rundir::RunDir;

/// Everything a log holds.
#[derive(Debug, Default)]
pub struct Read {
    /// Reports in the order of happening.
    pub reports: Vec<Report>,
    /// One sentence for each file with damaged lines.
    pub complaints: Vec<String>,
}

/// Reads both files; a missing one counts as empty.
///
/// # Errors
/// A file that exists cannot be read.
pub fn read(run: &RunDir) -> Result<Read> {
    let mut complaints = Vec::new();
    let metrics: Vec<Report> = lines(&run.metrics(), &mut complaints, |value| {
        if value.get("epoch_end").is_some() {
            decode(value).map(|summary| Report::Epoch(Box::new(summary)))
        } else {
            decode(value).map(|sample| Report::Step(Box::new(sample)))
        }
    })?;
    let events: Vec<Record> = lines(&run.events(), &mut complaints, decode)?;
    Ok(Read { reports: merge(metrics, events), complaints })
}

/// Both files of a log in the order of happening. A step that was made again, after a run had gone back, comes behind
/// the event that tells of it.
pub fn merge(metrics: Vec<Report>, events: Vec<Record>) -> Vec<Report> {
    // The step to which the run went back at or after each event, if it did: what lies behind it was made later.
    let mut bound = u64::MAX;
    let bounds = events.iter().rev().map(|record| {
        let own = bound.min(record.step);
        if matches!(record.event, Event::Restored { .. }) {
            bound = bound.min(record.step);
        }
        own
    });
    let bounds: Vec<u64> = bounds.collect();
    let mut reports = Vec::with_capacity(metrics.len() + events.len());
    let mut metrics = metrics.into_iter().peekable();
    for (record, bound) in events.into_iter().zip(bounds.into_iter().rev()) {
        while let Some(metric) = metrics.next_if(|metric| place(metric) < 4 * bound + 1) {
            reports.push(metric);
        }
        reports.push(Report::Event(Box::new(record)));
    }
    reports.extend(metrics);
    reports
}

/// Order of a line: an epoch that ended before step n comes before the events at n, and these before step n itself.
fn place(report: &Report) -> u64 {
    match report {
        Report::Epoch(summary) => 4 * summary.step,
        Report::Event(record) => 4 * record.step + 1,
        Report::Step(sample) => 4 * sample.step + 2,
    }
}

fn decode<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

fn lines<T>(path: &Path, complaints: &mut Vec<String>, mut decode: impl FnMut(Value) -> Option<T>) -> Result<Vec<T>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(fault) => return Err(Error::io("read", path)(fault)),
    };
    let mut found = Vec::new();
    let mut damaged = Vec::new();
    for (index, line) in BufReader::new(file).split(b'\n').enumerate() {
        let line = line.map_err(Error::io("read", path))?;
        match serde_json::from_slice(&line).ok().and_then(&mut decode) {
            Some(item) => found.push(item),
            None if line.is_empty() => {}
            None => damaged.push((index + 1).to_string()),
        }
    }
    if !damaged.is_empty() {
        let shown = damaged.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        complaints.push(format!("{}: {} damaged line(s) skipped (line {shown})", path.display(), damaged.len()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EpochSummary, Event, StepSample};
    use crate::feed::Sink;
    use crate::log::LogWriter;

    fn step(step: u64) -> Report {
        Report::Step(Box::new(StepSample { step, loss: 0.1 + step as f32 / 3.0, group_b: Some(0.25), ..StepSample::default() }))
    }

    fn all() -> Vec<Report> {
        let note = |step| {
            Report::Event(Box::new(Record {
                seq: step,
                time: 1.5,
                step,
                epoch: 0,
                by: "me".into(),
                event: Event::Note { mark: "N1".into(), text: "x".into() },
            }))
        };
        let epoch = Report::Epoch(Box::new(EpochSummary { epoch_end: true, step: 2, ..EpochSummary::default() }));
        vec![note(0), step(0), step(1), epoch, note(2), step(2)]
    }

    #[test]
    fn what_was_written_is_read_in_the_same_order() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir { path: dir.path().to_path_buf() };
        let mut writer = LogWriter::open(&run).unwrap();
        all().iter().for_each(|report| writer.take(report).unwrap());
        let back = read(&run).unwrap();
        assert_eq!(back.reports, all());
        assert!(back.complaints.is_empty());
    }

    #[test]
    fn a_torn_line_is_skipped_and_reported_and_the_next_one_stands_alone() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir { path: dir.path().to_path_buf() };
        std::fs::write(run.metrics(), "{\"step\":0,\"epo").unwrap();
        LogWriter::open(&run).unwrap().take(&step(1)).unwrap();
        let back = read(&run).unwrap();
        assert_eq!(back.reports, [step(1)]);
        assert!(back.complaints[0].contains("1 damaged line"), "{:?}", back.complaints);
    }

    #[test]
    fn steps_that_were_made_again_stand_behind_the_going_back() {
        let event = |step, event| Record { seq: 0, time: 0.0, step, epoch: 0, by: "me".into(), event };
        let note = |step| event(step, Event::Note { mark: "N1".into(), text: String::new() });
        let back = |step| event(step, Event::Restored { checkpoint: "c".into(), superseded: 0 });
        let merged = merge((0..5).map(step).collect(), vec![note(4), back(2), note(3), back(3), note(4)]);
        let mut state = crate::state::RunState::default();
        merged.iter().for_each(|report| state.apply(report));
        let steps: Vec<u64> =
            merged.iter().filter_map(|report| if let Report::Step(sample) = report { Some(sample.step) } else { None }).collect();
        assert_eq!(steps, [0, 1, 2, 3, 4]);
        assert_eq!(state.curve(crate::state::Metric::Loss).steps, [0, 1, 2, 3, 4], "none is undone twice");
    }

    #[test]
    fn two_writers_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir { path: dir.path().to_path_buf() };
        let _first = LogWriter::open(&run).unwrap();
        assert!(LogWriter::open(&run).err().unwrap().to_string().contains("another process"));
    }
}
