//! The other side of `tell`: lines back into a state.

use super::Tell;
use crate::event::Report;
use crate::series::Series;
use crate::state::RunState;

/// Puts a state together from an engine's lines and hands it over; what comes then is passed on as reports.
#[derive(Debug, Clone, Default)]
pub struct Follower {
    state: RunState,
    live: bool,
}

/// What a line led to.
#[derive(Debug, Clone)]
pub enum News {
    /// Nothing to show yet.
    Nothing,
    /// The whole state: it replaces what was shown.
    Whole(Box<RunState>),
    /// These came after it; the newest of what was told may be among them again (see [`RunState::hear`]).
    Reports(Vec<Report>),
}

/// A state that is told, and then grows by what its engine says.
#[derive(Debug, Clone, Default)]
pub struct Watcher {
    follower: Follower,
    /// The state as far as it was heard.
    pub state: RunState,
}

impl Watcher {
    /// Takes a line; whether the state has become whole by it.
    pub fn take(&mut self, message: Tell) -> bool {
        match self.follower.take(message) {
            News::Nothing => false,
            News::Whole(state) => {
                self.state = *state;
                true
            }
            News::Reports(reports) => {
                for report in &reports {
                    self.state.hear(report);
                }
                false
            }
        }
    }
}

impl Follower {
    /// Takes a line. Any order is legal; what does not belong to a state is left to the caller.
    pub fn take(&mut self, message: Tell) -> News {
        match message {
            Tell::Snapshot(snapshot) => {
                self.live = false;
                self.state = RunState {
                    phase: snapshot.phase,
                    header: snapshot.header,
                    step: snapshot.step,
                    shares: snapshot.shares,
                    layers: snapshot.layers,
                    layer_epochs: snapshot.layer_epochs,
                    samples: snapshot.samples,
                    dominance: snapshot.dominance,
                    norms: snapshot.norms,
                    marks: snapshot.marks,
                    knobs: snapshot.knobs,
                    plan: snapshot.plan,
                    tuned: snapshot.tuned,
                    rewinds: snapshot.rewinds,
                    ..RunState::default()
                };
                News::Nothing
            }
            Tell::Series { metric, steps, values } => {
                let curve: &mut Series = &mut self.state.series[metric as usize];
                steps.iter().zip(values).for_each(|(step, value)| curve.push(*step, value.unwrap_or(f32::NAN)));
                News::Nothing
            }
            Tell::Past { epochs, events } => {
                self.state.epochs.extend(epochs);
                self.state.events.extend(events);
                News::Nothing
            }
            Tell::Live => {
                self.live = true;
                News::Whole(Box::new(std::mem::take(&mut self.state)))
            }
            Tell::Points { points } => self.news(points.into_iter().map(|point| Report::Step(Box::new(point))).collect()),
            Tell::Epoch { summary } => self.news(vec![Report::Epoch(summary)]),
            Tell::Event { record } => self.news(vec![Report::Event(record)]),
            _ => News::Nothing,
        }
    }

    /// Before the state is whole there is nothing that reports could follow.
    fn news(&self, reports: Vec<Report>) -> News {
        if self.live { News::Reports(reports) } else { News::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EpochSummary, Event, Header, Record, StepSample};
    use crate::protocol::tell::tell;
    use crate::protocol::{Ask, line, read};
    use crate::spec::Spec;
    use crate::state::METRICS;
    use proptest::prelude::*;

    fn record(seq: u64, step: u64, event: Event) -> Report {
        Report::Event(Box::new(Record { seq, time: 1.25, step, epoch: 0, by: "me".into(), event }))
    }

    fn reports(n: u64) -> Vec<Report> {
        let header = Header {
            run: "r".into(),
            spec: Spec::default(),
            device: "cpu".into(),
            version: "0".into(),
            steps_per_epoch: 10,
            total_steps: n,
            parameters: 1,
            layers: vec!["a".into()],
            samples: 10,
            flipped: 2,
            data_note: None,
            fork: None,
        };
        let mut all = vec![record(0, 0, Event::Started(Box::new(header)))];
        for step in 0..n {
            let loss = if step == 7 { f32::NAN } else { 1.0 / (step + 1) as f32 };
            all.push(Report::Step(Box::new(StepSample { step, loss, group_b: Some(0.3), alpha: 0.5, ..StepSample::default() })));
            if step % 10 == 9 {
                let epoch = (step / 10) as u32;
                all.push(Report::Epoch(Box::new(EpochSummary { epoch_end: true, step: step + 1, epoch, ..EpochSummary::default() })));
            }
            if step % 25 == 3 {
                all.push(record(1 + step, step, Event::Note { mark: format!("N{step}"), text: "x".into() }));
            }
        }
        all
    }

    fn fold(reports: &[Report]) -> RunState {
        let mut state = RunState::default();
        reports.iter().for_each(|report| state.apply(report));
        state
    }

    fn told(state: &RunState) -> Watcher {
        let mut client = Watcher::default();
        for message in tell(state) {
            let bytes = line(&message);
            assert!(bytes.len() < crate::protocol::MAX_LINE);
            client.take(read(&bytes[..bytes.len() - 1]).unwrap());
        }
        client
    }

    fn assert_same(a: &RunState, b: &RunState) {
        for metric in METRICS {
            assert_eq!(a.curve(metric).steps, b.curve(metric).steps, "{metric:?}");
            let bits = |state: &RunState| state.curve(metric).values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(a), bits(b), "{metric:?}");
        }
        assert_eq!((&a.phase, &a.epochs, &a.events, &a.marks), (&b.phase, &b.epochs, &b.events, &b.marks));
        assert_eq!((a.knobs, &a.plan, a.tuned, a.shares, a.norms), (b.knobs, &b.plan, b.tuned, b.shares, b.norms));
        assert_eq!(a.steps_done(), b.steps_done());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        /// Whatever part a client is told as a state, and however much of it comes again as news, it ends with the state
        /// of somebody who was there from the beginning.
        #[test]
        fn told_and_followed_is_the_state_itself(cut in 0usize..140, repeated in 0usize..30) {
            let all = reports(120);
            let cut = cut.min(all.len());
            let mut follower = told(&fold(&all[..cut]));
            for report in &all[cut.saturating_sub(repeated)..] {
                let message = match report.clone() {
                    Report::Step(sample) => Tell::Points { points: vec![*sample] },
                    Report::Epoch(summary) => Tell::Epoch { summary },
                    Report::Event(record) => Tell::Event { record },
                };
                follower.take(read(&line(&message)).unwrap());
            }
            assert_same(&follower.state, &fold(&all));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Ask>(&bytes);
            let _ = read::<Tell>(&bytes);
        }
    }

    #[test]
    fn a_long_run_is_told_thinned_with_its_extremes() {
        let mut state = RunState::default();
        for step in 0..300_000u64 {
            let loss = if step == 123_456 { 99.0 } else { 1.0 };
            state.apply(&Report::Step(Box::new(StepSample { step, loss, ..StepSample::default() })));
        }
        let follower = told(&state);
        let curve = follower.state.curve(crate::state::Metric::Loss);
        assert!(curve.len() <= 8_100 && curve.extreme(true) == Some((123_456, 99.0)), "{}", curve.len());
        assert_eq!(curve.steps.last(), Some(&299_999));
    }
}
