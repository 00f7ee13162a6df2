//! Gradients of a normalization: `dx = weight · inv · (dy − mean(dy) − x̂ · mean(dy · x̂))`, dy behind the ReLU.

use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use burn_tensor::TensorMetadata;
use cubecl::prelude::*;

use crate::map::Cut;
use crate::{array, beside, each, whole};

/// Gradients.
pub struct Grads<R: CubeRuntime> {
    /// Of the output behind the ReLU, which is that of the shortcut; as it came in where there is none.
    pub dy: CubeTensor<R>,
    /// Of the input.
    pub dx: CubeTensor<R>,
    /// Of weight and bias, `[channels]`.
    pub affine: [CubeTensor<R>; 2],
}

/// `y` is the output if a ReLU cut it; `factors` are weight, mean and biased variance; `shortcut`: its gradient is wanted.
pub fn backward<R: CubeRuntime>(
    x: CubeTensor<R>,
    y: Option<CubeTensor<R>>,
    factors: [CubeTensor<R>; 3],
    dy: CubeTensor<R>,
    shortcut: bool,
    eps: f32,
) -> Grads<R> {
    let (x, dy) = (whole(x), whole(dy));
    let cut = Cut::of(&x.shape());
    let [weight, mean, var] = factors.map(whole);
    let client = x.client.clone();
    let relu = y.is_some();
    let y = y.map_or_else(|| x.clone(), whole);
    // With a shortcut the gradient behind the ReLU is written once, and read instead of both.
    let keep = relu && shortcut;
    let kept = if keep { beside(&x, x.shape(), x.dtype) } else { beside(&x, [cut.vector], x.dtype) };
    let (sums, dots) = (cut.room(&x), cut.room(&x));
    let (count, dim) = cut.launch();
    sum_parts::launch::<R>(
        &client,
        count,
        dim,
        cut.vector,
        array(&x),
        array(&y),
        array(&dy),
        array(&mean),
        array(&kept),
        array(&sums),
        array(&dots),
        cut.rows,
        cut.lanes,
        cut.rows_per_part,
        relu,
        keep,
        cut.across,
        cut.down,
    );
    let (d_weight, d_bias) = (cut.room_for_channels(&x), cut.room_for_channels(&x));
    let (count, dim) = cut.finish();
    put_together::launch::<R>(
        &client,
        count,
        dim,
        cut.vector,
        array(&sums),
        array(&dots),
        array(&var),
        array(&d_weight),
        array(&d_bias),
        cut.lanes,
        cut.parts,
        eps,
        cut.across,
        cut.down,
    );
    let dx = beside(&x, x.shape(), x.dtype);
    let dy = if keep { kept } else { dy };
    let (count, dim) = each(cut.rows * cut.lanes);
    grad_input::launch::<R>(
        &client,
        count,
        dim,
        cut.vector,
        array(&x),
        array(&y),
        array(&dy),
        array(&weight),
        array(&mean),
        array(&var),
        array(&d_weight),
        array(&d_bias),
        array(&dx),
        cut.rows * cut.lanes,
        cut.lanes,
        1.0 / cut.rows as f32,
        eps,
        relu && !keep,
    );
    Grads { dy, dx, affine: [d_weight, d_bias] }
}

/// The gradient behind a ReLU that gave `y`.
#[cube]
fn behind<N: Size>(dy: Vector<f32, N>, y: Vector<f32, N>) -> Vector<f32, N> {
    let zero = Vector::<f32, N>::new(0.0f32);
    select_many(y.less_equal(zero), zero, dy)
}

/// Sums of dy and of dy · (x − mean) over one part of the rows.
#[cube(launch)]
fn sum_parts<N: Size>(
    x: &Array<Vector<f32, N>>,
    y: &Array<Vector<f32, N>>,
    dy: &Array<Vector<f32, N>>,
    mean: &Array<Vector<f32, N>>,
    kept: &mut Array<Vector<f32, N>>,
    sums: &mut Array<Vector<f32, N>>,
    dots: &mut Array<Vector<f32, N>>,
    rows: usize,
    lanes: usize,
    rows_per_part: usize,
    #[comptime] relu: bool,
    #[comptime] keep: bool,
    #[comptime] across: usize,
    #[comptime] down: usize,
) {
    let lane = CUBE_POS_X as usize * across + UNIT_POS_X as usize;
    let part = CUBE_POS_Y as usize;
    let end = min(rows, (part + 1) * rows_per_part);
    let mut sum = Vector::<f32, N>::new(0.0f32);
    let mut dot = Vector::<f32, N>::new(0.0f32);
    if lane < lanes {
        let center = mean[lane];
        let mut row = part * rows_per_part + UNIT_POS_Y as usize;
        while row < end {
            let at = row * lanes + lane;
            let mut grad = dy[at];
            if relu {
                grad = behind::<N>(grad, y[at]);
            }
            if keep {
                kept[at] = grad;
            }
            sum += grad;
            dot += grad * (x[at] - center);
            row += down;
        }
    }
    let (total, total_dot) = columns::<N>(sum, dot, across, down);
    if UNIT_POS_Y == 0 && lane < lanes {
        sums[part * lanes + lane] = total;
        dots[part * lanes + lane] = total_dot;
    }
}

/// Two sums down the columns of a cube, known to its first row.
#[cube]
fn columns<N: Size>(
    first: Vector<f32, N>,
    second: Vector<f32, N>,
    #[comptime] across: usize,
    #[comptime] down: usize,
) -> (Vector<f32, N>, Vector<f32, N>) {
    let place = UNIT_POS_Y as usize * across + UNIT_POS_X as usize;
    let mut a = SharedMemory::<Vector<f32, N>>::new(across * down);
    let mut b = SharedMemory::<Vector<f32, N>>::new(across * down);
    a[place] = first;
    b[place] = second;
    sync_cube();
    let mut half = (down / 2).runtime();
    while half > 0 {
        if (UNIT_POS_Y as usize) < half {
            a[place] = a[place] + a[place + half * across];
            b[place] = b[place] + b[place + half * across];
        }
        sync_cube();
        half /= 2;
    }
    (a[UNIT_POS_X as usize], b[UNIT_POS_X as usize])
}

/// Gradients of weight and bias from the sums of the parts.
#[cube(launch)]
fn put_together<N: Size>(
    sums: &Array<Vector<f32, N>>,
    dots: &Array<Vector<f32, N>>,
    var: &Array<Vector<f32, N>>,
    d_weight: &mut Array<Vector<f32, N>>,
    d_bias: &mut Array<Vector<f32, N>>,
    lanes: usize,
    parts: usize,
    eps: f32,
    #[comptime] across: usize,
    #[comptime] down: usize,
) {
    let lane = CUBE_POS_X as usize * across + UNIT_POS_X as usize;
    let mut sum = Vector::<f32, N>::new(0.0f32);
    let mut dot = Vector::<f32, N>::new(0.0f32);
    if lane < lanes {
        let mut part = UNIT_POS_Y as usize;
        while part < parts {
            sum += sums[part * lanes + lane];
            dot += dots[part * lanes + lane];
            part += down;
        }
    }
    let (total, total_dot) = columns::<N>(sum, dot, across, down);
    if UNIT_POS_Y == 0 && lane < lanes {
        d_bias[lane] = total;
        d_weight[lane] = total_dot / (var[lane] + Vector::new(eps)).sqrt();
    }
}

#[cube(launch)]
fn grad_input<N: Size>(
    x: &Array<Vector<f32, N>>,
    y: &Array<Vector<f32, N>>,
    dy: &Array<Vector<f32, N>>,
    weight: &Array<Vector<f32, N>>,
    mean: &Array<Vector<f32, N>>,
    var: &Array<Vector<f32, N>>,
    d_weight: &Array<Vector<f32, N>>,
    d_bias: &Array<Vector<f32, N>>,
    dx: &mut Array<Vector<f32, N>>,
    len: usize,
    lanes: usize,
    share: f32,
    eps: f32,
    #[comptime] relu: bool,
) {
    let at = ABSOLUTE_POS;
    if at < len {
        let lane = at % lanes;
        let mut grad = dy[at];
        if relu {
            grad = behind::<N>(grad, y[at]);
        }
        let inv = Vector::<f32, N>::new(1.0f32) / (var[lane] + Vector::new(eps)).sqrt();
        let normal = (x[at] - mean[lane]) * inv;
        let each = Vector::<f32, N>::new(share);
        dx[at] = weight[lane] * inv * (grad - d_bias[lane] * each - normal * d_weight[lane] * each);
    }
}
