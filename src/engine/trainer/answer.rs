//! Commands, answered between steps: accepted at once, applied by the step that uses them.

use std::time::{Duration, Instant};

use saner_core::desk::{Answer, REPLAYED, give_up};
use saner_core::event::Outcome;

use super::{Applied, Command, Event, Flow, Knob, Leave, Pending, Trainer, Trains};
use saner_core::command::Verb;

/// How often a paused run looks whether its recorder is still there.
const PATIENCE: Duration = Duration::from_millis(100);

impl<A: Trains> Trainer<A> {
    /// Answers everything that waits.
    pub(super) fn answer_commands(&mut self) -> Flow {
        while let Some(command) = self.link.poll() {
            self.answer(command)?;
        }
        Ok(())
    }

    /// Answers one command; a pause is left only by `resume` or `stop`.
    fn answer(&mut self, command: Command) -> Flow {
        let Command { id, by, verb } = command;
        match verb {
            Verb::Pause => self.pause("asked".into(), &by),
            Verb::Resume => self.event(&by, Event::Rejected { id, reason: "training is not paused".into() }),
            verb => self.answer_anywhere(id, &by, verb),
        }
    }

    /// Stands still until `resume`; the time does not count.
    pub(super) fn pause(&mut self, reason: String, by: &str) -> Flow {
        self.settle_all()?;
        self.tick();
        self.event(by, Event::Paused { reason })?;
        loop {
            self.report_written(false)?;
            let Some(Command { id, by, verb }) = self.link.wait(PATIENCE) else { continue };
            match verb {
                Verb::Resume => {
                    self.since = Instant::now();
                    return self.event(&by, Event::Resumed);
                }
                Verb::Pause => self.event(&by, Event::Rejected { id, reason: "training is paused already".into() })?,
                verb => {
                    self.answer_anywhere(id, &by, verb)?;
                    self.since = Instant::now();
                }
            }
        }
    }

    fn answer_anywhere(&mut self, id: u64, by: &str, verb: Verb) -> Flow {
        match verb {
            Verb::Set(changes) => self.want(id, by, &changes),
            Verb::Checkpoint { note } => {
                self.settle_all()?;
                let reason = if by == "signal" { "signal" } else { "command" };
                self.save_named(reason, note, Some(id), by)
            }
            Verb::Eval => {
                self.settle_all()?;
                self.evaluate_on_command(by)
            }
            Verb::Note(text) => {
                let mark = self.next_mark('N');
                self.event(by, Event::Note { mark, text })
            }
            Verb::Stop => {
                self.settle_all()?;
                self.give_up("the run was stopped before a step used it")?;
                Err(Leave::Outcome(Outcome::Stopped))
            }
            Verb::Rollback { checkpoint } => self.roll_back(id, by, checkpoint.as_deref()),
            Verb::Pause | Verb::Resume => Ok(()),
        }
    }

    fn want(&mut self, id: u64, by: &str, changes: &[(Knob, f64)]) -> Flow {
        let answers = self.desk.want((id, by), changes, self.cursor.step, &self.spec);
        self.say(answers)
    }

    /// Rejects every change that no reported step has used, and forgets the queued steps.
    pub(super) fn give_up(&mut self, reason: &str) -> Flow {
        let queued = self.pending.drain(..).flat_map(Pending::into_applied);
        let unused: Vec<_> = queued.chain(self.late.drain(..)).map(|(wanted, _)| wanted).chain(self.desk.take()).collect();
        self.say(give_up(unused, reason))
    }

    fn say(&mut self, answers: Vec<Answer>) -> Flow {
        answers.into_iter().try_for_each(|(by, event)| self.event(&by, event))
    }

    /// Asks for the changes that another run's log has at this step.
    pub(super) fn intervene(&mut self) -> Flow {
        let due = self.intervened..self.cursor.step + 1;
        self.intervened = self.intervened.max(due.end);
        let due: Vec<_> = self.interventions.iter().filter(|change| due.contains(&change.step)).copied().collect();
        due.into_iter().try_for_each(|change| self.want(REPLAYED + change.step, "interventions", &[(change.knob, change.to)]))
    }

    /// Puts the queued changes into the cursor, for the step that begins; returns each with the value before.
    pub(super) fn take_wanted(&mut self) -> Vec<Applied> {
        let position = self.position();
        let cursor = &mut self.cursor;
        let mut applied = Vec::new();
        for wanted in self.desk.take() {
            let (target, k) = (cursor.plan.target, cursor.plan.k);
            let from = match wanted.knob {
                Knob::Alpha => {
                    cursor.plan.change(wanted.to, k, position);
                    target
                }
                Knob::K => {
                    cursor.plan.change(target, wanted.to, position);
                    k
                }
                Knob::Rho => std::mem::replace(&mut cursor.rho, wanted.to),
                Knob::LrScale => std::mem::replace(&mut cursor.lr_scale, wanted.to),
                Knob::AlphaA => std::mem::replace(&mut cursor.group_scale[0], wanted.to),
                Knob::AlphaC => std::mem::replace(&mut cursor.group_scale[1], wanted.to),
            };
            cursor.tuned += 1;
            applied.push((wanted, from));
        }
        applied
    }

    /// A test pass outside an epoch's end.
    pub(super) fn evaluate_on_command(&mut self, by: &str) -> Flow {
        let score = self.test([&self.weights.w, &self.weights.running]);
        self.cursor.last_acc = Some(score.acc());
        self.tell_lost()?;
        self.event(by, Event::Evaluated { acc: score.acc(), loss: score.loss() })
    }
}
