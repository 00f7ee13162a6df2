//! `manifest.json` of a checkpoint: what it holds, its hashes, and where the run goes on from it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::dominance::DominanceMean;
use crate::error::{Error, Result};
use crate::metric::BatchScore;
use crate::rundir::RunDir;
use crate::schedule::AlphaPlan;
use crate::spec::Spec;
use crate::start::Starter;

/// Format of checkpoints.
pub const FORMAT: u32 = 1;

/// Everything beside the tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the checkpoint.
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// Folder name.
    pub name: String,
    /// Steps done.
    pub step: u64,
    /// Epoch the next step belongs to, from 0.
    pub epoch: u32,
    /// Why it was written.
    pub reason: String,
    /// A person's note; such a checkpoint is never pruned.
    pub note: Option<String>,
    /// Test accuracy of the last test pass.
    #[serde(rename = "eval/acc")]
    pub eval_acc: Option<f64>,
    /// Live changes so far: above 0 the run is not a fixed-recipe run.
    pub tuned: u32,
    /// SHA-256 of `weights.safetensors`.
    pub weights_sha256: String,
    /// SHA-256 of `state.safetensors`.
    pub state_sha256: String,
    /// Where the run goes on.
    pub cursor: Cursor,
    /// The effective recipe.
    pub spec: Spec,
}

/// Loop state beside the tensors. Random numbers need none: every stream is named by the recipe's seed and this position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// Steps done.
    pub step: u64,
    /// Epoch of the next step.
    pub epoch: u32,
    /// Batch of the next step within its epoch.
    pub batch: u64,
    /// Alpha's plan with its re-basing.
    pub plan: AlphaPlan,
    /// Radius.
    pub rho: f64,
    /// Factor on the scheduled learning rate.
    pub lr_scale: f64,
    /// Multipliers on Groups A and C.
    #[serde(default = "ones")]
    pub group_scale: [f64; 2],
    /// What the start rule of the ramp remembers.
    #[serde(default)]
    pub starter: Starter,
    /// Losses of the epoch so far, where the start rule needs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub epoch_losses: Vec<f32>,
    /// Sums over the epoch so far.
    pub epoch_score: BatchScore,
    /// p_noise and p_clean of the epoch so far.
    pub epoch_dominance: DominanceMean,
    /// Best test accuracy so far.
    pub best_acc: Option<f64>,
    /// Last test accuracy.
    pub last_acc: Option<f64>,
    /// Seconds of training so far, pauses left out.
    pub wall: f64,
    /// Seconds of the current epoch so far.
    pub epoch_wall: f64,
    /// Number of the next event: the offset in `events.jsonl`.
    pub next_event: u64,
    /// Number of the next mark.
    pub next_mark: u32,
    /// Live changes so far.
    pub tuned: u32,
}

impl Cursor {
    /// Values of the knobs, in their order.
    pub fn knobs(&self) -> [f64; crate::knob::N_KNOBS] {
        [self.plan.target, self.plan.k, self.rho, self.lr_scale, self.group_scale[0], self.group_scale[1]]
    }

    /// Takes what a fork's recipe has otherwise than its parent's; the rest stays as it was tuned. `position` is where the
    /// fork begins, in epochs.
    pub fn turn(&mut self, parent: &Spec, own: &Spec, position: f64) {
        let (before, now) = (&parent.method, &own.method);
        if (before.alpha, before.k) != (now.alpha, now.k) {
            let keep = |before: f64, now: f64, tuned: f64| if before == now { tuned } else { now };
            let (target, k) = (keep(before.alpha, now.alpha, self.plan.target), keep(before.k, now.k, self.plan.k));
            self.plan.change(target, k, position);
        }
        if before.rho != now.rho {
            self.rho = now.rho;
        }
        if before.alpha_a != now.alpha_a {
            self.group_scale[0] = now.alpha_a;
        }
        if before.alpha_c != now.alpha_c {
            self.group_scale[1] = now.alpha_c;
        }
    }
}

fn ones() -> [f64; 2] {
    [1.0; 2]
}

/// Hash of bytes as lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A verified checkpoint.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Its folder.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Bytes of `weights.safetensors`.
    pub weights: Vec<u8>,
    /// Bytes of `state.safetensors`.
    pub state: Vec<u8>,
}

/// Reads a checkpoint and checks format and hashes.
///
/// # Errors
/// A file is missing or damaged, or the format is another.
pub fn verify(path: &Path) -> Result<Verified> {
    let manifest = read_manifest(path)?;
    let read = |name: &str, hash: &str| {
        let bytes = std::fs::read(path.join(name)).map_err(|fault| Error::checkpoint(path, format!("{name}: {fault}")))?;
        if sha256(&bytes) != hash {
            return Err(Error::checkpoint(path, format!("{name} does not match its SHA-256; the file is damaged, use another checkpoint")));
        }
        Ok(bytes)
    };
    let weights = read("weights.safetensors", &manifest.weights_sha256)?;
    let state = read("state.safetensors", &manifest.state_sha256)?;
    Ok(Verified { path: path.to_path_buf(), manifest, weights, state })
}

/// Reads the manifest alone.
///
/// # Errors
/// Missing, damaged, or of another format.
pub fn read_manifest(path: &Path) -> Result<Manifest> {
    let file = path.join("manifest.json");
    let text = std::fs::read_to_string(&file).map_err(|fault| Error::checkpoint(path, format!("manifest.json: {fault}")))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|fault| Error::checkpoint(path, format!("manifest.json is damaged: {fault}")))?;
    if manifest.format != FORMAT {
        return Err(Error::checkpoint(
            path,
            format!("format {} of version {}; this program reads format {FORMAT}", manifest.format, manifest.version),
        ));
    }
    Ok(manifest)
}

/// Manifests of all readable checkpoints of a run, fewest steps first.
pub fn list(run: &RunDir) -> Vec<(PathBuf, Manifest)> {
    let Ok(entries) = std::fs::read_dir(run.checkpoints()) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .filter_map(|entry| read_manifest(&entry.path()).ok().map(|manifest| (entry.path(), manifest)))
        .collect();
    found.sort_by_key(|(path, manifest)| (manifest.step, path.clone()));
    found
}

/// Clears what a killed process left half written; a whole checkpoint whose name stands empty gets it. The caller holds
/// the run's lock.
pub fn recover(run: &RunDir) {
    let Ok(entries) = std::fs::read_dir(run.checkpoints()) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((name, _)) = file.strip_prefix('.').and_then(|rest| rest.rsplit_once('-')) else { continue };
        let place = run.checkpoints().join(name);
        if place.exists() || verify(&path).is_err() || std::fs::rename(&path, &place).is_err() {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

/// Moves every checkpoint after `step` to `superseded/`, for a run that goes back: by the newest one it would go on.
///
/// # Errors
/// One cannot be moved; those before it are there already.
pub fn set_aside(run: &RunDir, step: u64) -> Result<()> {
    let folder = run.superseded();
    for (path, manifest) in list(run).into_iter().filter(|(_, manifest)| manifest.step > step) {
        std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let free = (1..).map(|n| folder.join(format!("{}-{n}", manifest.name))).find(|to| !to.exists());
        let to = free.unwrap_or_else(|| folder.join(&manifest.name));
        std::fs::rename(&path, &to).map_err(Error::io("move", &path))?;
    }
    Ok(())
}

/// The newest checkpoint that verifies, and a sentence for each newer one that does not.
pub fn newest(run: &RunDir) -> (Option<Verified>, Vec<String>) {
    let mut complaints = Vec::new();
    let mut found = None;
    for (path, _) in list(run).into_iter().rev() {
        match verify(&path) {
            Ok(verified) => {
                found = Some(verified);
                break;
            }
            Err(fault) => complaints.push(fault.to_string()),
        }
    }
    (found, complaints)
}
