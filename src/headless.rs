//! `--plain`: one line for each epoch, each event and every n steps, in words; commands typed on standard input.

use std::io::{BufRead, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use saner_core::command::Verb;
use saner_core::event::{Event, Report};
use saner_core::feed::{Feed, Sink};
use saner_core::{Result, words};

/// A sink that prints. A reader that went away is no reason to stop training, so write errors are ignored.
pub struct Printer {
    bar: Option<ProgressBar>,
    every: u64,
    total: u64,
    epochs: u32,
}

impl Printer {
    /// With a progress bar where standard error is a terminal.
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} steps  {per_sec}  {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::no_length().with_style(style)
        });
        Self { bar, every: 10, total: 0, epochs: 0 }
    }

    fn line(&self, text: &str) {
        let print = || {
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "{text}").and_then(|()| out.flush());
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Sink for Printer {
    fn take(&mut self, report: &Report) -> Result<()> {
        match report {
            Report::Step(sample) => {
                if let Some(bar) = &self.bar {
                    bar.set_position(sample.step + 1);
                }
                if sample.step == 0 || (sample.step + 1) % self.every == 0 {
                    self.line(&words::step(sample, self.total));
                }
            }
            Report::Epoch(summary) => self.line(&words::epoch(summary, self.epochs)),
            Report::Event(record) => {
                if let Event::Started(header) = &record.event {
                    (self.total, self.epochs) = (header.total_steps, header.spec.schedule.epochs);
                    self.every = (header.steps_per_epoch / 4).clamp(10, 100);
                    if let Some(bar) = &self.bar {
                        bar.set_length(self.total);
                        bar.set_position(record.step);
                        bar.reset_eta();
                    }
                }
                self.line(&words::event(record));
                if let (Event::Finished { .. } | Event::Failed { .. }, Some(bar)) = (&record.event, &self.bar) {
                    bar.finish_and_clear();
                }
            }
        }
        Ok(())
    }
}

/// Reads commands from standard input until it ends; an unknown one is answered on standard error.
pub fn listen(feed: Feed) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
            if line.trim().is_empty() {
                continue;
            }
            if let Err(reason) = Verb::parse(&line).and_then(|verb| feed.send("stdin", verb)) {
                crate::narrate::complain(reason);
            }
        }
    });
}
