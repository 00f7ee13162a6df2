//! GFLOP/s of the three passes of a convolution, for shapes of the three cases of the speed work; direct form counted.
//!
//! `cargo bench -p saner-kernels --bench convs`; THREADS=n for another number than all cores. Medians of at least five
//! calls and a quarter of a second. Absolute numbers: compare two builds only slice by slice in turn.

use std::time::{Duration, Instant};

use saner_kernels::conv::{self, Conv};
use saner_kernels::par;
use saner_kernels::simd::Level;

/// Images, side, channels in and out, kernel, stride.
const SHAPES: &[[usize; 6]] = &[
    [32, 32, 64, 64, 3, 1],
    [32, 16, 128, 128, 3, 1],
    [32, 8, 256, 256, 3, 1],
    [32, 4, 512, 512, 3, 1],
    [32, 32, 16, 16, 3, 1],
    [32, 16, 32, 32, 3, 1],
    [128, 16, 8, 8, 3, 1],
    [128, 8, 16, 16, 3, 1],
    [128, 4, 32, 32, 3, 1],
    [128, 2, 64, 64, 3, 1],
    [128, 16, 3, 8, 3, 1],
    [128, 16, 8, 16, 3, 2],
    [128, 16, 8, 16, 1, 2],
];

fn median(mut call: impl FnMut()) -> f64 {
    let (begun, mut times) = (Instant::now(), Vec::new());
    while times.len() < 5 || begun.elapsed() < Duration::from_millis(250) {
        let from = Instant::now();
        call();
        times.push(from.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn all() {
    let level = Level::best();
    println!("{}, {} threads; GFLOP/s", level.name(), par::threads());
    println!("images side  in out  k s   forward     input    weight");
    for &[n, side, c_in, c_out, k, stride] in SHAPES {
        let shape = Conv { n, c_in, c_out, size: [side; 2], kernel: [k; 2], stride, pad: [k / 2; 2] };
        let values = |len: usize| (0..len).map(|i| (i % 17) as f32 * 0.1 - 0.8).collect::<Vec<f32>>();
        let (x, w) = (values(shape.input_len()), values(shape.weight_len()));
        let [mut y, mut dx, mut dw] = [vec![0.0; shape.output_len()], vec![0.0; x.len()], vec![0.0; w.len()]];
        let times = [
            median(|| conv::forward(level, &shape, &x, &w, &mut y)),
            median(|| conv::grad_input(level, &shape, &w, &y, &mut dx, false)),
            median(|| conv::grad_weight(level, &shape, &x, &y, &mut dw)),
        ];
        let [forward, input, weight] = times.map(|seconds| shape.flops() / seconds / 1e9);
        println!("{n:>6} {side:>4} {c_in:>3} {c_out:>3}  {k} {stride} {forward:>9.1} {input:>9.1} {weight:>9.1}");
    }
}

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = std::env::var("THREADS").ok().and_then(|text| text.parse().ok()).unwrap_or(cores);
    par::on_threads(threads, all);
}
