//! The GPU kernels on whatever Vulkan device is there (Mesa's lavapipe is enough), against the same in Burn's operations
//! in f64 on the CPU. Built with `--features vulkan`; without a device each test says that it was skipped.

mod norm;
mod run;

use std::io::Write;

use burn_autodiff::Autodiff;
use burn_flex::Flex;
use burn_tensor::backend::Backend;
use burn_tensor::{DType, Tensor, TensorData};
use rand::Rng;
use saner_core::data::augment::{View, write_view};
use saner_core::data::{Dataset, Samples};
use saner_core::rng::stream;
use saner_core::spec::{ModelSpec, Spec};

use crate::backend::{DeviceChoice, choose};
use crate::batch::Batch;
use crate::kernels::{Compute, Conv, Kernels, Pair, plain};
use crate::layout::{Layout, Slot};
use crate::model::{Net, init};
use crate::optim::{Family, Rates, Traces, ascent};
use crate::passes::{Over, gradient, numbers};

type Gpu = burn_wgpu::Vulkan;

/// Whether there is a device; says so if not.
fn there(test: &str) -> bool {
    let found = choose(DeviceChoice::Vulkan, None);
    if let Err(fault) = &found {
        // Past the capture of the test runner: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "skipped: {test}: {fault}");
    }
    found.is_ok()
}

fn draw(name: &str, n: usize, scale: f32, middle: f32) -> Vec<f32> {
    let mut rng = stream(11, name, n as u64, 0);
    // Sums of four: nearly normal.
    (0..n).map(|_| middle + scale * (0..4).map(|_| rng.random_range(-1.0..1.0f32)).sum::<f32>()).collect()
}

/// The same numbers in f32 on the device and in f64 on the CPU.
fn both<const D: usize>(values: &[f32], shape: [usize; D]) -> (Tensor<Gpu, D>, Tensor<Flex, D>) {
    let wide: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
    (
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Default::default()),
        Tensor::from_data(TensorData::new(wide, shape), (&Default::default(), DType::F64)),
    )
}

/// A map `[n, channels, h, w]` in the axes of either backend.
fn maps(values: &[f32], shape: [usize; 4]) -> (Tensor<Gpu, 4>, Tensor<Flex, 4>) {
    let (map, map64) = both(values, shape);
    (Gpu::axes(DType::F32).enter(map), map64)
}

/// A map of the device in the order of the CPU's.
fn back(map: Tensor<Gpu, 4>) -> Vec<f64> {
    flat(Gpu::axes(DType::F32).to_nchw(map))
}

fn flat<B: Backend, const D: usize>(t: Tensor<B, D>) -> Vec<f64> {
    let len = t.shape().num_elements();
    numbers(&t.reshape([len]))
}

/// The largest difference, as a part of the largest number.
fn worst(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(1e-30f64, |most, value| most.max(value.abs()));
    got.iter()
        .zip(want)
        .map(|(got, want)| (got - want).abs() / scale)
        .fold(0.0, |most, away| if away > most || away.is_nan() { away } else { most })
}

/// Burn's own kernels fail this where the stride is larger than the kernel and autotuning takes the direct one.
#[test]
fn gradients_of_convolutions_agree_with_double_precision() {
    if !there("convolutions") {
        return;
    }
    for (n, c_in, c_out, side, kernel, stride, pad) in [
        (5, 32, 64, 2, 1, 2, 0),
        (3, 16, 8, 4, 1, 2, 0),
        (2, 3, 5, 7, 1, 3, 0),
        (5, 8, 16, 4, 3, 2, 1),
        (2, 3, 8, 9, 7, 2, 3),
        (3, 4, 4, 5, 2, 2, 0),
        (4, 6, 5, 6, 3, 1, 1),
    ] {
        let conv = Conv { stride, pad: [pad; 2] };
        let out = (side + 2 * pad - kernel) / stride + 1;
        let (x, x64) = maps(&draw("x", n * c_in * side * side, 1.0, 0.0), [n, c_in, side, side]);
        let (w, w64) = both(&draw("w", c_out * c_in * kernel * kernel, 1.0, 0.0), [c_out, c_in, kernel, kernel]);
        let (dy, dy64) = maps(&draw("dy", n * c_out * out * out, 1.0, 0.0), [n, c_out, out, out]);
        let case = format!("{n} images of {side}, {c_in} to {c_out}, kernel {kernel}, stride {stride}, padding {pad}");
        assert!(worst(&back(Gpu::conv(x.clone(), w.clone(), conv)), &flat(plain::conv(x64.clone(), w64.clone(), conv))) < 1e-5, "{case}");
        let [x, w, dy] = [x, w, dy].map(plain::unwrap::<Gpu, 4>);
        let [x64, w64, dy64] = [x64, w64, dy64].map(plain::unwrap::<Flex, 4>);
        let (got, want) = (Gpu::conv_input(&x, &w, &dy, conv), plain::conv_input::<Flex>(&x64, &w64, &dy64, conv));
        assert!(worst(&back(plain::wrap::<Gpu, 4>(got)), &flat(plain::wrap::<Flex, 4>(want))) < 1e-5, "{case}: input");
        let (got, want) = (Gpu::conv_weight(&x, &w, &dy, conv), plain::conv_weight::<Flex>(&x64, &w64, &dy64, conv));
        assert!(worst(&flat(plain::wrap::<Gpu, 4>(got)), &flat(plain::wrap::<Flex, 4>(want))) < 1e-5, "{case}: weights");
    }
}

/// Weights, momentum and both gradients.
fn vectors(len: usize) -> [(Tensor<Gpu, 1>, Tensor<Flex, 1>); 4] {
    [("w", 1.0), ("b", 0.1), ("g", 0.01), ("s", 0.01)].map(|(name, scale)| both(&draw(name, len, scale, 0.0), [len]))
}

#[test]
fn passes_over_the_parameters_agree_with_double_precision() {
    if !there("passes over the parameters") {
        return;
    }
    for len in [1, 7, 1000, 100_002, 1_000_000] {
        let [(w, w64), (b, b64), (g, g64), (s, s64)] = vectors(len);
        let (got, want) = (Gpu::perturb(&w, &g, 0.1), ascent::perturb(&w64, &g64, 0.1));
        assert!(worst(&numbers(&got), &numbers(&want)) < 1e-6, "perturb {len}");
        let mut layout = Layout::default();
        let parts = if len > 10 { vec![3, len / 3, len - len / 3 - 3] } else { vec![len] };
        for (at, part) in parts.iter().enumerate() {
            layout.add(format!("{at}"), &[*part]);
        }
        let (pair, pair64) = (Pair { g: &g, s: &s }, Pair { g: &g64, s: &s64 });
        for method in ["sgd", "sam", "saner"] {
            let spec = Spec::load("", "x", &[saner_core::spec::Override { key: "method.name".into(), value: method.into() }]).unwrap();
            let family = Family::new(&spec, &layout);
            let rates = Rates { step: 3, lr: 0.1, rho: 0.1, alpha: 0.5, others: [1.0; 2] };
            assert!(family.one_pass(&rates).is_some(), "the kernel is what is tested");
            let got = Gpu::update(&family, [&w, &b], pair, &Traces::new(), &rates);
            let want = family.update([&w64, &b64], pair64, &Traces::new(), &rates);
            let away = [worst(&numbers(&got.w), &numbers(&want.w)), worst(&numbers(&got.momentum), &numbers(&want.momentum))];
            assert!(away.iter().all(|away| *away < 1e-6), "{method} {len}: {away:?}");
            assert_eq!(numbers(&got.finite), [1.0], "{method} {len}");
            for broken in [f32::NAN, f32::INFINITY, f32::MAX] {
                let mut values: Vec<f32> = numbers(&s).iter().map(|v| *v as f32).collect();
                values[len / 2] = broken;
                let s = both(&values, [len]).0;
                // The largest number is still one; its product with the momentum's factor is not.
                let b = if broken == f32::MAX { both(&vec![f32::MAX; len], [len]).0 } else { b.clone() };
                let found = Gpu::update(&family, [&w, &b], Pair { g: &g, s: &s }, &Traces::new(), &rates);
                assert_eq!(numbers(&found.finite), [0.0], "{method} {len} {broken}");
            }
        }
        let (got, want) = (Gpu::group_counts(&layout, pair), plain::group_counts(&layout, pair64));
        let (got, want) = (numbers(&got), numbers(&want));
        let counts = 2 * parts.len();
        assert_eq!(got[..counts], want[..counts], "{len}");
        assert!(worst(&got[counts..], &want[counts..]) < 1e-6, "norms {len}");
        for (alive, kept) in [(1.0, &s), (0.0, &g)] {
            let flag = both(&[alive], [1]).0;
            assert_eq!(numbers(&Gpu::keep_if(&g, s.clone(), &flag)), numbers(kept), "{len}");
        }
    }
}

#[test]
fn parts_are_joined_in_their_order() {
    if !there("join") {
        return;
    }
    let parts: Vec<Tensor<Gpu, 1>> = (1..40).map(|i| both(&draw("part", i * 37, 1.0, 0.0), [i * 37]).0).collect();
    let want: Vec<f64> = parts.iter().flat_map(numbers).collect();
    assert_eq!(numbers(&Gpu::join(parts)), want);
}

#[test]
fn images_made_on_the_device_are_those_of_the_host_bit_for_bit() {
    if !there("images") {
        return;
    }
    for side in [5usize, 8, 32] {
        let (n, size) = (23usize, 3 * side * side);
        let mut rng = stream(3, "pixels", side as u64, 0);
        let images = (0..n * size).map(|_| rng.random::<u8>()).collect();
        let train = Samples { images, labels: vec![0; n], index: (0..n as u32).collect(), ..Samples::empty(side) };
        let set = Dataset { train, mean: [0.49, 0.48, 0.45], std: [0.2, 0.19, 0.21], ..Dataset::default() };
        let data = Spec::load("", "x", &[]).unwrap().data;
        let views: Vec<(usize, View)> =
            (0..64u32).map(|i| (i as usize * 7 % n, View::random(&data, 1, i, i, side))).chain([(22, View::PLAIN)]).collect();
        let mut want = vec![0.0f32; views.len() * size];
        for (cell, (i, view)) in want.chunks_mut(size).zip(&views) {
            write_view(&set.train, *i, *view, &set, cell).unwrap();
        }
        let seen = Gpu::views(&set, &set.train, &Default::default()).unwrap();
        let moves: Vec<[i32; 4]> = views.iter().map(|(i, view)| view.moves(*i).unwrap()).collect();
        let got: Vec<f32> = back(seen(&moves)).iter().map(|v| *v as f32).collect();
        assert!(got.iter().zip(&want).all(|(got, want)| got.to_bits() == want.to_bits()), "side {side}");
    }
}

#[test]
fn numbers_asked_for_are_those_of_then() {
    if !there("later") {
        return;
    }
    let (mut v, _) = both(&[1.0, 2.0, 3.0], [3]);
    let asked: Vec<_> = (0..5)
        .map(|_| {
            v = v.clone() * 2.0;
            Gpu::later(v.clone())
        })
        .collect();
    let read: Vec<f64> = asked.into_iter().map(|later| later.read()[2]).collect();
    assert_eq!(read, [6.0, 12.0, 24.0, 48.0, 96.0]);
}

#[test]
fn the_gradient_of_a_network_agrees_with_double_precision() {
    if !there("gradient of a network") {
        return;
    }
    for (model, width, n, side) in [("resnet8", 0.5, 16, 16), ("resnet18", 0.125, 5, 8), ("vit", 0.25, 4, 8)] {
        let net = Net::new(&ModelSpec { name: model.into(), width, ..Default::default() }, 10, side);
        let (images, images64) = maps(&draw("images", n * 3 * side * side, 1.0, 0.0), [n, 3, side, side]);
        let (w, w64) = both(&init::parameters(&net.params, 4), [net.params.len()]);
        let given: Vec<i32> = (0..n).map(|i| (i * 7 % 10) as i32).collect();
        let (flipped, flipped64) = both(&vec![0.0; n], [n]);
        let labels = || TensorData::new(given.clone(), [n]);
        let batch = Batch { images, given: Tensor::from_data(labels(), &Default::default()), flipped, n, n_flipped: 0, smoothing: 0.1 };
        let batch64 = Batch {
            images: images64,
            given: Tensor::from_data(labels(), &Default::default()),
            flipped: flipped64,
            n,
            n_flipped: 0,
            smoothing: 0.1,
        };
        let got = gradient::<Autodiff<Gpu>>(&net, &w, &batch, Over::Mean);
        let want = gradient::<Autodiff<Flex>>(&net, &w64, &batch64, Over::Mean);
        let away = [
            worst(&numbers(&got.flat), &numbers(&want.flat)),
            worst(&numbers(&got.losses), &numbers(&want.losses)),
            worst(&numbers(&got.seen), &numbers(&want.seen)),
        ];
        let (flat, flat64) = (numbers(&got.flat), numbers(&want.flat));
        let of_slot = |slot: &Slot| {
            let range = slot.offset..slot.offset + slot.len();
            (worst(&flat[range.clone()], &flat64[range]), slot.name.clone())
        };
        let bad: Vec<(f64, String)> = net.params.slots.iter().map(of_slot).filter(|(away, _)| away.is_nan() || *away >= 1e-3).collect();
        assert!(bad.is_empty() && away.iter().all(|away| *away < 1e-4), "{model}: {away:?}, {bad:?}");
    }
}
