//! Start values, as every slot says of itself; each has its own stream, so one layer's values do not move another's.
//!
//! Those of the paper's code (`method.md` 3): ResNet Kaiming fan-out normal, BatchNorm 1 and 0, PyTorch's default for the
//! linear layer (uniform within 1/√fan-in for weight and bias); the others as their PyTorch originals.

use rand_distr::{Distribution, StandardNormal};
use saner_core::rng::{stream, unit};

use crate::layout::{Init, Layout};

/// Start values of all parameters, flat.
pub fn parameters(layout: &Layout, seed: u64) -> Vec<f32> {
    let mut flat = Vec::with_capacity(layout.len());
    for (index, slot) in layout.slots.iter().enumerate() {
        let mut rng = stream(seed, "init", index as u64, 0);
        let mut draw = || match slot.init {
            Init::Fill(value) => value,
            Init::Normal(std) => {
                let normal: f64 = StandardNormal.sample(&mut rng);
                (normal * std) as f32
            }
            Init::Within(bound) => bound * (2.0 * unit(&mut rng) - 1.0),
            Init::Unit => unit(&mut rng),
        };
        flat.extend((0..slot.len()).map(|_| draw()));
    }
    flat
}

/// Start values of the running statistics: mean 0, variance 1.
pub fn buffers(layout: &Layout) -> Vec<f32> {
    parameters(layout, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Net;
    use saner_core::spec::ModelSpec;

    #[test]
    fn parameter_counts_equal_the_pytorch_originals() {
        let count =
            |name: &str, classes| Net::new(&ModelSpec { name: name.into(), width: 1.0, ..Default::default() }, classes, 32).params.len();
        assert_eq!(count("resnet18", 10), 11_173_962);
        assert_eq!(count("resnet18", 100), 11_220_132);
        assert_eq!(count("resnet34", 10), 21_282_122);
        assert_eq!(count("wrn-28-10", 10), 36_479_194);
        assert_eq!(count("wrn-40-2", 10), 2_243_546);
        assert_eq!(count("densenet121", 10), 6_956_298);
        assert_eq!(count("resnet18-imagenet", 1000), 11_689_512);
        assert_eq!(count("inception-resnet-v2", 1000), 55_843_464);
    }

    #[test]
    fn convolutions_start_with_fan_out_deviation() {
        let net = Net::new(&ModelSpec { name: "resnet8".into(), width: 1.0, ..Default::default() }, 10, 32);
        let flat = parameters(&net.params, 1);
        assert_eq!(flat.len(), net.params.len());
        let slot = net.params.slots.iter().find(|slot| slot.name == "layer3.0.conv2.weight").unwrap();
        let values = &flat[slot.offset..slot.offset + slot.len()];
        let std = (values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32).sqrt();
        assert!((std / (2.0f32 / (64.0 * 9.0)).sqrt() - 1.0).abs() < 0.02, "{std}");
    }
}
