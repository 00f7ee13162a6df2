//! Convolution and normalization as nodes of Burn's automatic differentiation: one node each, whatever the backend.

use burn_autodiff::Autodiff;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_tensor::ops::FloatTensor;
use burn_tensor::{DType, Tensor};

use super::plain::{unwrap, wrap};
use super::{After, Axes, Compute, Conv, Kernels, NormState, Normed};

impl<B: Compute, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn axes(dtype: DType) -> Axes {
        B::axes(dtype)
    }

    fn conv(x: Tensor<Self, 4>, weight: Tensor<Self, 4>, conv: Conv) -> Tensor<Self, 4> {
        let y = B::conv(x.clone().inner(), weight.clone().inner(), conv);
        Self::conv_again(x, weight, conv, Tensor::from_inner(y))
    }

    fn conv_again(x: Tensor<Self, 4>, weight: Tensor<Self, 4>, conv: Conv, known: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let (x, weight, y) = (unwrap(x), unwrap(weight), unwrap(known.inner()));
        wrap(match Backward::<B, 2>::prepare::<C>(ConvNode, [x.node.clone(), weight.node.clone()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(ConvState::<B> { x: x.primitive, weight: weight.primitive, conv }, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        })
    }

    fn norm(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>, eps: f64) -> Normed<Self> {
        let residual = after.residual.clone().map(Tensor::inner);
        let inner = After { residual, relu: after.relu };
        let Normed { y, mean, var } = B::norm(x.clone().inner(), affine.clone().map(Tensor::inner), inner, eps);
        let known = Normed { y: Tensor::from_inner(y), mean: Tensor::from_inner(mean), var: Tensor::from_inner(var) };
        Self::norm_again(x, affine, after, eps, known)
    }

    fn norm_again(
        x: Tensor<Self, 4>,
        affine: [Tensor<Self, 1>; 2],
        after: After<Tensor<Self, 4>>,
        eps: f64,
        known: Normed<Self>,
    ) -> Normed<Self> {
        let [weight, bias] = affine.map(unwrap);
        let (x, residual, relu) = (unwrap(x), after.residual.map(unwrap), after.relu);
        let y = unwrap(known.y.inner());
        let statistic = |v: &Tensor<Self, 1>| unwrap(v.clone().inner());
        let state = NormState::<B> {
            x: x.primitive,
            y: relu.then(|| y.clone()),
            shortcut: residual.is_some(),
            factors: [weight.primitive, statistic(&known.mean), statistic(&known.var)],
            eps,
        };
        let nodes = [x.node.clone(), weight.node.clone(), bias.node.clone()];
        let y = match residual {
            None => match Backward::<B, 3>::prepare::<C>(NormNode, nodes).compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish(state, y),
                OpsKind::UnTracked(prep) => prep.finish(y),
            },
            Some(residual) => {
                let [x, weight, bias] = nodes;
                match Backward::<B, 4>::prepare::<C>(NormNode, [x, weight, bias, residual.node.clone()]).compute_bound().stateful() {
                    OpsKind::Tracked(prep) => prep.finish(state, y),
                    OpsKind::UnTracked(prep) => prep.finish(y),
                }
            }
        };
        Normed { y: wrap(y), mean: known.mean, var: known.var }
    }

    fn affine(x: Tensor<Self, 4>, affine: [Tensor<Self, 1>; 2], after: After<Tensor<Self, 4>>) -> Tensor<Self, 4> {
        // Only test passes come here, and they run below the differentiation; Burn's operations are right all the same.
        super::plain::affine(x, affine, after)
    }
}

#[derive(Debug)]
struct ConvNode;

#[derive(Debug, Clone)]
struct ConvState<B: Compute> {
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    conv: Conv,
}

impl<B: Compute> Backward<B, 2> for ConvNode {
    type State = ConvState<B>;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, weight_node] = ops.parents;
        let ConvState { x, weight, conv } = ops.state;
        let dy = grads.consume::<B>(&ops.node);
        if let Some(node) = weight_node {
            grads.register::<B>(node.id, B::conv_weight(&x, &weight, &dy, conv));
        }
        if let Some(node) = x_node {
            grads.register::<B>(node.id, B::conv_input(&x, &weight, &dy, conv));
        }
    }
}

#[derive(Debug)]
struct NormNode;

impl<B: Compute, const N: usize> Backward<B, N> for NormNode {
    type State = NormState<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let found = B::norm_backward(ops.state, dy);
        let [weight, bias] = found.affine;
        // Parents: input, weight, bias, and the shortcut if there is one.
        for (parent, grad) in ops.parents.into_iter().zip([found.dx, weight, bias, found.dy]) {
            if let Some(node) = parent {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}
