//! The f32 kernels against Burn's own operations in f64, through a whole network and its gradient.

use burn_autodiff::Autodiff;
use burn_flex::Flex;
use burn_tensor::{DType, Tensor, TensorData};
use rand::Rng;
use saner_core::rng::stream;
use saner_core::spec::ModelSpec;

use crate::batch::Batch;
use crate::kernels::Kernels;
use crate::model::layer::{Kept, Memory, Pass};
use crate::model::{Net, init};
use crate::passes::{Over, gradient, gradient_with, numbers};

fn tensor(values: &[f32], dtype: DType) -> Tensor<Flex, 1> {
    let data = TensorData::new(values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>(), [values.len()]);
    Tensor::from_data(data, (&Default::default(), dtype))
}

/// A net, its weights and a batch, of which every third sample is flipped.
fn case(model: &str, width: f64, n: usize, side: usize, dtype: DType) -> (Net, Tensor<Flex, 1>, Batch<Flex>) {
    let net = Net::new(&ModelSpec { name: model.into(), width, ..Default::default() }, 10, side);
    let mut rng = stream(6, "kernels", n as u64, side as u64);
    let images: Vec<f32> = (0..n * 3 * side * side).map(|_| rng.random_range(-2.0..2.0f32)).collect();
    let given: Vec<i32> = (0..n).map(|i| (i * 7 % 10) as i32).collect();
    let flipped: Vec<f32> = (0..n).map(|i| f32::from(u8::from(i % 3 == 0))).collect();
    let batch = Batch::<Flex> {
        images: Flex::axes(dtype).enter(tensor(&images, dtype).reshape([n, 3, side, side])),
        given: Tensor::from_data(TensorData::new(given, [n]), &Default::default()),
        flipped: tensor(&flipped, dtype),
        n,
        n_flipped: n.div_ceil(3),
        smoothing: 0.0,
    };
    let w = tensor(&init::parameters(&net.params, 4), dtype);
    (net, w, batch)
}

/// Gradient, losses and batch statistics of a net in one precision.
fn run(model: &str, width: f64, n: usize, side: usize, dtype: DType) -> [Vec<f64>; 3] {
    let (net, w, batch) = case(model, width, n, side, dtype);
    let found = gradient::<Autodiff<Flex>>(&net, &w, &batch, Over::Mean);
    [numbers(&found.flat), numbers(&found.losses), numbers(&found.seen)]
}

fn distance(got: &[f64], want: &[f64]) -> f64 {
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    square(&mut got.iter().zip(want).map(|(got, want)| got - want)) / square(&mut want.iter().copied())
}

#[test]
fn a_whole_gradient_agrees_with_double_precision() {
    for (model, width, n, side) in [
        ("resnet8", 0.5, 16, 16),
        ("resnet8", 0.25, 5, 8),
        ("resnet18", 0.125, 20, 16),
        ("resnet18-imagenet", 0.125, 6, 40),
        ("wrn-40-2", 0.25, 9, 16),
        ("densenet121", 0.125, 8, 16),
        ("vit", 0.25, 7, 16),
        ("mixer", 0.25, 7, 16),
    ] {
        let (got, want) = (run(model, width, n, side, DType::F32), run(model, width, n, side, DType::F64));
        let distances: [f64; 3] = std::array::from_fn(|i| distance(&got[i], &want[i]));
        assert!(distances.iter().all(|d| *d < 1e-5), "{distances:?}");
    }
}

#[test]
fn what_a_pass_has_seen_lies_in_the_buffers_of_its_own_layers() {
    for dtype in [DType::F32, DType::F64] {
        let (net, w, batch) = case("resnet8", 0.5, 64, 16, dtype);
        let found = gradient::<Autodiff<Flex>>(&net, &w, &batch, Over::Mean);
        // With the batch's own statistics as the running ones, the test mode is the training mode, but for the factor
        // n / (n - 1) of the variance.
        let running = Some(net.buffers.split(&found.seen));
        let params = net.params.split(&w);
        let mut pass = match running {
            Some(running) => Pass::test(params, running),
            None => Pass::training(params, Memory::Off),
        };
        let logits = net.forward(&mut pass, batch.images.clone());
        let numbers_of = |t: Tensor<Flex, 2>| numbers(&t.reshape([640]));
        let distance = distance(&numbers_of(logits), &numbers_of(found.logits));
        assert!(distance < 2e-3, "{dtype:?}: {distance}");
    }
}

#[test]
fn a_kept_pass_gives_the_gradients_of_a_new_one() {
    let (net, w, batch) = case("resnet8", 0.5, 16, 16, DType::F32);
    let first = gradient_with::<Autodiff<Flex>>(&net, &w, &batch, Over::Mean, Memory::Keep(Kept::default()));
    let again = gradient_with::<Autodiff<Flex>>(&net, &w, &batch, Over::Flipped, Memory::Use(first.kept.unwrap()));
    let new = gradient::<Autodiff<Flex>>(&net, &w, &batch, Over::Flipped);
    assert_eq!(numbers(&again.flat), numbers(&new.flat), "bit for bit");
    // And both parts are the whole.
    let clean = gradient::<Autodiff<Flex>>(&net, &w, &batch, Over::Clean);
    let rest = first.flat * batch.n as f64 - again.flat;
    assert!(distance(&numbers(&rest), &numbers(&clean.flat)) < 2e-6);
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let with = |threads| saner_kernels::par::on_threads(threads, || run("resnet18", 0.25, 20, 16, DType::F32));
    let one = with(1);
    for threads in [2, 3, 8] {
        assert_eq!(with(threads), one, "{threads} threads");
    }
}
