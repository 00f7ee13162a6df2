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
    /// Takes the changes of a command, or refuses them; an earlier one of the same knob that no step has used is
    /// superseded. What is refused is said first: a refusal behind an `accepted` of the same command is always that of a
    /// change which was accepted.
    pub fn want(&mut self, (id, by): (u64, &str), changes: &[(Knob, f64)], asked_step: u64, spec: &Spec) -> Vec<Answer> {
        let method = spec.method();
        let (mut refused, mut taken) = (Vec::new(), Vec::new());
        for &(knob, to) in changes {
            let reason = match knob.check(to) {
                Err(reason) => Some(reason),
                Ok(_) if !knob.acts(&method) => Some(format!("{} has no effect under {}", knob.row().name, spec.method.name)),
                Ok(_) => None,
            };
            if let Some(reason) = reason {
                refused.push((by.to_owned(), Event::Rejected { id, reason }));
                continue;
            }
            if let Some(at) = self.waiting.iter().position(|earlier| earlier.knob == knob) {
                let earlier = self.waiting.remove(at);
                taken.push((by.to_owned(), Event::Superseded { id: earlier.id, by_id: id }));
            }
            self.waiting.push(Wanted { id, by: by.to_owned(), knob, to, asked_step });
            taken.push((by.to_owned(), Event::Accepted { id, knob, value: to }));
        }
        refused.append(&mut taken);
        refused
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_a_command_come_before_what_is_taken_of_it() {
        let (mut desk, spec) = (Desk::default(), Spec::default());
        let answers = desk.want((4, "me"), &[(Knob::K, 10.0), (Knob::Alpha, 7.0)], 3, &spec);
        assert!(
            matches!(answers[..], [(_, Event::Rejected { id: 4, .. }), (_, Event::Accepted { id: 4, knob: Knob::K, .. })]),
            "{answers:?}"
        );
        let answers = desk.want((5, "me"), &[(Knob::K, 20.0)], 3, &spec);
        assert!(matches!(answers[..], [(_, Event::Superseded { id: 4, by_id: 5 }), (_, Event::Accepted { id: 5, .. })]), "{answers:?}");
        assert_eq!(desk.take().len(), 1);
    }
}
