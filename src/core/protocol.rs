//! What an engine and its clients say to each other, one JSON object a line over a unix socket; see `docs/PROTOCOL.md`.

pub mod follow;
pub mod tell;

use serde::{Deserialize, Serialize};

use crate::command::Verb;
use crate::event::{EpochSummary, Header, Record, StepSample};
use crate::knob::{KNOBS, N_KNOBS};
use crate::logline::LogLine;
use crate::machine::Machine;
use crate::samples::SampleStats;
use crate::schedule::AlphaPlan;
use crate::state::{Mark, Metric, Phase};

/// Number of the protocol; another one is refused.
pub const VERSION: u32 = 1;
/// Bytes of the longest line, either way.
pub const MAX_LINE: usize = 1 << 20;

/// What a client wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Steers, if nobody else does.
    Control,
    /// Watches.
    View,
}

/// A client's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Ask {
    /// The first line.
    Hello {
        /// [`VERSION`].
        proto: u32,
        /// What the client wants to be.
        role: Role,
        /// Name of the client, for the log.
        by: String,
        /// Where it is, as `pts/3`, so that people can tell two of one name apart.
        #[serde(default)]
        from: String,
        /// A word that only this client knows: with it a lost connection gets its control back.
        #[serde(default)]
        token: String,
    },
    /// Something is wanted of the run.
    Command {
        /// Number of the client's own, for the answer.
        id: u64,
        /// What.
        verb: Verb,
    },
    /// Control is wanted; with `force` also from whoever has it.
    Take {
        /// Whether it is taken from another client.
        force: bool,
    },
    /// The client leaves on purpose.
    Bye,
}

/// An engine's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Tell {
    /// The first line.
    Hello {
        /// [`VERSION`].
        proto: u32,
        /// Id of the run.
        run: String,
        /// Version of the program.
        version: String,
        /// Process of the engine.
        pid: u32,
        /// Machine of the engine.
        host: String,
        /// Whether the client steers.
        control: bool,
        /// Knobs with their ranges.
        knobs: Vec<KnobInfo>,
    },
    /// Where the run stands, without its curves.
    Snapshot(Box<Snapshot>),
    /// A piece of a curve, thinned where it is long. Follows `snapshot`.
    Series {
        /// Which curve.
        metric: Metric,
        /// Steps, ascending.
        steps: Vec<u64>,
        /// Values; null where one was not finite.
        values: Vec<Option<f32>>,
    },
    /// Epochs and events so far, in pieces. Follows `snapshot`.
    Past {
        /// Finished epochs.
        epochs: Vec<EpochSummary>,
        /// What happened.
        events: Vec<Record>,
    },
    /// Everything so far was told; from here on come news. News may repeat the newest of what was told.
    Live,
    /// Steps, as lines of `metrics.jsonl`.
    Points {
        /// In order.
        points: Vec<StepSample>,
    },
    /// A finished epoch.
    Epoch {
        /// Its line.
        summary: Box<EpochSummary>,
    },
    /// Something happened.
    Event {
        /// Its line of `events.jsonl`.
        record: Box<Record>,
    },
    /// A line of the engine's text log; of those before the client came the newest are told.
    Log {
        /// The line.
        line: LogLine,
    },
    /// A sign of life, every two seconds.
    Health {
        /// Steps done.
        step: u64,
        /// Seconds of a step, newest ones.
        secs_per_step: Option<f64>,
        /// Connected clients.
        clients: u32,
        /// Load of the machine that trains.
        #[serde(default)]
        machine: Option<Machine>,
    },
    /// Who steers now.
    Control {
        /// Whether it is this client.
        yours: bool,
        /// Name of who it is; absent where nobody does.
        holder: Option<String>,
    },
    /// At once for each command: taken, with the number under which its events come, or refused.
    Answer {
        /// The client's number.
        id: u64,
        /// Number in `accepted`, `applied`, `rejected`, `superseded`, `saved`.
        ticket: Option<u64>,
        /// Why not.
        refused: Option<String>,
    },
    /// The client did something that is not understood; the connection ends.
    Refused {
        /// What, and what would be right.
        reason: String,
    },
    /// The engine leaves.
    Bye {
        /// Why.
        reason: String,
    },
}

/// A knob as a client must know it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct KnobInfo {
    /// Name in commands.
    pub name: String,
    /// Least value.
    pub low: f64,
    /// Greatest value.
    pub high: f64,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Snapshot {
    /// Running, paused, ended.
    pub phase: Phase,
    /// What was known at its start.
    pub header: Option<Box<Header>>,
    /// Newest step.
    pub step: Option<StepSample>,
    /// Newest shares of A, B, C and their step.
    pub shares: Option<(u64, [f32; 3])>,
    /// Newest shares of each parameter tensor.
    pub layers: Vec<[f32; 3]>,
    /// Share of Group B of each parameter tensor by epoch, thinned where there are many.
    #[serde(default)]
    pub layer_epochs: Vec<(u32, Vec<f32>)>,
    /// What the network thinks of each training sample, and the epoch of that look.
    #[serde(default)]
    pub samples: Option<(u32, Box<SampleStats>)>,
    /// Newest p_noise, p_clean, p_r.
    pub dominance: Option<[f32; 3]>,
    /// Newest norms of g and s.
    pub norms: Option<[f32; 2]>,
    /// Marks on the charts.
    pub marks: Vec<Mark>,
    /// Values of the knobs as last applied.
    pub knobs: [f64; N_KNOBS],
    /// Plan of alpha.
    pub plan: Option<AlphaPlan>,
    /// Applied live changes.
    pub tuned: u32,
    /// How often the run went on from a checkpoint.
    #[serde(default)]
    pub rewinds: u32,
    /// Seconds of a step.
    pub secs_per_step: Option<f64>,
}

/// The knobs for a hello.
pub fn knobs() -> Vec<KnobInfo> {
    KNOBS.iter().map(|row| KnobInfo { name: row.name.into(), low: row.range.0, high: row.range.1 }).collect()
}

/// Reads a line.
///
/// # Errors
/// A sentence for the other side.
pub fn read<T: serde::de::DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|fault| format!("a line that is not understood: {fault}"))
}

/// A line with its end.
pub fn line(message: &impl Serialize) -> Vec<u8> {
    // These types have string keys and finite or absent numbers only, so that encoding cannot fail.
    let mut bytes = serde_json::to_vec(message).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Text of a client without what could move a terminal, and not longer than a line of one.
pub fn tame(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests;
