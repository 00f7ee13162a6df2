//! Normalization with the batch's own statistics, and what follows it (shortcut, ReLU).
//!
//! Moments are sums of differences from the first value that a unit reads, put together by Chan's formula: the rounding of
//! a variance grows with the rows of one unit, not with mean² / variance. Source: Chan, Golub and LeVeque 1983.

pub mod backward;

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_tensor::TensorMetadata;
use cubecl::prelude::*;

use crate::map::Cut;
use crate::{array, beside, each, whole};

/// What [`forward`] gives; statistics are `[channels]`.
pub struct Normed<R: CubeRuntime> {
    /// The normalized map.
    pub y: CubeTensor<R>,
    /// Means.
    pub mean: CubeTensor<R>,
    /// Biased variances.
    pub var: CubeTensor<R>,
}

/// Normalizes a map with its own statistics, scales and shifts it by `affine`, adds a shortcut and cuts below 0 if asked.
pub fn forward<R: CubeRuntime>(
    x: CubeTensor<R>,
    affine: [CubeTensor<R>; 2],
    residual: Option<CubeTensor<R>>,
    relu: bool,
    eps: f32,
) -> Normed<R> {
    let x = whole(x);
    let cut = Cut::of(&x.shape());
    let [weight, bias] = affine.map(whole);
    let client = x.client.clone();
    let (means, squares) = (cut.room(&x), cut.room(&x));
    let (count, dim) = cut.launch();
    moments::launch::<R>(
        &client,
        count,
        dim,
        cut.vector,
        array(&x),
        array(&means),
        array(&squares),
        cut.rows,
        cut.lanes,
        cut.rows_per_part,
        cut.across,
        cut.down,
    );
    let [mean, var, scale] = std::array::from_fn(|_| cut.room_for_channels(&x));
    let (count, dim) = cut.finish();
    put_together::launch::<R>(
        &client,
        count,
        dim,
        cut.vector,
        array(&means),
        array(&squares),
        array(&weight),
        array(&mean),
        array(&var),
        array(&scale),
        cut.rows,
        cut.lanes,
        cut.parts,
        cut.rows_per_part,
        eps,
        cut.across,
        cut.down,
    );
    let y = apply(&x, &cut, [&mean, &scale, &bias], residual, relu, true);
    Normed { y, mean, var }
}

/// `x · scale + shift` for each channel, and what follows it: the test pass.
pub fn affine<R: CubeRuntime>(x: CubeTensor<R>, affine: [CubeTensor<R>; 2], residual: Option<CubeTensor<R>>, relu: bool) -> CubeTensor<R> {
    let x = whole(x);
    let cut = Cut::of(&x.shape());
    let [scale, shift] = affine.map(whole);
    apply(&x, &cut, [&scale, &scale, &shift], residual, relu, false)
}

fn apply<R: CubeRuntime>(
    x: &CubeTensor<R>,
    cut: &Cut,
    [mean, scale, shift]: [&CubeTensor<R>; 3],
    residual: Option<CubeTensor<R>>,
    relu: bool,
    centered: bool,
) -> CubeTensor<R> {
    let y = beside(x, x.shape(), x.dtype);
    let adds = residual.is_some();
    // Where there is no shortcut, its argument is never read.
    let residual = residual.map_or_else(|| x.clone(), whole);
    let (count, dim) = each(cut.rows * cut.lanes);
    transform::launch::<R>(
        &x.client,
        count,
        dim,
        cut.vector,
        array(x),
        array(mean),
        array(scale),
        array(shift),
        array(&residual),
        array(&y),
        cut.rows * cut.lanes,
        cut.lanes,
        centered,
        adds,
        relu,
    );
    y
}

/// Mean and sum of squared differences of one part of the rows, for each channel.
#[cube(launch)]
fn moments<N: Size>(
    x: &Array<Vector<f32, N>>,
    means: &mut Array<Vector<f32, N>>,
    squares: &mut Array<Vector<f32, N>>,
    rows: usize,
    lanes: usize,
    rows_per_part: usize,
    #[comptime] across: usize,
    #[comptime] down: usize,
) {
    let lane = CUBE_POS_X as usize * across + UNIT_POS_X as usize;
    let part = CUBE_POS_Y as usize;
    let end = min(rows, (part + 1) * rows_per_part);
    let first = part * rows_per_part + UNIT_POS_Y as usize;
    let mut n = 0.0f32;
    let mut shift = Vector::<f32, N>::new(0.0f32);
    let mut sum = Vector::<f32, N>::new(0.0f32);
    let mut square = Vector::<f32, N>::new(0.0f32);
    if lane < lanes && first < end {
        shift = x[first * lanes + lane];
        let mut row = first;
        while row < end {
            let away = x[row * lanes + lane] - shift;
            sum += away;
            square += away * away;
            n += 1.0f32;
            row += down;
        }
    }
    let safe = max(n, 1.0f32);
    let mean = shift + sum / Vector::new(safe);
    let m2 = square - sum * sum / Vector::new(safe);
    let (_, mean, m2) = down_the_columns::<N>(n, mean, m2, across, down);
    if UNIT_POS_Y == 0 && lane < lanes {
        means[part * lanes + lane] = mean;
        squares[part * lanes + lane] = m2;
    }
}

/// Count, mean and sum of squared differences of two sets together.
#[cube]
fn merge<N: Size>(
    n_a: f32,
    mean_a: Vector<f32, N>,
    m2_a: Vector<f32, N>,
    n_b: f32,
    mean_b: Vector<f32, N>,
    m2_b: Vector<f32, N>,
) -> (f32, Vector<f32, N>, Vector<f32, N>) {
    let total = n_a + n_b;
    let part = n_b / max(total, 1.0f32);
    let away = mean_b - mean_a;
    let mean = mean_a + away * Vector::new(part);
    let m2 = m2_a + m2_b + away * away * Vector::new(n_a * part);
    (total, mean, m2)
}

/// [`merge()`] of all units of a column of a cube, known to its first row.
#[cube]
fn down_the_columns<N: Size>(
    n_own: f32,
    mean_own: Vector<f32, N>,
    m2_own: Vector<f32, N>,
    #[comptime] across: usize,
    #[comptime] down: usize,
) -> (f32, Vector<f32, N>, Vector<f32, N>) {
    let place = UNIT_POS_Y as usize * across + UNIT_POS_X as usize;
    let mut n = SharedMemory::<f32>::new(across * down);
    let mut mean = SharedMemory::<Vector<f32, N>>::new(across * down);
    let mut m2 = SharedMemory::<Vector<f32, N>>::new(across * down);
    n[place] = n_own;
    mean[place] = mean_own;
    m2[place] = m2_own;
    sync_cube();
    let mut half = (down / 2).runtime();
    while half > 0 {
        if (UNIT_POS_Y as usize) < half {
            let other = place + half * across;
            let (total, merged, merged_m2) = merge::<N>(n[place], mean[place], m2[place], n[other], mean[other], m2[other]);
            n[place] = total;
            mean[place] = merged;
            m2[place] = merged_m2;
        }
        sync_cube();
        half /= 2;
    }
    (n[UNIT_POS_X as usize], mean[UNIT_POS_X as usize], m2[UNIT_POS_X as usize])
}

/// Statistics of the whole map from those of its parts, and `weight / sqrt(var + eps)`.
#[cube(launch)]
fn put_together<N: Size>(
    means: &Array<Vector<f32, N>>,
    squares: &Array<Vector<f32, N>>,
    weight: &Array<Vector<f32, N>>,
    mean_out: &mut Array<Vector<f32, N>>,
    var_out: &mut Array<Vector<f32, N>>,
    scale_out: &mut Array<Vector<f32, N>>,
    rows: usize,
    lanes: usize,
    parts: usize,
    rows_per_part: usize,
    eps: f32,
    #[comptime] across: usize,
    #[comptime] down: usize,
) {
    let lane = CUBE_POS_X as usize * across + UNIT_POS_X as usize;
    let mut n = 0.0f32;
    let mut mean = Vector::<f32, N>::new(0.0f32);
    let mut m2 = Vector::<f32, N>::new(0.0f32);
    if lane < lanes {
        let mut part = UNIT_POS_Y as usize;
        while part < parts {
            let size = min(rows, (part + 1) * rows_per_part) - part * rows_per_part;
            let at = part * lanes + lane;
            let (total, merged, merged_m2) = merge::<N>(n, mean, m2, f32::cast_from(size as u32), means[at], squares[at]);
            n = total;
            mean = merged;
            m2 = merged_m2;
            part += down;
        }
    }
    let (n, mean, m2) = down_the_columns::<N>(n, mean, m2, across, down);
    if UNIT_POS_Y == 0 && lane < lanes {
        let var = m2 / Vector::new(n);
        mean_out[lane] = mean;
        var_out[lane] = var;
        scale_out[lane] = weight[lane] / (var + Vector::new(eps)).sqrt();
    }
}

#[cube(launch)]
fn transform<N: Size>(
    x: &Array<Vector<f32, N>>,
    mean: &Array<Vector<f32, N>>,
    scale: &Array<Vector<f32, N>>,
    shift: &Array<Vector<f32, N>>,
    residual: &Array<Vector<f32, N>>,
    y: &mut Array<Vector<f32, N>>,
    len: usize,
    lanes: usize,
    #[comptime] centered: bool,
    #[comptime] adds: bool,
    #[comptime] relu: bool,
) {
    let at = ABSOLUTE_POS;
    if at < len {
        let lane = at % lanes;
        let mut value = x[at];
        if centered {
            value -= mean[lane];
        }
        value = value * scale[lane] + shift[lane];
        if adds {
            value += residual[at];
        }
        if relu {
            // A comparison, not a maximum: NaN must not become 0, or a broken run would look whole.
            let zero = Vector::<f32, N>::new(0.0f32);
            value = select_many(value.less_than(zero), zero, value);
        }
        y[at] = value;
    }
}
