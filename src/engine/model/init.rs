//! Start values as in the paper's code (`method.md` 3): Kaiming fan-out normal for convolutions, BatchNorm 1 and 0,
//! PyTorch's default for the linear layer (uniform within 1/√fan-in for weight and bias).

use rand_distr::{Distribution, StandardNormal};
use saner_core::rng::{stream, unit};

use crate::layout::Layout;

/// Start values of all parameters, flat; each slot has its own stream, so one layer's values do not move another's.
pub fn parameters(layout: &Layout, seed: u64) -> Vec<f32> {
    let mut flat = Vec::with_capacity(layout.len());
    let fan_in = layout.slots.iter().find(|slot| slot.shape.len() == 2).map_or(1, |slot| slot.shape[1]);
    for (index, slot) in layout.slots.iter().enumerate() {
        let mut rng = stream(seed, "init", index as u64, 0);
        let linear = slot.name.starts_with("linear.");
        match slot.shape[..] {
            [c_out, _, kh, kw] => {
                let std = (2.0 / (c_out * kh * kw) as f64).sqrt();
                flat.extend((0..slot.len()).map(|_| {
                    let normal: f64 = StandardNormal.sample(&mut rng);
                    (normal * std) as f32
                }));
            }
            _ if linear => {
                let bound = 1.0 / (fan_in as f32).sqrt();
                flat.extend((0..slot.len()).map(|_| bound * (2.0 * unit(&mut rng) - 1.0)));
            }
            _ if slot.name.ends_with(".weight") => flat.extend(std::iter::repeat_n(1.0, slot.len())),
            _ => flat.extend(std::iter::repeat_n(0.0, slot.len())),
        }
    }
    flat
}

/// Start values of the running statistics: mean 0, variance 1.
pub fn buffers(layout: &Layout) -> Vec<f32> {
    let value = |name: &str| if name.ends_with("running_var") { 1.0 } else { 0.0 };
    layout.slots.iter().flat_map(|slot| std::iter::repeat_n(value(&slot.name), slot.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Net;
    use saner_core::spec::ModelSpec;

    #[test]
    fn parameter_counts_equal_the_pytorch_originals() {
        let count =
            |name: &str, classes| Net::new(&ModelSpec { name: name.into(), width: 1.0, ..Default::default() }, classes).params.len();
        assert_eq!(count("resnet18", 10), 11_173_962);
        assert_eq!(count("resnet18", 100), 11_220_132);
        assert_eq!(count("resnet34", 10), 21_282_122);
    }

    #[test]
    fn convolutions_start_with_fan_out_deviation() {
        let net = Net::new(&ModelSpec { name: "resnet8".into(), width: 1.0, ..Default::default() }, 10);
        let flat = parameters(&net.params, 1);
        assert_eq!(flat.len(), net.params.len());
        let slot = net.params.slots.iter().find(|slot| slot.name == "layer3.0.conv2.weight").unwrap();
        let values = &flat[slot.offset..slot.offset + slot.len()];
        let std = (values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32).sqrt();
        assert!((std / (2.0f32 / (64.0 * 9.0)).sqrt() - 1.0).abs() < 0.02, "{std}");
    }
}
