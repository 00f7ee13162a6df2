//! The GPU backends, whatever the runtime: own kernels where a step spends its memory traffic and its launches (`saner-gpu`),
//! Burn's operations, fused and autotuned by Burn, for the rest. Convolutions are Burn's implicit GEMMs.

mod custom;
mod flat;
mod set;
#[cfg(all(test, feature = "vulkan"))]
mod tests;

use burn_cubecl::fusion::FusionCubeRuntime;
use burn_cubecl::{BoolElement, CubeBackend, CubeRuntime};
use burn_fusion::{Fusion, FusionTensor};
use burn_tensor::backend::Backend;
use burn_tensor::ops::FloatTensor;
use burn_tensor::{DType, Tensor};
use saner_core::data::{Dataset, Samples};
use saner_gpu::norm::{self, backward};

use super::plain::{self, unwrap, wrap};
use super::{After, Axes, Compute, Conv, Kernels, Later, NormGrads, NormState, Normed, Pair, Updated, Views};
use crate::layout::Layout;
use crate::optim::{Family, Rates, Traces};
use custom::custom;

/// Burn's fusion over a runtime.
type Cube<R, BT> = Fusion<CubeBackend<R, f32, i32, BT>>;

/// What its tensors are.
type Raw<R> = FusionTensor<FusionCubeRuntime<R>>;

/// What Burn's convolutions read and write inside, so that nothing is copied around them.
const AXES: Axes = Axes::Nhwc;

fn to_nchw<B: Backend>(map: &FloatTensor<B>) -> FloatTensor<B> {
    unwrap(AXES.to_nchw(wrap::<B, 4>(map.clone())))
}

fn of_nchw<B: Backend>(map: FloatTensor<B>) -> FloatTensor<B> {
    unwrap(AXES.of_nchw(wrap::<B, 4>(map)))
}

/// Whether the kernels take tensors of this type.
fn own(dtype: DType) -> bool {
    dtype == DType::F32
}

impl<R: CubeRuntime, BT: BoolElement> Kernels for Cube<R, BT> {
    fn axes(_: DType) -> Axes {
        AXES
    }

    fn conv(x: Tensor<Self, 4>, weight: Tensor<Self, 4>, conv: Conv) -> Tensor<Self, 4> {
        AXES.of_nchw(plain::conv(AXES.to_nchw(x), weight, conv))
    }

    fn norm(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>, eps: f64) -> Normed<Self> {
        if !own(x.dtype()) {
            let after = After { residual: after.residual.map(|map| AXES.to_nchw(map)), relu: after.relu };
            let Normed { y, mean, var } = plain::norm(AXES.to_nchw(x), affine, after, eps);
            return Normed { y: AXES.of_nchw(y), mean, var };
        }
        let (shape, channels, relu, adds) = (x.shape(), x.dims()[3], after.relu, after.residual.is_some());
        let [weight, bias] = affine.map(unwrap);
        let inputs = [Some(unwrap(x)), Some(weight), Some(bias), after.residual.map(unwrap)].into_iter().flatten().collect();
        let outputs = [(shape, DType::F32), ([channels].into(), DType::F32), ([channels].into(), DType::F32)];
        let [y, mean, var] = custom::<R, BT, 3>("saner_norm", inputs, outputs, move |mut t| {
            let residual = if adds { t.pop() } else { None };
            let [x, weight, bias] = custom::taken(t);
            let found = norm::forward(x, [weight, bias], residual, relu, eps as f32);
            [found.y, found.mean, found.var]
        });
        Normed { y: wrap(y), mean: wrap(mean), var: wrap(var) }
    }

    fn affine(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>) -> Tensor<Self, 4> {
        if !own(x.dtype()) {
            let after = After { residual: after.residual.map(|map| AXES.to_nchw(map)), relu: after.relu };
            return AXES.of_nchw(plain::affine(AXES.to_nchw(x), affine, after));
        }
        let (shape, relu, adds) = (x.shape(), after.relu, after.residual.is_some());
        let [scale, shift] = affine.map(unwrap);
        let inputs = [Some(unwrap(x)), Some(scale), Some(shift), after.residual.map(unwrap)].into_iter().flatten().collect();
        let [y] = custom::<R, BT, 1>("saner_affine", inputs, [(shape, DType::F32)], move |mut t| {
            let residual = if adds { t.pop() } else { None };
            let [x, scale, shift] = custom::taken(t);
            [norm::affine(x, [scale, shift], residual, relu)]
        });
        wrap(y)
    }

    fn views(set: &Dataset, samples: &Samples, device: &Self::Device) -> Option<Views<Self>> {
        set::views::<R, BT>(set, samples, device)
    }

    fn later(vector: Tensor<Self, 1>) -> Later {
        custom::later::<R, BT>(vector)
    }

    fn split(layout: &Layout, flat: &Tensor<Self, 1>) -> Vec<Tensor<Self, 1>> {
        flat::split::<R, BT>(layout, flat)
    }

    fn reserved(device: &Self::Device) -> Option<u64> {
        R::client(device).memory_usage().ok().map(|usage| usage.bytes_reserved)
    }

    fn join(parts: Vec<Tensor<Self, 1>>) -> Tensor<Self, 1> {
        if parts.len() < 2 || !parts.iter().all(|part| own(part.dtype())) {
            return Tensor::cat(parts, 0);
        }
        let len: usize = parts.iter().map(|part| part.dims()[0]).sum();
        let inputs = parts.into_iter().map(unwrap).collect();
        let [out] = custom::<R, BT, 1>("saner_join", inputs, [([len].into(), DType::F32)], |t| [saner_gpu::join::join(t)]);
        wrap(out)
    }
}

/// See [`saner_gpu::conv::spread`].
fn spread<R: CubeRuntime, BT: BoolElement>(map: FloatTensor<Cube<R, BT>>, stride: usize, size: [usize; 2]) -> FloatTensor<Cube<R, BT>> {
    let ([n, .., channels], dtype): ([usize; 4], DType) = (map.shape.dims(), map.dtype);
    let outputs = [([n, size[0], size[1], channels].into(), dtype)];
    let [out] = custom::<R, BT, 1>("saner_spread", vec![map], outputs, move |t| {
        let [map] = custom::taken(t);
        [saner_gpu::conv::spread(map, stride, size)]
    });
    out
}

impl<R: CubeRuntime, BT: BoolElement> Compute for Cube<R, BT> {
    /// Burn 0.21 has no implicit GEMM for this gradient where there is a stride, and one of the two kernels that it has
    /// instead gives zeros where the stride is larger than the kernel: at every shortcut of a ResNet. With zeros put
    /// between the pixels it is the gradient without a stride, for which all of its kernels are right.
    fn conv_input(x: &FloatTensor<Self>, weight: &FloatTensor<Self>, dy: &FloatTensor<Self>, conv: Conv) -> FloatTensor<Self> {
        if conv.stride == 1 {
            return of_nchw::<Self>(plain::conv_input::<Self>(&to_nchw::<Self>(x), weight, &to_nchw::<Self>(dy), conv));
        }
        let [_, h, w, _] = x.shape.dims();
        let [_, _, kh, kw] = weight.shape.dims();
        let dense = Conv { stride: 1, pad: conv.pad };
        if [kh, kw, conv.pad[0], conv.pad[1]] == [1, 1, 0, 0] {
            // One multiplication a pixel: made before the zeros come in, not of them.
            let turned: Tensor<Self, 4> = wrap::<Self, 4>(weight.clone()).swap_dims(0, 1);
            let small = Self::conv(wrap::<Self, 4>(dy.clone()), turned, dense);
            return spread::<R, BT>(unwrap(small), conv.stride, [h, w]);
        }
        let size = [h + 2 * conv.pad[0] + 1 - kh, w + 2 * conv.pad[1] + 1 - kw];
        Self::conv_input(x, weight, &spread::<R, BT>(dy.clone(), conv.stride, size), dense)
    }

    fn conv_weight(x: &FloatTensor<Self>, weight: &FloatTensor<Self>, dy: &FloatTensor<Self>, conv: Conv) -> FloatTensor<Self> {
        plain::conv_weight::<Self>(&to_nchw::<Self>(x), weight, &to_nchw::<Self>(dy), conv)
    }

    fn norm_backward(state: NormState<Self>, dy: FloatTensor<Self>) -> NormGrads<Self> {
        if !own(dy.dtype) || !own(state.x.dtype) {
            let state = NormState { x: to_nchw::<Self>(&state.x), y: state.y.as_ref().map(to_nchw::<Self>), ..state };
            let NormGrads { dy, dx, affine } = plain::norm_backward(state, to_nchw::<Self>(&dy));
            return NormGrads { dy: of_nchw::<Self>(dy), dx: of_nchw::<Self>(dx), affine };
        }
        let (shape, channels) = (state.x.shape.clone(), state.factors[0].shape.clone());
        let (relu, shortcut, eps) = (state.y.is_some(), state.shortcut, state.eps as f32);
        let keeps = relu && shortcut;
        let [weight, mean, var] = state.factors;
        let inputs: Vec<Raw<R>> =
            [Some(state.x), Some(weight), Some(mean), Some(var), Some(dy.clone()), state.y].into_iter().flatten().collect();
        let outputs = [(shape.clone(), DType::F32), (channels.clone(), DType::F32), (channels, DType::F32)];
        let run = move |mut t: Vec<_>| {
            let y = if relu { t.pop() } else { None };
            let [x, weight, mean, var, dy] = custom::taken(t);
            backward::backward(x, y, [weight, mean, var], dy, shortcut, eps)
        };
        if keeps {
            let [dx, d_weight, d_bias] = outputs;
            let [dx, weight, bias, dy] =
                custom::<R, BT, 4>("saner_norm_grads_kept", inputs, [dx, d_weight, d_bias, (shape, DType::F32)], move |t| {
                    let found = run(t);
                    let [weight, bias] = found.affine;
                    [found.dx, weight, bias, found.dy]
                });
            return NormGrads { dy, dx, affine: [weight, bias] };
        }
        let [dx, weight, bias] = custom::<R, BT, 3>("saner_norm_grads", inputs, outputs, move |t| {
            let found = run(t);
            let [weight, bias] = found.affine;
            [found.dx, weight, bias]
        });
        // Without a ReLU the shortcut's gradient is what came in; without a shortcut nobody asks for it.
        NormGrads { dy, dx, affine: [weight, bias] }
    }

    fn perturb(w: &Tensor<Self, 1>, g: &Tensor<Self, 1>, rho: f64) -> Tensor<Self, 1> {
        flat::perturb::<R, BT>(w, g, rho)
    }

    fn update(
        family: &Family<'_>,
        both: [&Tensor<Self, 1>; 2],
        pair: Pair<'_, Self>,
        traces: &Traces<Self>,
        rates: &Rates,
    ) -> Updated<Self> {
        flat::update::<R, BT>(family, both, pair, traces, rates)
    }

    fn keep_if(old: &Tensor<Self, 1>, new: Tensor<Self, 1>, alive: &Tensor<Self, 1>) -> Tensor<Self, 1> {
        flat::keep_if::<R, BT>(old, new, alive)
    }

    fn group_counts(layout: &Layout, pair: Pair<'_, Self>) -> Tensor<Self, 1> {
        flat::group_counts::<R, BT>(layout, pair)
    }
}
