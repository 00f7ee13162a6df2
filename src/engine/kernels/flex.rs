//! The CPU backend: own kernels in f32 on maps `[h, w, channels, n]`, Burn's operations in any other precision.

mod flat;

use burn_flex::{Flex, FlexTensor};
use burn_tensor::ops::{FloatTensor, FloatTensorOps};
use burn_tensor::{DType, FloatDType, Tensor, TensorMetadata};
use saner_core::spec::{Reweight, ScheduleSpec, Scope};
use saner_kernels::norm::{self, Factors, Sums};
use saner_kernels::pool::Buffer;
use saner_kernels::simd::Level;
use saner_kernels::{conv as convolution, vector};

use super::plain::{self, unwrap, wrap};
use super::storage::tensor;
use super::{After, Axes, Compute, Conv, Kernels, Moved, NormGrads, NormState, Normed, Pair, Updated, holds};
use crate::layout::Layout;
use crate::optim::{Family, Rates, Traces};

/// Whether the kernels take tensors of this type.
fn own(dtype: DType) -> bool {
    dtype == DType::F32
}

/// bf16 has no kernels of its own: factors of eight bits are multiplied in f32 and the result is rounded to eight bits,
/// which is what a tensor core does. So runs in bf16 can be studied without a GPU, if not faster.
fn rounded(dtype: DType) -> bool {
    dtype == DType::BF16
}

fn wide(tensor: &FlexTensor) -> FlexTensor {
    Flex::float_cast(tensor.clone(), FloatDType::F32)
}

fn narrow(tensor: FlexTensor) -> FlexTensor {
    Flex::float_cast(tensor, FloatDType::BF16)
}

/// The elements in order, whatever the strides.
fn whole(tensor: &FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor.clone() } else { tensor.to_contiguous() }
}

fn values(tensor: &FlexTensor) -> &[f32] {
    // Only called with what `whole` gave, which has one piece.
    tensor.as_slice::<f32>().unwrap_or_default()
}

fn numbers<const D: usize>(v: &Tensor<Flex, D>) -> FlexTensor {
    whole(&unwrap(v.clone()))
}

fn vector_of(v: &[f32]) -> FlexTensor {
    let mut buffer = Buffer::take(v.len());
    buffer.copy_from_slice(v);
    tensor(buffer, [v.len()])
}

fn shape_of(x: [usize; 4], weight: [usize; 4], conv: Conv) -> convolution::Conv {
    let [h, w, c_in, n] = x;
    let [c_out, _, kh, kw] = weight;
    convolution::Conv { n, c_in, c_out, size: [h, w], kernel: [kh, kw], stride: conv.stride, pad: conv.pad }
}

fn flat_shape([h, w, c, n]: [usize; 4]) -> [usize; 3] {
    [h * w, c, n]
}

impl Kernels for Flex {
    fn axes(dtype: DType) -> Axes {
        if own(dtype) || rounded(dtype) { Axes::Hwcn } else { Axes::Nchw }
    }

    fn conv(x: Tensor<Self, 4>, weight: Tensor<Self, 4>, conv: Conv) -> Tensor<Self, 4> {
        if rounded(x.dtype()) {
            let [x, weight] = [x, weight].map(|t| wrap(wide(&unwrap(t))));
            return wrap(narrow(unwrap(Self::conv(x, weight, conv))));
        }
        if !own(x.dtype()) {
            return plain::conv(x, weight, conv);
        }
        let shape = shape_of(x.dims(), weight.dims(), conv);
        let (x, weight) = (numbers(&x), numbers(&weight));
        let mut out = Buffer::take(shape.output_len());
        convolution::forward(Level::best(), &shape, values(&x), values(&weight), &mut out);
        let [h, w] = shape.out_size();
        wrap(tensor(out, [h, w, shape.c_out, shape.n]))
    }

    fn norm(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>, eps: f64) -> Normed<Self> {
        if !own(x.dtype()) {
            return plain::norm(x, affine, after, eps);
        }
        let dims = x.dims();
        let x = numbers(&x);
        let found = norm::statistics(Level::best(), values(&x), flat_shape(dims));
        let [weight, bias] = affine.map(|v| numbers(&v));
        let scale: Vec<f32> = values(&weight).iter().zip(&found.var).map(|(w, var)| w * inverse(*var, eps)).collect();
        let y = apply(&x, Factors { mean: &found.mean, scale: &scale, shift: values(&bias) }, &after, dims);
        Normed { y, mean: wrap(vector_of(&found.mean)), var: wrap(vector_of(&found.var)) }
    }

    fn affine(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>) -> Tensor<Self, 4> {
        if !own(x.dtype()) {
            return plain::affine(x, affine, after);
        }
        let dims = x.dims();
        let [scale, shift] = affine.map(|v| numbers(&v));
        let mean = vec![0.0; values(&scale).len()];
        apply(&numbers(&x), Factors { mean: &mean, scale: values(&scale), shift: values(&shift) }, &after, dims)
    }

    fn join(parts: Vec<Tensor<Self, 1>>) -> Tensor<Self, 1> {
        if !parts.iter().all(|part| own(part.dtype())) {
            return Tensor::cat(parts, 0);
        }
        let parts: Vec<FlexTensor> = parts.iter().map(numbers).collect();
        let slices: Vec<&[f32]> = parts.iter().map(values).collect();
        let len = slices.iter().map(|slice| slice.len()).sum();
        let mut out = Buffer::take(len);
        vector::join(&slices, &mut out);
        wrap(tensor(out, [len]))
    }
}

fn inverse(var: f32, eps: f64) -> f32 {
    (1.0 / (f64::from(var) + eps).sqrt()) as f32
}

fn apply(x: &FlexTensor, factors: Factors<'_>, after: &After<Tensor<Flex, 4>>, dims: [usize; 4]) -> Tensor<Flex, 4> {
    let residual = after.residual.as_ref().map(numbers);
    let mut out = Buffer::take(dims.iter().product());
    norm::apply(Level::best(), values(x), factors, residual.as_ref().map(values), after.relu, flat_shape(dims), &mut out);
    wrap(tensor(out, dims))
}

impl Compute for Flex {
    fn conv_input(x: &FloatTensor<Self>, weight: &FloatTensor<Self>, dy: &FloatTensor<Self>, conv: Conv) -> FloatTensor<Self> {
        if rounded(x.dtype()) {
            return narrow(Self::conv_input(&wide(x), &wide(weight), &wide(dy), conv));
        }
        if !own(x.dtype()) {
            return plain::conv_input::<Self>(x, weight, dy, conv);
        }
        let dims = x.shape().dims();
        let shape = shape_of(dims, weight.shape().dims(), conv);
        let (weight, dy) = (whole(weight), whole(dy));
        let mut dx = Buffer::take(shape.input_len());
        convolution::grad_input(Level::best(), &shape, values(&weight), values(&dy), &mut dx, false);
        tensor(dx, dims)
    }

    fn conv_weight(x: &FloatTensor<Self>, weight: &FloatTensor<Self>, dy: &FloatTensor<Self>, conv: Conv) -> FloatTensor<Self> {
        if rounded(x.dtype()) {
            return narrow(Self::conv_weight(&wide(x), &wide(weight), &wide(dy), conv));
        }
        if !own(x.dtype()) {
            return plain::conv_weight::<Self>(x, weight, dy, conv);
        }
        let dims: [usize; 4] = weight.shape().dims();
        let shape = shape_of(x.shape().dims(), dims, conv);
        let (x, dy) = (whole(x), whole(dy));
        let mut dw = Buffer::take(shape.weight_len());
        convolution::grad_weight(Level::best(), &shape, values(&x), values(&dy), &mut dw);
        tensor(dw, dims)
    }

    fn norm_backward(state: NormState<Self>, dy: FloatTensor<Self>) -> NormGrads<Self> {
        if !own(dy.dtype()) {
            return plain::norm_backward(state, dy);
        }
        let dims: [usize; 4] = dy.shape().dims();
        let shape = flat_shape(dims);
        let (x, y) = (whole(&state.x), state.y.as_ref().map(whole));
        let [weight, mean, var] = state.factors.map(|v| whole(&v));
        let inv: Vec<f32> = values(&var).iter().map(|var| inverse(*var, state.eps)).collect();
        let mut dy = if dy.is_contiguous() { dy } else { dy.to_contiguous() };
        // In place if nobody else holds it, else on a copy.
        let sums: Sums =
            norm::backward_sums(Level::best(), dy.storage_mut::<f32>(), y.as_ref().map(values), values(&x), [values(&mean), &inv], shape);
        let mut dx = Buffer::take(values(&x).len());
        norm::backward_input(Level::best(), values(&dy), values(&x), [values(&mean), &inv, values(&weight)], &sums, shape, &mut dx);
        NormGrads { dx: tensor(dx, dims), dy, affine: [vector_of(&sums.dy_x), vector_of(&sums.dy)] }
    }

    fn perturb(w: &Tensor<Self, 1>, g: &Tensor<Self, 1>, rho: f64) -> Tensor<Self, 1> {
        flat::perturb(w, g, rho)
    }

    fn perturb_scaled(w: &Tensor<Self, 1>, g: &Tensor<Self, 1>, layout: &Layout, scope: Scope, radius: [f64; 2]) -> Tensor<Self, 1> {
        flat::perturb_scaled(w, g, layout, scope, radius)
    }

    fn decompose(g: &Tensor<Self, 1>, s: &Tensor<Self, 1>, a: f64) -> Tensor<Self, 1> {
        flat::decompose(g, s, a)
    }

    fn mix(both: [&Tensor<Self, 1>; 2], factors: [f64; 2]) -> Tensor<Self, 1> {
        flat::mix(both, factors)
    }

    fn reweight(
        family: &Family<'_>,
        rule: Reweight,
        pair: Pair<'_, Self>,
        traces: &Traces<Self>,
        rates: &Rates,
    ) -> (Tensor<Self, 1>, Traces<Self>) {
        flat::reweight(family, rule, pair, traces, rates)
    }

    fn same_norm(d: Tensor<Self, 1>, s: &Tensor<Self, 1>) -> Tensor<Self, 1> {
        flat::same_norm(d, s)
    }

    fn bounded(d: Tensor<Self, 1>, limit: f64) -> Tensor<Self, 1> {
        flat::bounded(d, limit)
    }

    fn descend(
        both: [&Tensor<Self, 1>; 2],
        d: &Tensor<Self, 1>,
        schedule: &ScheduleSpec,
        rates: &Rates,
    ) -> (Tensor<Self, 1>, Tensor<Self, 1>, Tensor<Self, 1>) {
        flat::descend(both, Pair { g: d, s: d }, None, schedule, rates)
    }

    fn adamw(three: [&Tensor<Self, 1>; 3], d: &Tensor<Self, 1>, schedule: &ScheduleSpec, rates: &Rates) -> Moved<Self> {
        flat::adamw(three, d, schedule, rates)
    }

    fn update(
        family: &Family<'_>,
        both: [&Tensor<Self, 1>; 2],
        pair: Pair<'_, Self>,
        traces: &Traces<Self>,
        rates: &Rates,
    ) -> Updated<Self> {
        match family.one_pass(rates) {
            // SGD, SAM and SANER as in the paper: mask, decay and step in one pass over memory.
            Some(alpha) => {
                let (w, momentum, finite) = flat::descend(both, pair, alpha, family.schedule, rates);
                Updated { w, momentum, finite, traces: Traces::new() }
            }
            None => family.update(both, pair, traces, rates),
        }
    }

    fn keep_if(old: &Tensor<Self, 1>, new: Tensor<Self, 1>, alive: &Tensor<Self, 1>) -> Tensor<Self, 1> {
        // On the CPU the flag is there to be read.
        if holds(alive) { new } else { old.clone() }
    }

    fn dominance_counts(pair: Pair<'_, Self>, flipped: &Tensor<Self, 1>, n: usize) -> Tensor<Self, 1> {
        if !own(pair.g.dtype()) {
            return plain::dominance_counts(pair, flipped, n);
        }
        let read = [pair.g, pair.s, flipped].map(numbers);
        let counts = vector::dominance_counts(Level::best(), read.each_ref().map(values), n as f32);
        wrap(vector_of(&counts.map(|count| count as f32)))
    }

    fn group_counts(layout: &Layout, pair: Pair<'_, Self>) -> Tensor<Self, 1> {
        if !own(pair.g.dtype()) {
            return plain::group_counts(layout, pair);
        }
        let (g, s) = (numbers(pair.g), numbers(pair.s));
        let ends: Vec<usize> = layout.slots.iter().map(|slot| slot.offset + slot.len()).collect();
        let counts = vector::group_counts(Level::best(), values(&g), values(&s), &ends);
        let length = |v: &FlexTensor| vector::sum_of_squares(Level::best(), values(v)).sqrt() as f32;
        let mut all: Vec<f32> = counts.iter().map(|count| count[0] as f32).collect();
        all.extend(counts.iter().map(|count| count[1] as f32));
        all.extend([length(&g), length(&s)]);
        wrap(vector_of(&all))
    }
}
