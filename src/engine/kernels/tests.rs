//! The f32 kernels against Burn's own operations in f64, through a whole network and its gradient.

use burn_autodiff::Autodiff;
use burn_flex::Flex;
use burn_tensor::{DType, Tensor, TensorData};
use rand::Rng;
use saner_core::rng::stream;
use saner_core::spec::ModelSpec;

use crate::batch::Batch;
use crate::kernels::Kernels;
use crate::model::{Net, init};
use crate::passes::{Over, gradient, numbers};

fn tensor(values: &[f32], dtype: DType) -> Tensor<Flex, 1> {
    let data = TensorData::new(values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>(), [values.len()]);
    Tensor::from_data(data, (&Default::default(), dtype))
}

/// Gradient, losses and batch statistics of a net in one precision.
fn run(model: &str, width: f64, n: usize, side: usize, dtype: DType) -> [Vec<f64>; 3] {
    let net = Net::new(&ModelSpec { name: model.into(), width, ..Default::default() }, 10);
    let mut rng = stream(6, "kernels", n as u64, side as u64);
    let images: Vec<f32> = (0..n * 3 * side * side).map(|_| rng.random_range(-2.0..2.0f32)).collect();
    let given: Vec<i32> = (0..n).map(|i| (i * 7 % 10) as i32).collect();
    let batch = Batch::<Flex> {
        images: Flex::axes(dtype).enter(tensor(&images, dtype).reshape([n, 3, side, side])),
        given: Tensor::from_data(TensorData::new(given, [n]), &Default::default()),
        flipped: tensor(&vec![0.0; n], dtype),
        n,
        n_flipped: 0,
    };
    let w = tensor(&init::parameters(&net.params, 4), dtype);
    let found = gradient::<Autodiff<Flex>>(&net, &w, &batch, Over::Mean);
    [numbers(&found.flat), numbers(&found.losses), numbers(&found.seen)]
}

fn distance(got: &[f64], want: &[f64]) -> f64 {
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    square(&mut got.iter().zip(want).map(|(got, want)| got - want)) / square(&mut want.iter().copied())
}

#[test]
fn a_whole_gradient_agrees_with_double_precision() {
    for (model, width, n, side) in [("resnet8", 0.5, 16, 16), ("resnet8", 0.25, 5, 8), ("resnet18", 0.125, 20, 16)] {
        let (got, want) = (run(model, width, n, side, DType::F32), run(model, width, n, side, DType::F64));
        let distances: [f64; 3] = std::array::from_fn(|i| distance(&got[i], &want[i]));
        eprintln!("{model} {width} {n} {side}: {distances:?}");
        assert!(distances.iter().all(|d| *d < 1e-5), "{distances:?}");
    }
}
