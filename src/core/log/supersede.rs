//! Sets aside the log lines that a resumed run will make again: kept in `superseded/`, gone from `metrics.jsonl`.

use std::io::Write;

use crate::error::{Error, Result};
use crate::rundir::RunDir;

/// Moves every line at or after `step` (and damaged ones) to `superseded/`; returns how many.
///
/// # Errors
/// The files cannot be read or written; `metrics.jsonl` is replaced only when all is on the disk.
pub fn supersede(run: &RunDir, step: u64) -> Result<u64> {
    let path = run.metrics();
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(fault) => return Err(Error::io("read", &path)(fault)),
    };
    let (mut keep, mut aside) = (Vec::new(), Vec::new());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if is_before(line, step) { keep.extend_from_slice(line) } else { aside.extend_from_slice(line) }
    }
    if aside.is_empty() {
        return Ok(0);
    }
    let folder = run.superseded();
    std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
    let mut number = 1;
    let (mut file, name) = loop {
        let name = folder.join(format!("metrics-from-{step:08}-{number}.jsonl"));
        match std::fs::File::create_new(&name) {
            Ok(file) => break (file, name),
            Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(fault) => return Err(Error::io("create", &name)(fault)),
        }
    };
    file.write_all(&aside).and_then(|()| file.sync_all()).map_err(Error::io("write", &name))?;
    let temporary = path.with_extension("jsonl.new");
    let mut file = std::fs::File::create(&temporary).map_err(Error::io("create", &temporary))?;
    file.write_all(&keep).and_then(|()| file.sync_all()).map_err(Error::io("write", &temporary))?;
    std::fs::rename(&temporary, &path).map_err(Error::io("replace", &path))?;
    Ok(aside.iter().filter(|byte| **byte == b'\n').count().max(1) as u64)
}

fn is_before(line: &[u8], step: u64) -> bool {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(line) else { return false };
    let at = value.get("step").and_then(serde_json::Value::as_u64).unwrap_or(u64::MAX);
    // An epoch's line carries the steps done, so it belongs to the checkpoint taken at that number.
    if value.get("epoch_end").is_some() { at <= step } else { at < step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_kept_aside() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir { path: dir.path().to_path_buf() };
        let text = "{\"step\":0}\n{\"step\":1}\n{\"epoch_end\":true,\"step\":2}\n{\"step\":2}\n{\"step\":3,\"tor";
        std::fs::write(run.metrics(), text).unwrap();
        assert_eq!(supersede(&run, 2).unwrap(), 1);
        assert_eq!(std::fs::read_to_string(run.metrics()).unwrap(), "{\"step\":0}\n{\"step\":1}\n{\"epoch_end\":true,\"step\":2}\n");
        let aside = std::fs::read_to_string(run.superseded().join("metrics-from-00000002-1.jsonl")).unwrap();
        assert_eq!(aside, "{\"step\":2}\n{\"step\":3,\"tor");
        assert_eq!(supersede(&run, 2).unwrap(), 0);
    }
}
