//! Every kernel against a naive sum in f64, on random shapes, for every set of instructions this machine has.

use proptest::prelude::*;
use saner_kernels::conv::{self, Conv};
use saner_kernels::norm;
use saner_kernels::simd::Level;

/// Largest difference, relative to the largest value.
fn distance(got: &[f32], want: &[f64]) -> f64 {
    let scale = want.iter().fold(1e-30f64, |top, v| top.max(v.abs()));
    got.iter().zip(want).fold(0.0f64, |top, (got, want)| top.max((f64::from(*got) - want).abs())) / scale
}

/// Values in −1..1, the same for the same seed.
fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// All terms of a convolution: indices into x, weights and y.
fn terms(c: &Conv) -> Vec<[usize; 3]> {
    let [ho, wo] = c.out_size();
    let mut all = Vec::new();
    for y in 0..ho {
        for x in 0..wo {
            for ky in 0..c.kernel[0] {
                for kx in 0..c.kernel[1] {
                    let (sy, sx) = (y * c.stride + ky, x * c.stride + kx);
                    if sy < c.pad[0] || sx < c.pad[1] || sy - c.pad[0] >= c.size[0] || sx - c.pad[1] >= c.size[1] {
                        continue;
                    }
                    let from = (sy - c.pad[0]) * c.size[1] + sx - c.pad[1];
                    for k in 0..c.c_out {
                        for i in 0..c.c_in {
                            for n in 0..c.n {
                                all.push([
                                    (from * c.c_in + i) * c.n + n,
                                    (k * c.c_in + i) * c.taps() + ky * c.kernel[1] + kx,
                                    ((y * wo + x) * c.c_out + k) * c.n + n,
                                ]);
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

fn shapes() -> impl Strategy<Value = Conv> {
    let kernel = prop_oneof![Just([1, 1]), Just([3, 3]), Just([1, 7]), Just([2, 2])];
    (1usize..40, 1usize..21, 1usize..21, [1usize..8, 1usize..8], kernel, 1usize..3, [0usize..3, 0usize..3])
        .prop_map(|(n, c_in, c_out, size, kernel, stride, pad)| Conv { n, c_in, c_out, size, kernel, stride, pad })
        .prop_filter("the kernel fits", |c| (0..2).all(|i| c.size[i] + 2 * c.pad[i] >= c.kernel[i]))
}

/// The three passes of one shape against f64.
fn check(c: &Conv) {
    let (x, w, dy) = (noise(c.input_len(), 1), noise(c.weight_len(), 2), noise(c.output_len(), 3));
    let [mut y, mut dx, mut dw] = [vec![0.0; c.output_len()], vec![0.0; c.input_len()], vec![0.0; c.weight_len()]];
    for [i, j, k] in terms(c) {
        let f = |v: &[f32], at: usize| f64::from(v[at]);
        y[k] += f(&x, i) * f(&w, j);
        dx[i] += f(&dy, k) * f(&w, j);
        dw[j] += f(&dy, k) * f(&x, i);
    }
    for level in Level::all() {
        let what = format!("{} {c:?}", level.name());
        let mut out = vec![7.0; y.len()];
        conv::forward(level, c, &x, &w, &mut out);
        assert!(distance(&out, &y) < 1e-5, "forward {what}");
        let mut out = vec![7.0; dx.len()];
        conv::grad_input(level, c, &w, &dy, &mut out, false);
        assert!(distance(&out, &dx) < 1e-5, "input {what}");
        let base = noise(dx.len(), 4);
        let mut out = base.clone();
        conv::grad_input(level, c, &w, &dy, &mut out, true);
        let added: Vec<f64> = base.iter().zip(&dx).map(|(a, b)| f64::from(*a) + b).collect();
        assert!(distance(&out, &added) < 1e-5, "input, added {what}");
        let mut out = vec![7.0; dw.len()];
        conv::grad_weight(level, c, &x, &dy, &mut out);
        assert!(distance(&out, &dw) < 1e-5, "weight {what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn convolutions_agree_with_f64(c in shapes()) {
        check(&c);
    }

    #[test]
    fn normalization_agrees_with_f64(pixels in 1usize..40, channels in 1usize..9, n in 1usize..40, offset in -50.0f32..50.0, relu: bool, residual: bool) {
        prop_assume!(pixels * n > 3);
        normalize(pixels, channels, n, offset, relu, residual);
    }
}

#[test]
fn large_shapes_agree_with_f64() {
    // Sums cut into parts, several blocks of images and pixels, all tile remainders.
    check(&Conv { n: 70, c_in: 9, c_out: 13, size: [17, 19], kernel: [3, 3], stride: 1, pad: [1, 1] });
    check(&Conv { n: 33, c_in: 67, c_out: 41, size: [6, 5], kernel: [3, 3], stride: 2, pad: [1, 1] });
    check(&Conv { n: 64, c_in: 160, c_out: 24, size: [8, 8], kernel: [3, 3], stride: 1, pad: [1, 1] });
    check(&Conv { n: 37, c_in: 17, c_out: 21, size: [9, 8], kernel: [3, 3], stride: 1, pad: [1, 1] });
    check(&Conv { n: 5, c_in: 16, c_out: 40, size: [11, 13], kernel: [3, 3], stride: 1, pad: [1, 1] });
    check(&Conv { n: 16, c_in: 16, c_out: 64, size: [9, 9], kernel: [1, 1], stride: 2, pad: [0, 0] });
}

fn normalize(pixels: usize, channels: usize, n: usize, offset: f32, relu: bool, residual: bool) {
    let (shape, len) = ([pixels, channels, n], pixels * channels * n);
    let x: Vec<f32> = noise(len, 5).iter().map(|v| v + offset).collect();
    let more = residual.then(|| noise(len, 6));
    let dy = noise(len, 7);
    let (weight, bias) = (noise(channels, 8), noise(channels, 9));
    let count = (pixels * n) as f64;
    let channel = |i: usize| i / n % channels;
    let mean_of = |v: &dyn Fn(usize) -> f64| {
        let mut sums = vec![0.0; channels];
        (0..len).for_each(|i| sums[channel(i)] += v(i) / count);
        sums
    };
    let mean = mean_of(&|i| f64::from(x[i]));
    let var = mean_of(&|i| (f64::from(x[i]) - mean[channel(i)]).powi(2));
    let inv: Vec<f64> = var.iter().map(|v| 1.0 / (v + 1e-5).sqrt()).collect();
    let normal = |i: usize| (f64::from(x[i]) - mean[channel(i)]) * inv[channel(i)];
    for level in Level::all() {
        let found = norm::statistics(level, &x, shape);
        // A mean near 0 is as exact as the values it is made of, not as itself.
        let size = f64::from(x.iter().fold(0.0f32, |top, v| top.max(v.abs())));
        let off = found.mean.iter().zip(&mean).fold(0.0f64, |top, (got, want)| top.max((f64::from(*got) - want).abs()));
        assert!(off < 1e-6 * size && distance(&found.var, &var) < 1e-5, "{} {shape:?}", level.name());
        let inv32: Vec<f32> = inv.iter().map(|v| *v as f32).collect();
        let factors =
            norm::Factors { mean: &found.mean, scale: &weight.iter().zip(&inv32).map(|(w, i)| w * i).collect::<Vec<_>>(), shift: &bias };
        let mut y = vec![7.0; len];
        norm::apply(level, &x, factors, more.as_deref(), relu, shape, &mut y);
        let before: Vec<f64> = (0..len)
            .map(|i| {
                f64::from(weight[channel(i)]) * normal(i) + f64::from(bias[channel(i)]) + more.as_ref().map_or(0.0, |m| f64::from(m[i]))
            })
            .collect();
        // What a ReLU lets through may all be near 0 by chance; as exact as what went into it is all it can be.
        let size = before.iter().fold(1e-30f64, |top, v| top.max(v.abs()));
        let off = y
            .iter()
            .zip(&before)
            .fold(0.0f64, |top, (got, want)| top.max((f64::from(*got) - if relu { want.max(0.0) } else { *want }).abs()));
        assert!(off < 1e-5 * size, "apply {} {shape:?} {}", level.name(), off / size);
        // The mask is that of the kernel's own output: beside 0 the two may differ by rounding.
        let cut: Vec<f64> = (0..len).map(|i| if relu && y[i] <= 0.0 { 0.0 } else { f64::from(dy[i]) }).collect();
        let (sum, product) = (mean_of(&|i| cut[i]), mean_of(&|i| cut[i] * normal(i)));
        let dx: Vec<f64> = (0..len)
            .map(|i| f64::from(weight[channel(i)]) * inv[channel(i)] * (cut[i] - sum[channel(i)] - normal(i) * product[channel(i)]))
            .collect();
        let mut masked = dy.clone();
        let sums = norm::backward_sums(level, &mut masked, relu.then_some(&y), &x, [&found.mean, &inv32], shape);
        let total = |v: &[f64]| v.iter().map(|v| v * count).collect::<Vec<_>>();
        let scale = 1e-5 * count.sqrt().max(1.0);
        for (got, want) in [(&sums.dy, total(&sum)), (&sums.dy_x, total(&product))] {
            assert!(got.iter().zip(&want).all(|(g, w)| (f64::from(*g) - w).abs() < scale), "sums {} {shape:?}", level.name());
        }
        let mut out = vec![7.0; len];
        norm::backward_input(level, &masked, &x, [&found.mean, &inv32, &weight], &sums, shape, &mut out);
        assert!(distance(&out, &dx) < 2e-5, "backward {} {shape:?} {}", level.name(), distance(&out, &dx));
    }
}
