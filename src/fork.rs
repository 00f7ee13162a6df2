//! `run --fork RUN@CHECKPOINT`: a new run that begins where another one stood.

use std::path::Path;

use saner_core::manifest::{self, Verified, list, verify};
use saner_core::rundir::{RunDir, RunInfo};
use saner_core::spec::{Override, Spec, nearest};
use saner_core::{Error, Result};

/// Sections and keys that a fork may have otherwise; the rest made the weights what they are.
const FREE: [&str; 5] = ["method.", "schedule.", "probe.", "checkpoint.", "name"];

/// A verified checkpoint of another run.
pub struct Parent {
    run: RunDir,
    /// Data folder, device and version of the other run.
    pub info: RunInfo,
    checkpoint: Verified,
}

/// Finds `RUN@CHECKPOINT`; without a checkpoint the newest one that is whole.
///
/// # Errors
/// No such run or checkpoint, or a damaged one.
pub fn find(runs: &Path, wanted: &str) -> Result<Parent> {
    let (name, checkpoint) = wanted.split_once('@').unwrap_or((wanted, ""));
    let run = RunDir::find(runs, name)?;
    let (_, info) = run.read_spec()?;
    let checkpoint = if checkpoint.is_empty() {
        let none = || Error::NoRun(format!("--fork {wanted}: run {} has no checkpoint that is whole", run.id()));
        manifest::newest(&run).0.ok_or_else(none)?
    } else {
        let path = run.checkpoints().join(checkpoint);
        if checkpoint.contains('/') || !path.is_dir() {
            let names: Vec<String> = list(&run).into_iter().map(|(_, manifest)| manifest.name).collect();
            let near = nearest(checkpoint, names.iter().map(String::as_str)).map_or(String::new(), |near| format!("did you mean {near}? "));
            return Err(Error::NoRun(format!(
                "--fork {wanted}: run {} has no checkpoint {checkpoint}; {near}it has {}",
                run.id(),
                if names.is_empty() { "none".into() } else { names.join(", ") }
            )));
        }
        verify(&path)?
    };
    Ok(Parent { run, info, checkpoint })
}

impl Parent {
    /// `RUN@CHECKPOINT`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.run.id(), self.checkpoint.manifest.name)
    }

    /// The recipe of the other run with overrides.
    ///
    /// # Errors
    /// An override of what the weights were made with, or one that cannot be.
    pub fn spec(&self, sets: &[Override]) -> Result<Spec> {
        if let Some(locked) = sets.iter().find(|set| !FREE.iter().any(|free| set.key.starts_with(free))) {
            return Err(Error::Input(format!(
                "{}: locked in a fork, for the weights were made with it; only method, schedule, probe, checkpoint and name may change",
                locked.key
            )));
        }
        let path = self.run.run_toml();
        let text = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        Spec::load(&text, &path.display().to_string(), sets)
    }

    /// The checkpoint as the new run's own, with what its recipe changes.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn begin(&self, run: &RunDir, spec: &Spec, samples: usize) -> Result<Verified> {
        let mut verified = self.checkpoint.clone();
        let parent = verified.manifest.spec.clone();
        let cursor = &mut verified.manifest.cursor;
        let per_epoch = (samples / spec.data.batch).max(1) as f64;
        cursor.turn(&parent, spec, f64::from(cursor.epoch) + cursor.batch as f64 / per_epoch);
        // The new run has a log of its own.
        cursor.next_event = 0;
        verified.manifest.spec = spec.clone();
        // With it on the disk the new run can be resumed before it has written a checkpoint of its own.
        let folder = run.checkpoints().join(&verified.manifest.name);
        std::fs::create_dir(&folder).map_err(Error::io("create", &folder))?;
        let text = serde_json::to_vec_pretty(&verified.manifest)
            .map_err(|fault| Error::Failed(format!("the manifest cannot be encoded: {fault}")))?;
        for (name, bytes) in [("weights.safetensors", &verified.weights), ("state.safetensors", &verified.state), ("manifest.json", &text)]
        {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(Error::io("write", &path))?;
        }
        verified.path = folder;
        Ok(verified)
    }
}
