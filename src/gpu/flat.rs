//! Passes over the flat parameters: the perturbation, and mask, decay, momentum and update as one.

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_std::DType;
use burn_tensor::TensorMetadata;
use cubecl::prelude::*;

use crate::tree::{is_finite, sum_of_cube};
use crate::{PARTS, UNITS, array, beside, sweep, vector_size, whole};

const UNITS_OF_CUBE: usize = UNITS as usize;

/// The point `w + ρ·g / (‖g‖ + guard)`, the norm over all parameters.
pub fn perturb<R: CubeRuntime>(w: CubeTensor<R>, g: CubeTensor<R>, rho: f32, guard: f32) -> CubeTensor<R> {
    let [w, g] = [w, g].map(whole);
    let len = w.shape().num_elements();
    let vector = vector_size(len);
    let parts = beside(&w, [PARTS as usize], DType::F32);
    let (count, dim) = sweep();
    squares::launch::<R>(&w.client, count, dim, vector, array(&g), array(&parts), len / vector);
    let out = beside(&w, [len], w.dtype);
    let (count, dim) = sweep();
    add_scaled::launch::<R>(&w.client, count, dim, vector, array(&w), array(&g), array(&parts), array(&out), len / vector, rho, guard);
    out
}

/// What one update of SGD is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd {
    /// Learning rate.
    pub lr: f32,
    /// Momentum.
    pub momentum: f32,
    /// Coupled weight decay.
    pub decay: f32,
    /// Multiplier of s in Group B; none: s is taken as it is.
    pub alpha: Option<f32>,
}

/// SANER's `d = (1 − m + α·m) ⊙ s`, m = 1[0 < s/g < 1], decay, momentum and step in one pass over memory: new parameters,
/// new momentum, and `[1]` that is 1 if all of both is finite. Source: Luong et al., arXiv 2411.17132.
pub fn descend<R: CubeRuntime>([w, b]: [CubeTensor<R>; 2], [g, s]: [CubeTensor<R>; 2], step: Sgd) -> [CubeTensor<R>; 3] {
    let [w, b, g, s] = [w, b, g, s].map(whole);
    let len = w.shape().num_elements();
    let vector = vector_size(len);
    let [w_new, b_new] = std::array::from_fn(|_| beside(&w, [len], w.dtype));
    let broken = beside(&w, [PARTS as usize], DType::U32);
    let (count, dim) = sweep();
    update::launch::<R>(
        &w.client,
        count,
        dim,
        vector,
        array(&w),
        array(&b),
        array(&g),
        array(&s),
        array(&w_new),
        array(&b_new),
        array(&broken),
        len / vector,
        step.lr,
        step.momentum,
        step.decay,
        step.alpha.unwrap_or(1.0),
        step.alpha.is_some(),
    );
    let finite = beside(&w, [1], DType::F32);
    none_broken::launch::<R>(&w.client, CubeCount::Static(1, 1, 1), CubeDim::new_1d(UNITS), array(&broken), array(&finite));
    [w_new, b_new, finite]
}

/// `new` where `alive` is 1, else `old`, bit for bit.
pub fn keep_if<R: CubeRuntime>(old: CubeTensor<R>, new: CubeTensor<R>, alive: CubeTensor<R>) -> CubeTensor<R> {
    let [old, new, alive] = [old, new, alive].map(whole);
    let len = new.shape().num_elements();
    let vector = vector_size(len);
    let out = beside(&new, [len], new.dtype);
    let (count, dim) = sweep();
    choose::launch::<R>(&new.client, count, dim, vector, array(&old), array(&new), array(&alive), array(&out), len / vector);
    out
}

/// Sum of squares of what each cube reads.
#[cube(launch)]
fn squares<N: Size>(v: &Array<Vector<f32, N>>, parts: &mut Array<f32>, len: usize) {
    let mut sum = Vector::<f32, N>::new(0.0f32);
    let mut at = ABSOLUTE_POS;
    while at < len {
        let value = v[at];
        sum += value * value;
        at += CUBE_COUNT * CUBE_DIM as usize;
    }
    let total = sum_of_cube::<f32>(across::<N>(sum), UNITS_OF_CUBE);
    if UNIT_POS == 0 {
        parts[CUBE_POS] = total;
    }
}

/// Sum of a vector's elements.
#[cube]
fn across<N: Size>(v: Vector<f32, N>) -> f32 {
    let mut sum = 0.0f32;
    #[unroll]
    for i in 0..N::value() {
        sum += v[i];
    }
    sum
}

#[cube(launch)]
fn add_scaled<N: Size>(
    w: &Array<Vector<f32, N>>,
    g: &Array<Vector<f32, N>>,
    parts: &Array<f32>,
    out: &mut Array<Vector<f32, N>>,
    len: usize,
    rho: f32,
    guard: f32,
) {
    // As many parts as units: each cube adds them anew, which costs less than a launch of its own.
    let norm = sum_of_cube::<f32>(parts[UNIT_POS as usize], UNITS_OF_CUBE).sqrt();
    let factor = Vector::<f32, N>::new(rho / (norm + guard));
    let mut at = ABSOLUTE_POS;
    while at < len {
        out[at] = w[at] + g[at] * factor;
        at += CUBE_COUNT * CUBE_DIM as usize;
    }
}

#[cube(launch)]
fn update<N: Size>(
    w: &Array<Vector<f32, N>>,
    b: &Array<Vector<f32, N>>,
    g: &Array<Vector<f32, N>>,
    s: &Array<Vector<f32, N>>,
    w_new: &mut Array<Vector<f32, N>>,
    b_new: &mut Array<Vector<f32, N>>,
    broken: &mut Array<u32>,
    len: usize,
    lr: f32,
    momentum: f32,
    decay: f32,
    alpha: f32,
    #[comptime] masked: bool,
) {
    let zero = Vector::<f32, N>::new(0.0f32);
    let mut bad = 0u32;
    let mut at = ABSOLUTE_POS;
    while at < len {
        let weight = w[at];
        let mut d = s[at];
        if masked {
            let first = g[at];
            // Signs are compared, not multiplied: a product of two tiny gradients can underflow to 0.
            let same = first.greater_than(zero).and(d.greater_than(zero)).or(first.less_than(zero).and(d.less_than(zero)));
            let in_b = same.and(Vector::abs(d).less_than(Vector::abs(first)));
            d = select_many(in_b, d * Vector::new(alpha), d);
        }
        let moved = b[at] * Vector::new(momentum) + (d + weight * Vector::new(decay));
        let next = weight - moved * Vector::new(lr);
        b_new[at] = moved;
        w_new[at] = next;
        #[unroll]
        for i in 0..N::value() {
            if !is_finite(moved[i]) || !is_finite(next[i]) {
                bad = 1u32;
            }
        }
        at += CUBE_COUNT * CUBE_DIM as usize;
    }
    let total = sum_of_cube::<u32>(bad, UNITS_OF_CUBE);
    if UNIT_POS == 0 {
        broken[CUBE_POS] = total;
    }
}

#[cube(launch)]
fn none_broken(broken: &Array<u32>, finite: &mut Array<f32>) {
    let total = sum_of_cube::<u32>(broken[UNIT_POS as usize], UNITS_OF_CUBE);
    if UNIT_POS == 0 {
        finite[0] = select(total == 0u32, 1.0f32, 0.0f32);
    }
}

#[cube(launch)]
fn choose<N: Size>(
    old: &Array<Vector<f32, N>>,
    new: &Array<Vector<f32, N>>,
    alive: &Array<f32>,
    out: &mut Array<Vector<f32, N>>,
    len: usize,
) {
    let holds = alive[0] > 0.5f32;
    let mut at = ABSOLUTE_POS;
    while at < len {
        if holds {
            out[at] = new[at];
        } else {
            out[at] = old[at];
        }
        at += CUBE_COUNT * CUBE_DIM as usize;
    }
}
