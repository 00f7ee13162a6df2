//! Every tab, popups with pictures of their own, cross-hair, overlays, ASCII.

use super::*;
use crate::app::TABS;
use crate::shell::RunRow;

pub fn rows() -> Vec<RunRow> {
    let row = |id: &str, state: &str| RunRow {
        id: id.into(),
        state: state.into(),
        epochs: (40, 60),
        test: Some(0.8),
        best: Some(0.81),
        noisy: Some(0.2),
        method: "saner ×0.5".into(),
        seed: 42,
        ..RunRow::default()
    };
    let broken = RunRow { id: "20260101-000002-broken".into(), fault: Some("run.toml: no such file".into()), ..RunRow::default() };
    vec![row("20260101-000001-shapes-sgd", "done"), row("20260101-000000-shapes", "running"), broken]
}

#[test]
fn every_tab_is_drawn_at_every_size_in_every_theme() {
    use saner_core::logline::LogLine;
    for run in [RunState::default(), story()] {
        for (tab, _) in TABS {
            for (theme, depth) in [("dark", Depth::True), ("light", Depth::Indexed256), ("okabe-ito", Depth::Ansi16), ("mono", Depth::None)]
            {
                for (width, height) in [(1, 1), (30, 8), (40, 10), (60, 10), (80, 24), (120, 40), (200, 60), (300, 100)] {
                    let mut app = App::new("20260101-000000-shapes".into(), true, settings(theme, depth));
                    app.tab = tab;
                    screen(&run, &app, width, height);
                    app.runs.rows = Some(rows());
                    app.logs.lines.push_back(LogLine::parse(
                        "2026-11-25T12:58:00.1Z  INFO train: epoch 1 of 2 is done, and here is more text than fits",
                    ));
                    app.logs.wrap = true;
                    app.chart_view.cross = Some(200);
                    app.expanded = width % 2 == 0;
                    app.samples_page = true;
                    screen(&run, &app, width, height);
                }
            }
        }
    }
}

fn at_80(tab: Tab) -> String {
    let mut app = app();
    app.tab = tab;
    app.runs.rows = Some(rows());
    screen(&story(), &app, 80, 24).replace(&crate::format::clock(1_700_000_000.0), "HH:MM:SS")
}

#[test]
fn the_charts_tab() {
    insta::assert_snapshot!(at_80(Tab::Charts));
}

#[test]
fn the_saner_tab() {
    insta::assert_snapshot!(at_80(Tab::Saner));
}

#[test]
fn the_tour() {
    let mut app = app();
    app.popup = Some(Popup::Tour(3));
    insta::assert_snapshot!(screen(&story(), &app, 80, 24).replace(&crate::format::clock(1_700_000_000.0), "HH:MM:SS"));
}

#[test]
fn the_page_of_single_samples() {
    let mut app = app();
    (app.tab, app.samples_page) = (Tab::Saner, true);
    insta::assert_snapshot!(screen(&story(), &app, 80, 24).replace(&crate::format::clock(1_700_000_000.0), "HH:MM:SS"));
}

#[test]
fn the_runs_tab() {
    insta::assert_snapshot!(at_80(Tab::Runs));
}

#[test]
fn the_timeline_tab() {
    insta::assert_snapshot!(at_80(Tab::Timeline));
}

#[test]
fn the_load_of_the_machine_is_on_the_screen_where_it_is_told() {
    use saner_core::machine::{Gpu, Machine};
    let mut app = app();
    app.focus = 0;
    let gpu = Gpu { busy: 0.97, used: 10 << 30, all: 139 << 30, watts: Some(412.0), celsius: Some(61), ..Gpu::default() };
    app.machine = Some(Machine { cpu: 0.12, ram_used: 21 << 30, ram_all: 128 << 30, gpu: Some(gpu) });
    for (width, height) in [(80, 24), (120, 40)] {
        let text = screen(&story(), &app, width, height);
        assert!(text.contains("GPU0 97% 61C 412W"), "{text}");
    }
}

#[test]
fn in_ascii_there_is_nothing_else() {
    for (tab, _) in TABS {
        let mut app = app();
        app.tab = tab;
        app.chart_view.marker = Marker::Ascii;
        let text = screen(&story(), &app, 120, 40);
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains('*') || !matches!(tab, Tab::Live | Tab::Charts | Tab::Saner), "{text}");
    }
}

#[test]
fn values_under_the_cross_hair_are_those_of_the_log() {
    let (run, mut app) = (story(), app());
    app.chart_view.cross = Some(123);
    let text = screen(&run, &app, 80, 24);
    let raw = run.curve(saner_core::state::Metric::Loss).at(123).unwrap();
    let ema = run.curve(saner_core::state::Metric::Loss).ema(app.chart_view.smoothing)[123];
    let wanted = format!("{} ema {}", crate::format::number(f64::from(raw)), crate::format::number(f64::from(ema)));
    assert!(text.contains(&wanted) && text.contains("ep 12.3 step 123"), "{wanted}\n{text}");
}

#[test]
fn a_run_behind_the_charts_is_drawn_with_its_difference() {
    let (run, mut app) = (story(), app());
    let before = screen(&run, &app, 80, 24);
    let mut other = RunState::default();
    for step in 0..400 {
        other.apply(&Report::Step(Box::new(StepSample { step, loss: 1.5, ..StepSample::default() })));
    }
    app.overlays.push(crate::widget::curve::Overlay { id: "other".into(), run: other, cache: Default::default() });
    assert_ne!(screen(&run, &app, 80, 24), before);
    app.chart_view.cross = Some(399);
    assert!(screen(&run, &app, 80, 24).contains("Δ-0.9"), "{}", screen(&run, &app, 80, 24));
}
