//! How long a client waits for the first picture of a run of ten million steps: the engine's part (thinning and
//! encoding) and the client's (decoding). `cargo bench --bench attach`.

use std::time::Instant;

use saner_core::protocol::follow::Follower;
use saner_core::protocol::tell::tell;
use saner_core::protocol::{line, read};
use saner_core::state::{METRICS, RunState};

const STEPS: u64 = 10_000_000;

fn main() {
    let mut state = RunState::default();
    for step in 0..STEPS {
        for metric in METRICS {
            state.series[metric as usize].push(step, (step % 977) as f32);
        }
    }
    for round in 0..5 {
        let begun = Instant::now();
        let lines: Vec<Vec<u8>> = tell(&state).iter().map(line).collect();
        let told = begun.elapsed();
        let mut follower = Follower::default();
        for line in &lines {
            if let Ok(message) = read(&line[..line.len() - 1]) {
                let _ = follower.take(message);
            }
        }
        let bytes: usize = lines.iter().map(Vec::len).sum();
        println!(
            "round {round}: {STEPS} steps, {} curves: told in {told:.0?}, {bytes} bytes, read after {:.0?}",
            METRICS.len(),
            begun.elapsed()
        );
    }
}
