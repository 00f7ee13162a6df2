//! Changes of knobs between being asked for and being used: each accepted one ends in exactly one of `applied`,
//! `rejected` and `superseded`.

use crate::event::Event;
use crate::knob::Knob;
use crate::spec::Spec;

/// Number of the first command that nobody sends, but another run's log: far above those that are counted.
pub const REPLAYED: u64 = 1 << 40;

/// A change of a knob that the next step will use.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Number of the command.
    pub id: u64,
    /// Who asks.
    pub by: String,
    /// What is changed.
    pub knob: Knob,
    /// The value.
    pub to: f64,
    /// Step before which it was asked for.
    pub asked_step: u64,
}

/// What to say, and on whose behalf.
pub type Answer = (String, Event);

/// The changes that wait for the next step.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    waiting: Vec<Wanted>,
}

impl Desk {
    /// Takes a change, or refuses it; an earlier one of the same knob that no step has used is superseded.
    pub fn want(&mut self, wanted: Wanted, spec: &Spec) -> Vec<Answer> {
        let Wanted { id, knob, to, .. } = wanted;
        let by = wanted.by.clone();
        let reason = match knob.check(to) {
            Err(reason) => Some(reason),
            Ok(_) if !knob.acts(&spec.method()) => Some(format!("{} has no effect under {}", knob.row().name, spec.method.name)),
            Ok(_) => None,
        };
        if let Some(reason) = reason {
            return vec![(by, Event::Rejected { id, reason })];
        }
        let mut answers = Vec::new();
        if let Some(at) = self.waiting.iter().position(|earlier| earlier.knob == knob) {
            let earlier = self.waiting.remove(at);
            answers.push((by.clone(), Event::Superseded { id: earlier.id, by_id: id }));
        }
        self.waiting.push(wanted);
        answers.push((by, Event::Accepted { id, knob, value: to }));
        answers
    }

    /// Hands over what waits, to the step that begins.
    pub fn take(&mut self) -> Vec<Wanted> {
        std::mem::take(&mut self.waiting)
    }
}

/// Answers to changes that no step will use.
pub fn give_up(changes: impl IntoIterator<Item = Wanted>, reason: &str) -> Vec<Answer> {
    changes.into_iter().map(|wanted| (wanted.by, Event::Rejected { id: wanted.id, reason: reason.into() })).collect()
}
