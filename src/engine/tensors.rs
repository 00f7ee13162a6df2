//! Flat vectors to and from safetensors files, slot by slot under PyTorch's names.

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use saner_core::error::Error;

use crate::layout::Layout;

/// Tensors of one file: `(prefix, layout, flat values)`, and a step count as PyTorch's `num_batches_tracked`.
pub fn encode(parts: &[(&str, &Layout, &[f32])], tracked: Option<i64>) -> Result<Vec<u8>, Error> {
    let bad = |fault: safetensors::SafeTensorError| Error::Failed(format!("cannot encode tensors: {fault}"));
    let mut blobs: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for (prefix, layout, flat) in parts {
        for slot in &layout.slots {
            let bytes = flat[slot.offset..slot.offset + slot.len()].iter().flat_map(|v| v.to_le_bytes()).collect();
            blobs.push((format!("{prefix}{}", slot.name), Dtype::F32, slot.shape.clone(), bytes));
            if let (Some(count), Some(norm)) = (tracked, slot.name.strip_suffix("running_var")) {
                blobs.push((format!("{prefix}{norm}num_batches_tracked"), Dtype::I64, vec![], count.to_le_bytes().to_vec()));
            }
        }
    }
    let views = blobs
        .iter()
        .map(|(name, dtype, shape, bytes)| TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(bad)?;
    safetensors::serialize(views, None).map_err(bad)
}

/// Reads the slots of a layout back into a flat vector.
///
/// # Errors
/// A sentence: a tensor is missing or has another shape.
pub fn decode(bytes: &[u8], prefix: &str, layout: &Layout) -> Result<Vec<f32>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|fault| format!("not a safetensors file: {fault}"))?;
    let mut flat = Vec::with_capacity(layout.len());
    for slot in &layout.slots {
        let name = format!("{prefix}{}", slot.name);
        let view = file.tensor(&name).map_err(|_| format!("has no tensor {name}; it belongs to another model"))?;
        if view.shape() != slot.shape || view.dtype() != Dtype::F32 {
            return Err(format!("{name} is {:?} {:?}, not F32 {:?}; it belongs to another model", view.dtype(), view.shape(), slot.shape));
        }
        flat.extend(view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
    }
    Ok(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_and_another_shape_is_named() {
        let mut layout = Layout::default();
        layout.add("a.weight".into(), &[2, 1]);
        layout.add("a.running_var".into(), &[1]);
        let bytes = encode(&[("", &layout, &[1.0, f32::MIN_POSITIVE, 3.5])], Some(7)).unwrap();
        assert_eq!(decode(&bytes, "", &layout).unwrap(), [1.0, f32::MIN_POSITIVE, 3.5]);
        let file = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(file.tensor("a.num_batches_tracked").unwrap().data(), 7i64.to_le_bytes());
        let mut other = Layout::default();
        other.add("a.weight".into(), &[3]);
        assert!(decode(&bytes, "", &other).unwrap_err().contains("another model"));
        assert!(decode(b"nonsense", "", &layout).is_err());
    }
}
