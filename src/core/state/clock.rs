//! When a step was made, by the clock of the machine that made it.

use super::{Metric, RunState};

impl RunState {
    /// Seconds of training when so many steps were made, pauses left out; 0 before the first one.
    pub fn trained(&self, steps: f64) -> f64 {
        let wall = self.curve(Metric::Wall);
        // A sample tells of the end of its step.
        let at = wall.steps.partition_point(|known| (*known as f64) < steps - 1.0);
        if steps <= 0.0 { 0.0 } else { wall.values.get(at).or(wall.values.last()).map_or(0.0, |secs| f64::from(*secs)) }
    }

    /// Seconds since 1970 at which so many steps were made: the time of the newest event at or before them, and what was
    /// trained since then. Absent before anything happened.
    pub fn clock(&self, steps: f64) -> Option<f64> {
        // The last in the order of the log: a run that goes on makes its steps anew, later.
        let at = self.events.iter().rposition(|record| record.step as f64 <= steps)?;
        let record = &self.events[at];
        let time = record.time + (self.trained(steps) - self.trained(record.step as f64)).max(0.0);
        // Training is never behind what happened next.
        Some(
            self.events
                .get(at + 1)
                .map_or(time, |next| if next.step as f64 >= steps { time.min(next.time.max(record.time)) } else { time }),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Record, Report, StepSample};

    fn happened(state: &mut RunState, time: f64, step: u64, event: Event) {
        state.apply(&Report::Event(Box::new(Record { seq: 0, time, step, epoch: 0, by: "me".into(), event })));
    }

    fn steps(state: &mut RunState, from: u64, to: u64) {
        for step in from..to {
            state.apply(&Report::Step(Box::new(StepSample { step, wall: (step + 1) as f64, ..StepSample::default() })));
        }
    }

    #[test]
    fn pauses_and_steps_made_again_have_their_time() {
        let mut state = RunState::default();
        assert_eq!(state.clock(5.0), None);
        let note = || Event::Note { text: String::new(), mark: String::new() };
        happened(&mut state, 1000.0, 0, note());
        steps(&mut state, 0, 10);
        happened(&mut state, 1010.5, 10, Event::Paused { reason: String::new() });
        happened(&mut state, 1110.0, 10, Event::Resumed);
        steps(&mut state, 10, 20);
        assert_eq!([0.0, 1.0, 9.0, 10.0, 11.0, 20.0].map(|at| state.clock(at).unwrap()), [1000.0, 1001.0, 1009.0, 1110.0, 1111.0, 1120.0]);
        // Back to step 15 at 1200: what lies before keeps its time, what comes is later.
        happened(&mut state, 1200.0, 15, Event::Restored { checkpoint: "c".into(), superseded: 5 });
        steps(&mut state, 15, 18);
        assert_eq!([12.0, 15.0, 17.0].map(|at| state.clock(at).unwrap()), [1112.0, 1200.0, 1202.0]);
        let times: Vec<f64> = (0..=36).map(|i| state.clock(f64::from(i) * 0.5).unwrap()).collect();
        assert!(times.windows(2).all(|pair| pair[0] <= pair[1]), "{times:?}");
    }
}
