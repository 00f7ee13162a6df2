//! Checkpoints: written beside, synced, moved into place in one step, read back, and only then believed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, statvfs};
use saner_core::error::{Error, Result};
use saner_core::manifest::{self, Cursor, FORMAT, Manifest, Verified, sha256};
use saner_core::rundir::RunDir;
use saner_core::spec::Spec;

use crate::layout::Layout;
use crate::model::{Net, init};
use crate::optim::Trace;
use crate::tensors;

/// The numbers of a checkpoint in the host's memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Parameters.
    pub w: Vec<f32>,
    /// Momentum buffer.
    pub momentum: Vec<f32>,
    /// Running statistics.
    pub running: Vec<f32>,
    /// What the method remembers.
    pub traces: BTreeMap<Trace, Vec<f32>>,
}

impl Numbers {
    /// Where training begins.
    pub fn start(net: &Net, spec: &Spec) -> Self {
        let (w, running) = (init::parameters(&net.params, spec.seed), init::buffers(&net.buffers));
        let begin = |trace: &Trace| match trace {
            Trace::Average => w.clone(),
            Trace::AverageRunning => running.clone(),
            _ => vec![0.0; net.params.len()],
        };
        let traces = Trace::of(spec).into_iter().map(|trace| (trace, begin(&trace))).collect();
        Self { momentum: vec![0.0; net.params.len()], traces, w, running }
    }
}

/// What is said of a checkpoint beside its numbers.
#[derive(Debug, Clone)]
pub struct Label<'a> {
    /// Folder name.
    pub name: String,
    /// Why it is written.
    pub reason: &'a str,
    /// A person's note.
    pub note: Option<String>,
}

/// Writes one checkpoint and verifies it; returns the bytes written.
///
/// # Errors
/// No space, no permission, or what was read back is not what was written. A failed write leaves nothing behind and
/// touches no other checkpoint.
pub fn save(run: &RunDir, net: &Net, spec: &Spec, cursor: &Cursor, numbers: &Numbers, label: Label<'_>) -> Result<u64> {
    let weights = tensors::encode(&[("", &net.params, &numbers.w), ("", &net.buffers, &numbers.running)], Some(cursor.step as i64))?;
    let mut parts: Vec<(&str, &Layout, &[f32])> = vec![("momentum.", &net.params, &numbers.momentum)];
    parts.extend(numbers.traces.iter().map(|(trace, values)| (trace.prefix(), layout_of(net, *trace), values.as_slice())));
    let state = tensors::encode(&parts, None)?;
    let folder = run.checkpoints();
    let place = folder.join(&label.name);
    let kept_note = manifest::read_manifest(&place).ok().filter(|old| old.step == cursor.step).and_then(|old| old.note);
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        name: label.name.clone(),
        step: cursor.step,
        epoch: cursor.epoch,
        reason: label.reason.into(),
        note: label.note.or(kept_note),
        eval_acc: cursor.last_acc,
        tuned: cursor.tuned,
        weights_sha256: sha256(&weights),
        state_sha256: sha256(&state),
        cursor: cursor.clone(),
        spec: spec.clone(),
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|fault| Error::Failed(format!("cannot encode the manifest: {fault}")))?;
    let bytes = (weights.len() + state.len() + text.len()) as u64;
    room_for(&folder, bytes)?;
    let temporary = hidden(&folder, &label.name);
    let written = write_all(&temporary, [("weights.safetensors", &weights), ("state.safetensors", &state), ("manifest.json", &text)])
        .and_then(|()| move_into_place(&temporary, &place));
    // Whatever is left under the temporary name is half a checkpoint, or the one that was replaced.
    let _ = std::fs::remove_dir_all(&temporary);
    written?;
    sync_folder(&folder)?;
    let back = manifest::verify(&place)?;
    if back.manifest != manifest {
        return Err(Error::checkpoint(&place, "what was read back is not what was written"));
    }
    Ok(bytes)
}

/// Numbers of a verified checkpoint.
///
/// # Errors
/// The tensors do not fit the network.
pub fn numbers(verified: &Verified, net: &Net, spec: &Spec) -> Result<Numbers> {
    let bad = |what| Error::checkpoint(&verified.path, what);
    let trace =
        |trace: Trace| tensors::decode(&verified.state, trace.prefix(), layout_of(net, trace)).map(|values| (trace, values)).map_err(bad);
    Ok(Numbers {
        w: tensors::decode(&verified.weights, "", &net.params).map_err(bad)?,
        running: tensors::decode(&verified.weights, "", &net.buffers).map_err(bad)?,
        momentum: tensors::decode(&verified.state, "momentum.", &net.params).map_err(bad)?,
        traces: Trace::of(spec).into_iter().map(trace).collect::<Result<_>>()?,
    })
}

fn layout_of(net: &Net, trace: Trace) -> &Layout {
    if trace == Trace::AverageRunning { &net.buffers } else { &net.params }
}

/// Removes old checkpoints: the last `keep`, best, first and every noted one stay.
pub fn prune(run: &RunDir, keep: usize) {
    let all = manifest::list(run);
    let plain: Vec<&(PathBuf, Manifest)> = all.iter().filter(|(_, m)| m.name.starts_with("step-")).collect();
    let first = plain.first().map(|(path, _)| path.clone());
    let old = plain.len().saturating_sub(keep.max(1));
    for (path, manifest) in plain.into_iter().take(old) {
        if manifest.note.is_none() && Some(path) != first.as_ref() {
            remove(path, &manifest.name);
        }
    }
}

/// Takes the name away first: a kill in the middle of the removal leaves nothing under it that is half a checkpoint.
fn remove(path: &Path, name: &str) {
    let hidden = hidden(path.parent().unwrap_or(path), name);
    if std::fs::rename(path, &hidden).is_ok() {
        let _ = std::fs::remove_dir_all(&hidden);
    }
}

/// The name under which a checkpoint comes and goes; `manifest::recover` clears what a kill left there.
fn hidden(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}-{}", std::process::id()))
}

fn room_for(folder: &Path, bytes: u64) -> Result<()> {
    let Ok(disk) = statvfs(folder) else { return Ok(()) };
    let free = disk.f_bavail * disk.f_frsize;
    if free < bytes + bytes / 20 {
        let io = std::io::Error::new(std::io::ErrorKind::StorageFull, format!("{bytes} bytes needed, {free} free"));
        return Err(Error::io("write a checkpoint in", folder)(io));
    }
    Ok(())
}

fn write_all(folder: &Path, files: [(&str, &Vec<u8>); 3]) -> Result<()> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir(folder).map_err(Error::io("create", folder))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        File::create(&path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all())).map_err(Error::io("write", &path))?;
    }
    sync_folder(folder)
}

/// Renames, or exchanges with what stands there, so that at every moment one whole checkpoint has the name.
fn move_into_place(temporary: &Path, place: &Path) -> Result<()> {
    if !place.exists() {
        return std::fs::rename(temporary, place).map_err(Error::io("name", place));
    }
    renameat_with(CWD, temporary, CWD, place, RenameFlags::EXCHANGE).or_else(|_| {
        // A file system without exchange: the old one steps aside for a moment.
        let aside = temporary.with_extension("old");
        std::fs::rename(place, &aside)
            .and_then(|()| std::fs::rename(temporary, place))
            .and_then(|()| std::fs::remove_dir_all(&aside))
            .map_err(Error::io("replace", place))
    })
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(Error::io("sync", folder))
}
