//! Inception-ResNet-v2 for 299 pixels. Names as in the usual PyTorch port (`conv2d_1a.conv`, `repeat_1.3.branch1.0.bn`,
//! `last_linear`), PyTorch's default start values. Source: Szegedy et al. 2017.

use burn_tensor::Tensor;
use burn_tensor::activation::relu;

use super::layer::{BatchNorm, Builder, Conv, Linear, Pass, pool};
use crate::kernels::Kernels;
use crate::layout::Init;

/// Guard of the variances.
const EPS: f64 = 1e-3;

/// Kernel, stride and padding of a convolution.
type How = ([usize; 2], usize, [usize; 2]);

const K1: How = ([1, 1], 1, [0, 0]);
const K3: How = ([3, 3], 1, [1, 1]);
const VALID: How = ([3, 3], 1, [0, 0]);
const DOWN: How = ([3, 3], 2, [0, 0]);

/// Convolution, normalization, ReLU.
#[derive(Debug, Clone)]
struct Unit {
    conv: Conv,
    bn: BatchNorm,
}

impl Unit {
    fn new(builder: &mut Builder, name: &str, channels: [usize; 2], how: How) -> Self {
        let bound = 1.0 / ((channels[0] * how.0[0] * how.0[1]) as f32).sqrt();
        let conv = Conv::with(builder, &format!("{name}.conv"), channels, how, Init::Within(bound));
        Self { conv, bn: BatchNorm::with(builder, &format!("{name}.bn"), channels[1], EPS, Init::Fill(1.0)) }
    }

    fn forward<B: Kernels>(&self, pass: &mut Pass<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let y = self.conv.forward(pass, x);
        self.bn.forward(pass, y, None, true)
    }
}

/// What a branch begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Mean,
    Greatest,
}

/// Units in a row.
#[derive(Debug, Clone)]
struct Branch {
    before: Before,
    units: Vec<Unit>,
}

impl Branch {
    /// Units of the given channels: the first number is what comes in. A single unit has no number in its name.
    fn new(builder: &mut Builder, name: &str, channels: &[usize], hows: &[How]) -> Self {
        let single = hows.len() == 1;
        let name = |at: usize| if single { name.to_owned() } else { format!("{name}.{at}") };
        let unit = |at: usize| Unit::new(builder, &name(at), [channels[at], channels[at + 1]], hows[at]);
        Self { before: Before::Nothing, units: (0..hows.len()).map(unit).collect() }
    }

    fn forward<B: Kernels>(&self, pass: &mut Pass<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let x = match self.before {
            Before::Nothing => x,
            Before::Mean => pool::mean(x, 3, 1, 1),
            Before::Greatest => pool::greatest(x, 3, 2, 0),
        };
        self.units.iter().fold(x, |x, unit| unit.forward(pass, x))
    }
}

/// Branches side by side.
fn side_by_side<B: Kernels>(branches: &[Branch], pass: &mut Pass<B>, x: &Tensor<B, 4>) -> Tensor<B, 4> {
    pool::join(branches.iter().map(|branch| branch.forward(pass, x.clone())).collect())
}

/// Branches whose result, scaled, is added to what came in.
#[derive(Debug, Clone)]
struct Residual {
    branches: Vec<Branch>,
    conv: Conv,
    bias: usize,
    scale: f64,
    relu: bool,
}

impl Residual {
    /// `hows` are those of the second branch behind its first unit.
    fn new(builder: &mut Builder, name: &str, rows: &[(&[usize], &[How])], scale: f64) -> Self {
        let branch =
            |(at, (channels, hows)): (usize, &(&[usize], &[How]))| Branch::new(builder, &format!("{name}.branch{at}"), channels, hows);
        let branches: Vec<Branch> = rows.iter().enumerate().map(branch).collect();
        let joined: usize = rows.iter().map(|(channels, _)| channels[channels.len() - 1]).sum();
        let channels = rows[0].0[0];
        let bound = Init::Within(1.0 / (joined as f32).sqrt());
        let conv = Conv::with(builder, &format!("{name}.conv2d"), [joined, channels], K1, bound);
        let bias = builder.params.add_as(format!("{name}.conv2d.bias"), &[channels], bound);
        Self { branches, conv, bias, scale, relu: true }
    }

    fn forward<B: Kernels>(&self, pass: &mut Pass<B>, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let joined = side_by_side(&self.branches, pass, &x);
        let y = self.conv.forward(pass, joined);
        let bias = pass.params[self.bias].clone();
        let channels = bias.dims()[0];
        let mut shape = [1; 4];
        shape[B::axes(y.dtype()).channels()] = channels;
        let bias = bias.reshape(shape);
        let y = (y + bias) * self.scale + x;
        if self.relu { relu(y) } else { y }
    }
}

/// The network.
#[derive(Debug, Clone)]
pub struct InceptionResNet {
    stem: Vec<Unit>,
    mixed_5b: Vec<Branch>,
    repeat: Vec<Residual>,
    mixed_6a: Vec<Branch>,
    repeat_1: Vec<Residual>,
    mixed_7a: Vec<Branch>,
    repeat_2: Vec<Residual>,
    conv2d_7b: Unit,
    last_linear: Linear,
}

impl InceptionResNet {
    /// With all channels times `width`.
    pub fn new(builder: &mut Builder, width: f64, n_classes: usize) -> Self {
        let c = |channels: usize| ((channels as f64 * width).round() as usize).max(1);
        let of = |channels: &[usize]| channels.iter().map(|n| c(*n)).collect::<Vec<_>>();
        let stem = [
            ("conv2d_1a", 3, 32, DOWN),
            ("conv2d_2a", 32, 32, VALID),
            ("conv2d_2b", 32, 64, K3),
            ("conv2d_3b", 64, 80, K1),
            ("conv2d_4a", 80, 192, VALID),
        ];
        let stem = stem.map(|(name, n_in, n_out, how)| Unit::new(builder, name, [if n_in == 3 { 3 } else { c(n_in) }, c(n_out)], how));
        let mut branches = |name: &str, rows: &[(&[usize], &[How])], extra: Option<Before>| {
            let mut all: Vec<Branch> = Vec::new();
            for (at, (channels, hows)) in rows.iter().enumerate() {
                all.push(Branch::new(builder, &format!("{name}.branch{at}"), &of(channels), hows));
            }
            match extra {
                Some(Before::Mean) => {
                    let unit = Unit::new(builder, &format!("{name}.branch{}.1", rows.len()), [c(192), c(64)], K1);
                    all.push(Branch { before: Before::Mean, units: vec![unit] });
                }
                Some(before) => all.push(Branch { before, units: Vec::new() }),
                None => {}
            }
            all
        };
        let mixed_5b = branches(
            "mixed_5b",
            &[(&[192, 96], &[K1]), (&[192, 48, 64], &[K1, ([5, 5], 1, [2, 2])]), (&[192, 64, 96, 96], &[K1, K3, K3])],
            Some(Before::Mean),
        );
        let mixed_6a = branches("mixed_6a", &[(&[320, 384], &[DOWN]), (&[320, 256, 256, 384], &[K1, K3, DOWN])], Some(Before::Greatest));
        let mixed_7a = branches(
            "mixed_7a",
            &[(&[1088, 256, 384], &[K1, DOWN]), (&[1088, 256, 288], &[K1, DOWN]), (&[1088, 256, 288, 320], &[K1, K3, DOWN])],
            Some(Before::Greatest),
        );
        let mut residual = |name: String, rows: &[(&[usize], &[How])], scale: f64| {
            let scaled: Vec<(Vec<usize>, &[How])> = rows.iter().map(|(channels, hows)| (of(channels), *hows)).collect();
            let rows: Vec<(&[usize], &[How])> = scaled.iter().map(|(channels, hows)| (channels.as_slice(), *hows)).collect();
            Residual::new(builder, &name, &rows, scale)
        };
        let block35: [(&[usize], &[How]); 3] = [(&[320, 32], &[K1]), (&[320, 32, 32], &[K1, K3]), (&[320, 32, 48, 64], &[K1, K3, K3])];
        let seven: [How; 3] = [K1, ([1, 7], 1, [0, 3]), ([7, 1], 1, [3, 0])];
        let block17: [(&[usize], &[How]); 2] = [(&[1088, 192], &[K1]), (&[1088, 128, 160, 192], &seven)];
        let three: [How; 3] = [K1, ([1, 3], 1, [0, 1]), ([3, 1], 1, [1, 0])];
        let block8: [(&[usize], &[How]); 2] = [(&[2080, 192], &[K1]), (&[2080, 192, 224, 256], &three)];
        let repeat = (0..10).map(|at| residual(format!("repeat.{at}"), &block35, 0.17)).collect();
        let repeat_1 = (0..20).map(|at| residual(format!("repeat_1.{at}"), &block17, 0.10)).collect();
        let mut repeat_2: Vec<Residual> = (0..9).map(|at| residual(format!("repeat_2.{at}"), &block8, 0.20)).collect();
        repeat_2.push(Residual { relu: false, ..residual("block8".into(), &block8, 1.0) });
        let conv2d_7b = Unit::new(builder, "conv2d_7b", [c(2080), c(1536)], K1);
        let last_linear = Linear::new(builder, "last_linear", c(1536), n_classes);
        Self { stem: stem.to_vec(), mixed_5b, repeat, mixed_6a, repeat_1, mixed_7a, repeat_2, conv2d_7b, last_linear }
    }

    /// Logits `[n, classes]`.
    pub fn forward<B: Kernels>(&self, pass: &mut Pass<B>, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let mut x = images;
        for (at, unit) in self.stem.iter().enumerate() {
            x = unit.forward(pass, x);
            // Behind 2b and 4a.
            if at == 2 || at == 4 {
                x = pool::greatest(x, 3, 2, 0);
            }
        }
        for (mixed, repeat) in [(&self.mixed_5b, &self.repeat), (&self.mixed_6a, &self.repeat_1), (&self.mixed_7a, &self.repeat_2)] {
            x = side_by_side(mixed, pass, &x);
            x = repeat.iter().fold(x, |x, block| block.forward(pass, x));
        }
        let x = self.conv2d_7b.forward(pass, x);
        let pooled = B::axes(x.dtype()).pool(x);
        self.last_linear.forward(pass, pooled)
    }
}
