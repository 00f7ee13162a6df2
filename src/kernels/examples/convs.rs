//! scratch
use saner_kernels::{conv::*, simd::Level};
use std::time::Instant;
fn main() {
    saner_kernels::par::on_threads(std::env::var("T").map_or(2, |t| t.parse().unwrap()), go)
}
fn go() {
    let lv = Level::best();
    println!("{} {}", lv.name(), saner_kernels::par::threads());
    for (n, s, ci, co, k, st) in [
        (32, 32, 64, 64, 3, 1),
        (32, 16, 128, 128, 3, 1),
        (32, 8, 256, 256, 3, 1),
        (32, 4, 512, 512, 3, 1),
        (128, 16, 8, 8, 3, 1),
        (128, 8, 16, 16, 3, 1),
        (128, 4, 32, 32, 3, 1),
        (128, 2, 64, 64, 3, 1),
        (32, 32, 16, 16, 3, 1),
        (32, 16, 32, 32, 3, 1),
        (128, 16, 3, 8, 3, 1),
        (128, 16, 8, 16, 3, 2),
        (128, 16, 8, 16, 1, 2),
    ] {
        let c = Conv { n, c_in: ci, c_out: co, size: [s, s], kernel: [k, k], stride: st, pad: [k / 2, k / 2] };
        let x: Vec<f32> = (0..c.input_len()).map(|i| (i % 17) as f32 * 0.1 - 0.8).collect();
        let w: Vec<f32> = (0..c.weight_len()).map(|i| (i % 13) as f32 * 0.1 - 0.6).collect();
        let mut y = vec![0.0; c.output_len()];
        let mut dx = vec![0.0; c.input_len()];
        let mut dw = vec![0.0; c.weight_len()];
        let mut out = String::new();
        for which in 0..3 {
            let mut times = vec![];
            let t0 = Instant::now();
            while times.len() < 5 || t0.elapsed().as_millis() < 300 {
                let t = Instant::now();
                match which {
                    0 => forward(lv, &c, &x, &w, &mut y),
                    1 => grad_input(lv, &c, &w, &y, &mut dx, false),
                    _ => grad_weight(lv, &c, &x, &y, &mut dw),
                }
                times.push(t.elapsed().as_secs_f64());
            }
            times.sort_by(f64::total_cmp);
            out += &format!(" {:7.1} ({:.0} us)", c.flops() / times[times.len() / 2] / 1e9, times[times.len() / 2] * 1e6);
        }
        println!("n{n} s{s} {ci}->{co} k{k} s{st}: {out}");
    }
}
