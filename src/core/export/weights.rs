//! Weights of a verified checkpoint, with PyTorch's names and layouts.

use super::Request;
use crate::error::{Error, Result};
use crate::manifest;
use crate::rundir::RunDir;

/// The file as bytes.
pub fn encode(run: &RunDir, request: &Request) -> Result<Vec<u8>> {
    let verified = match &request.checkpoint {
        Some(name) => {
            let path = run.checkpoints().join(name);
            if !path.is_dir() {
                let names: Vec<String> = manifest::list(run).into_iter().map(|(_, m)| m.name).collect();
                return Err(Error::Input(format!("--checkpoint {name}: no such checkpoint; {} has {}", run.id(), names.join(", "))));
            }
            manifest::verify(&path)?
        }
        None => manifest::newest(run).0.ok_or_else(|| Error::Input(format!("run {} has no checkpoint that verifies", run.id())))?,
    };
    Ok(verified.weights)
}
