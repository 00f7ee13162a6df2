//! The engine of the simulation: a training thread that makes steps without weights, and a disk that survives it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use saner_core::command::{Command, Verb};
use saner_core::desk::{Desk, Wanted, give_up};
use saner_core::event::{Event, Header, Outcome, Record, Report, StepSample};
use saner_core::feed::Feed;
use saner_core::protocol::tell::tell;
use saner_core::protocol::{Tell, line, read};
use saner_core::spec::{Change, Spec};
use saner_core::state::RunState;

use super::super::door::{Said, answer};
use super::super::lease::{Lease, Who};
use super::Dice;
use super::client::Session;

/// What a kill leaves.
#[derive(Default)]
pub struct Disk {
    pub metrics: Vec<StepSample>,
    pub events: Vec<Record>,
    /// Steps of the checkpoints.
    checkpoints: BTreeSet<u64>,
    /// Commands that an engine had taken into its inbox when it died.
    pub lost: BTreeSet<u64>,
    /// Commands of other kinds that were answered.
    pub noted: BTreeSet<u64>,
}

impl Disk {
    /// The state that the files tell.
    pub fn fold(&self) -> RunState {
        let steps = self.metrics.iter().map(|sample| Report::Step(Box::new(sample.clone())));
        let mut state = RunState::default();
        saner_core::log::merge(steps.collect(), self.events.clone()).iter().for_each(|report| state.apply(report));
        state
    }
}

pub struct Engine {
    pub lease: Lease,
    feed: Feed,
    inbox: Receiver<Command>,
    desk: Desk,
    spec: Spec,
    step: u64,
    over: bool,
}

impl Engine {
    /// Begins, or goes on from the newest checkpoint.
    pub fn start(disk: &mut Disk) -> Self {
        let step = disk.checkpoints.last().copied().unwrap_or(0);
        let fresh = disk.events.is_empty();
        disk.metrics.truncate(step as usize);
        let state = if fresh { RunState::default() } else { disk.fold() };
        let unanswered = state.unanswered();
        let (sender, inbox) = sync_channel(64);
        let spec = Spec::default();
        let mut engine =
            Self { lease: Lease::default(), feed: Feed::new(state, Some(sender)), inbox, desk: Desk::default(), spec, step, over: false };
        let header = Header {
            run: "r".into(),
            spec: engine.spec.clone(),
            device: "none".into(),
            version: "0".into(),
            steps_per_epoch: 10,
            total_steps: 1_000,
            parameters: 1,
            layers: Vec::new(),
            samples: 10,
            flipped: 2,
            data_note: None,
            fork: None,
        };
        engine.event(disk, "engine", Event::Started(Box::new(header)));
        if !fresh {
            engine.event(disk, "engine", Event::Restored { checkpoint: format!("step-{step}"), superseded: 0 });
        }
        for (id, by) in unanswered {
            engine.event(disk, &by, Event::Rejected { id, reason: "the process ended".into() });
        }
        engine
    }

    fn event(&mut self, disk: &mut Disk, by: &str, event: Event) {
        let seq = disk.events.len() as u64;
        let record = Record { seq, time: seq as f64, step: self.step, epoch: 0, by: by.into(), event };
        // First on the disk, then to whoever watches.
        disk.events.push(record.clone());
        self.feed.apply(&Report::Event(Box::new(record)));
    }

    /// Some work: commands are answered, a step is made, now and then a checkpoint is written.
    pub fn work(&mut self, disk: &mut Disk, dice: &mut Dice) {
        if self.over {
            return;
        }
        let some = dice.below(4);
        for _ in 0..some {
            let Ok(command) = self.inbox.try_recv() else { break };
            self.obey(disk, command);
        }
        if !dice.once_in(4) {
            self.make_step(disk);
        }
        if dice.once_in(6) {
            disk.checkpoints.insert(self.step);
        }
    }

    fn obey(&mut self, disk: &mut Disk, Command { id, by, verb }: Command) {
        match verb {
            Verb::Set(changes) => {
                for (by, event) in self.desk.want((id, &by), &changes, self.step, &self.spec) {
                    self.event(disk, &by, event);
                }
            }
            Verb::Rollback { .. } => match disk.checkpoints.range(..self.step).next_back().copied() {
                Some(step) => {
                    disk.noted.insert(id);
                    self.unused(disk);
                    disk.checkpoints.retain(|checkpoint| *checkpoint <= step);
                    disk.metrics.truncate(step as usize);
                    self.step = step;
                    self.event(disk, &by, Event::Restored { checkpoint: format!("step-{step}"), superseded: 0 });
                }
                None => self.event(disk, &by, Event::Rejected { id, reason: "no checkpoint".into() }),
            },
            Verb::Note(text) => {
                disk.noted.insert(id);
                let mark = format!("N{}", disk.events.len());
                self.event(disk, &by, Event::Note { mark, text });
            }
            other => panic!("nobody asks for {other:?}"),
        }
    }

    fn unused(&mut self, disk: &mut Disk) {
        for (by, event) in give_up(self.desk.take(), "no step used it") {
            self.event(disk, &by, event);
        }
    }

    fn make_step(&mut self, disk: &mut Disk) {
        let applied = self.desk.take();
        let sample = StepSample { step: self.step, loss: 1.0 / (self.step + 1) as f32, ..StepSample::default() };
        disk.metrics.push(sample.clone());
        self.feed.apply(&Report::Step(Box::new(sample)));
        for Wanted { id, by, knob, to, asked_step } in applied {
            let mark = format!("a{}", disk.events.len());
            let from = self.feed.read().knob(knob);
            let event = Event::Applied { id, mark, knob, from, to, asked_step, effective: to, change: Change::Rebase, plan_end: 0.0 };
            self.event(disk, &by, event);
        }
        self.step += 1;
    }

    /// Ends the run as `stop` does.
    pub fn stop(&mut self, disk: &mut Disk) {
        while let Ok(command) = self.inbox.try_recv() {
            self.obey(disk, command);
        }
        self.unused(disk);
        self.event(disk, "engine", Event::Finished { outcome: Outcome::Stopped });
        self.over = true;
    }

    /// What died with it.
    pub fn bury(&self, disk: &mut Disk) {
        disk.lost.extend(self.inbox.try_iter().map(|command| command.id));
    }

    /// Tells everything to a client that has come; the place in the files is taken up to `early` lines before the state.
    pub fn admit(&self, disk: &Disk, early: usize) -> Session {
        let state = self.feed.read();
        let mut session = Session {
            metrics: disk.metrics.len().saturating_sub(early),
            events: disk.events.len().saturating_sub(early),
            rewinds: state.rewinds,
            out: VecDeque::new(),
        };
        session.out.extend(tell(&state).iter().map(line));
        session
    }

    /// Answers a line; `None` ends the connection.
    pub fn hear(&mut self, who: &Who, bytes: &[u8], now: Instant) -> Option<Tell> {
        match answer(&mut self.lease, who, read(bytes).ok()?, now, |name, verb| self.feed.send(name, verb)) {
            Said::Answer(message) => Some(message),
            Said::Bye | Said::Wrong(_) => None,
        }
    }

    /// Tells a client what was appended since.
    pub fn inform(&self, disk: &Disk, session: &mut Session) {
        let rewinds = self.feed.read().rewinds;
        if rewinds == session.rewinds {
            let points = disk.metrics[session.metrics.min(disk.metrics.len())..].to_vec();
            session.out.push_back(line(&Tell::Points { points }));
            session.metrics = disk.metrics.len();
        }
        for record in &disk.events[session.events..] {
            session.out.push_back(line(&Tell::Event { record: Box::new(record.clone()) }));
        }
        session.events = disk.events.len();
        if rewinds != session.rewinds {
            let mut fresh = self.admit(disk, 0);
            session.out.append(&mut fresh.out);
            (session.metrics, session.events, session.rewinds) = (fresh.metrics, fresh.events, fresh.rewinds);
        }
    }
}
