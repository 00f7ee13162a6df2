//! Normalization and its gradient.

use burn_flex::Flex;
use burn_tensor::{DType, Tensor, TensorData};

use super::{Gpu, back, both, draw, flat, maps, there, worst};
use crate::kernels::{After, Compute, Kernels, NormState, plain};
use crate::passes::numbers;

#[test]
fn a_normalization_and_its_gradient_agree_with_double_precision() {
    if !there("normalization") {
        return;
    }
    for (n, c, h, w) in [(4, 8, 5, 6), (3, 3, 4, 4), (32, 64, 16, 16), (2, 100, 3, 3), (16, 512, 4, 4), (7, 17, 9, 9), (1, 2, 1, 1)] {
        let (shape, len) = ([n, c, h, w], n * c * h * w);
        // A mean of thirty deviations: what one pass over x and x² would lose.
        let (x, x64) = maps(&draw("x", len, 1.0, 30.0), shape);
        let (shortcut, shortcut64) = maps(&draw("shortcut", len, 1.0, 0.0), shape);
        let (dy, dy64) = maps(&draw("dy", len, 1.0, 0.0), shape);
        let (weight, weight64) = both(&draw("weight", c, 0.2, 1.0), [c]);
        let (bias, bias64) = both(&draw("bias", c, 0.2, 0.0), [c]);
        for (adds, relu) in [(false, false), (true, true), (false, true), (true, false)] {
            let case = format!("{shape:?} shortcut {adds} relu {relu}");
            let after = After { residual: adds.then(|| shortcut.clone()), relu };
            let after64 = After { residual: adds.then(|| shortcut64.clone()), relu };
            let got = Gpu::norm(x.clone(), [weight.clone(), bias.clone()], after.clone(), 1e-5);
            let want = plain::norm(x64.clone(), [weight64.clone(), bias64.clone()], after64.clone(), 1e-5);
            let away = [
                worst(&back(got.y.clone()), &flat(want.y.clone())),
                worst(&numbers(&got.mean), &numbers(&want.mean)),
                worst(&numbers(&got.var), &numbers(&want.var)),
            ];
            assert!(away.iter().all(|away| *away < 2e-5), "{case}: {away:?}");
            let affine = Gpu::affine(x.clone(), [weight.clone(), bias.clone()], after);
            let affine64 = plain::affine(x64.clone(), [weight64.clone(), bias64.clone()], after64);
            assert!(worst(&back(affine), &flat(affine64)) < 1e-6, "{case}: test pass");
            if n * h * w == 1 {
                // A variance of nothing: only the forward pass has a meaning.
                continue;
            }
            // The same output on both sides, so that a ReLU cuts the same elements.
            let cut = back(got.y.clone());
            let y64 = Tensor::<Flex, 4>::from_data(TensorData::new(cut, shape), (&Default::default(), DType::F64));
            let (unwrap, unwrap64) = (plain::unwrap::<Gpu, 1>, plain::unwrap::<Flex, 1>);
            let grads = Gpu::norm_backward(
                NormState {
                    x: plain::unwrap(x.clone()),
                    y: relu.then(|| plain::unwrap(got.y)),
                    factors: [weight.clone(), got.mean, got.var].map(unwrap),
                    shortcut: adds,
                    eps: 1e-5,
                },
                plain::unwrap(dy.clone()),
            );
            let grads64 = plain::norm_backward::<Flex>(
                NormState {
                    x: plain::unwrap(x64.clone()),
                    y: relu.then(|| plain::unwrap(y64)),
                    factors: [weight64.clone(), want.mean, want.var].map(unwrap64),
                    shortcut: adds,
                    eps: 1e-5,
                },
                plain::unwrap(dy64.clone()),
            );
            let pairs = grads.affine.into_iter().zip(grads64.affine);
            let mut away: Vec<f64> =
                pairs.map(|(got, want)| worst(&numbers(&plain::wrap::<Gpu, 1>(got)), &numbers(&plain::wrap::<Flex, 1>(want)))).collect();
            away.push(worst(&back(plain::wrap::<Gpu, 4>(grads.dx)), &flat(plain::wrap::<Flex, 4>(grads64.dx))));
            if adds {
                away.push(worst(&back(plain::wrap::<Gpu, 4>(grads.dy)), &flat(plain::wrap::<Flex, 4>(grads64.dy))));
            }
            assert!(away.iter().all(|away| *away < 3e-5), "{case}: {away:?}");
        }
    }
}

#[test]
fn nan_goes_through_a_relu() {
    if !there("NaN") {
        return;
    }
    let (x, _) = maps(&[f32::NAN, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [2, 1, 2, 2]);
    let (one, _) = both(&[1.0], [1]);
    let y = Gpu::norm(x, [one.clone(), one], After { residual: None, relu: true }, 1e-5).y;
    assert!(flat(y).iter().all(|value| value.is_nan()));
}

#[test]
fn a_map_may_have_more_values_than_one_row_of_cubes() {
    if !there("a large map") {
        return;
    }
    // One channel, so that a unit has one value: 2^15 cubes of 256 are 8.4 million.
    let shape = [3, 1, 1700, 1700];
    let (x, _) = maps(&draw("large", shape.iter().product(), 1.0, 0.0), shape);
    let two = both(&[2.0], [1]).0;
    let one = both(&[1.0], [1]).0;
    let got = back(Gpu::affine(x.clone(), [two, one], After { residual: None, relu: false }));
    assert!(got.iter().zip(back(x)).all(|(y, x)| (y - (2.0 * x + 1.0)).abs() < 1e-6));
}
