//! Frames of the screen over a million steps, beside ratatui's own `Chart` on the same points:
//! `cargo bench --bench screen`. Nothing is drawn to a terminal; a frame is the filling of a buffer.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Widget};
use saner_core::event::{Report, StepSample};
use saner_core::state::{Metric, RunState};
use saner_ui::app::{App, Tab};
use saner_ui::settings::Settings;
use saner_ui::theme::Depth;
use saner_ui::view;

const STEPS: u64 = 1_000_000;
const FRAMES: usize = 100;

fn sample(step: u64) -> StepSample {
    let t = step as f32 / STEPS as f32;
    let wave = (step as f32 * 0.618).sin();
    StepSample {
        step,
        epoch: (step / 1000) as u32,
        wall: step as f64 * 0.01,
        loss: 2.3 - 1.8 * t + 0.3 * wave,
        clean_acc: Some((0.9 * t + 0.05 * wave).clamp(0.0, 1.0)),
        noisy_acc: Some((0.3 * t * t + 0.05 * wave).clamp(0.0, 1.0)),
        alpha: 1.0 - 0.5 * f64::from(t),
        lr: 0.1,
        group_a: Some(0.5),
        group_b: Some(0.37 + 0.02 * wave),
        group_c: Some(0.13 - 0.02 * wave),
        p_r: Some(0.8 + 0.4 * t + 0.1 * wave),
        grad_norm: Some(1.0 + 0.2 * wave),
        grad_adv_norm: Some(1.2 + 0.2 * wave),
        ..StepSample::default()
    }
}

/// Median and 99th percentile in milliseconds.
fn report(what: &str, mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let (median, p99) = (times[times.len() / 2], times[(times.len() * 99 / 100).min(times.len() - 1)]);
    println!("{what:<58} median {median:>8.2} ms   p99 {p99:>8.2} ms");
    median
}

fn timed(n: usize, mut work: impl FnMut()) -> Vec<f64> {
    (0..n)
        .map(|_| {
            let begun = Instant::now();
            work();
            1e3 * begun.elapsed().as_secs_f64()
        })
        .collect()
}

fn main() {
    let mut run = RunState::default();
    (0..STEPS).for_each(|step| run.apply(&Report::Step(Box::new(sample(step)))));
    let area = Rect::new(0, 0, 200, 60);
    let mut buf = Buffer::empty(area);
    let fresh = || {
        let settings = Settings { theme: "dark".into(), depth: Depth::True, ..Settings::default() };
        let mut app = App::new("bench".into(), true, settings);
        app.tab = Tab::Charts;
        app.charts.grid = Some((2, 3));
        app
    };
    println!("six charts of {STEPS} points each (more where a chart has several curves), 200x60");
    let cold = report(
        "everything made anew",
        timed(9, || {
            let app = fresh();
            view::draw(&run, &app, area, &mut buf);
        }),
    );
    let app = fresh();
    view::draw(&run, &app, area, &mut buf);
    report("nothing new (a key, a message)", timed(FRAMES, || view::draw(&run, &app, area, &mut buf)));
    let mut step = STEPS;
    report(
        "twenty steps came (five frames a second)",
        timed(FRAMES, || {
            for _ in 0..20 {
                run.apply(&Report::Step(Box::new(sample(step))));
                step += 1;
            }
            view::draw(&run, &app, area, &mut buf);
        }),
    );
    let metrics = [Metric::Loss, Metric::CleanAcc, Metric::GroupB, Metric::PR, Metric::Alpha, Metric::GroupA];
    let points: Vec<Vec<(f64, f64)>> = metrics
        .iter()
        .map(|metric| {
            let curve = run.curve(*metric);
            curve.steps.iter().zip(&curve.values).map(|(x, y)| (*x as f64, f64::from(*y))).collect()
        })
        .collect();
    let theirs = report(
        "ratatui's Chart, one curve a chart, no smoothing",
        timed(5, || {
            for (i, points) in points.iter().enumerate() {
                let place = Rect::new((i as u16 % 3) * 66, (i as u16 / 3) * 30, 66, 30);
                let data = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line).data(points);
                let (x, y) = (Axis::default().bounds([0.0, step as f64]), Axis::default().bounds([0.0, 2.6]));
                Chart::new(vec![data]).x_axis(x).y_axis(y).render(place, &mut buf);
            }
        }),
    );
    println!("ours anew / theirs: {:.3}", cold / theirs);
}
