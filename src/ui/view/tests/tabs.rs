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

#[test]
fn the_tour() {
    let mut app = app();
    app.popup = Some(Popup::Tour(3));
    insta::assert_snapshot!(screen(&story(), &app, 80, 24).replace(&crate::format::clock(1_700_000_000.0), "HH:MM:SS"));
}

#[test]
fn the_load_of_the_machine_is_on_the_screen_where_it_is_told() {
    use saner_core::machine::{Gpu, Machine};
    let mut app = app();
    app.focus = 0;
    let gpu = Gpu { busy: 0.97, used: 10 << 30, all: 139 << 30, watts: Some(412.0), celsius: Some(61), ..Gpu::default() };
    let machine = Machine { cpu: 0.12, ram_used: 21 << 30, ram_all: 128 << 30, gpu: Some(gpu) };
    app.loaded(Some(Machine { cpu: 0.5, ..machine.clone() }));
    app.loaded(Some(machine.clone()));
    app.loaded(Some(machine));
    assert_eq!(app.loads.len(), 2, "told twice counts once");
    let text = screen(&story(), &app, 200, 60);
    assert!(text.contains("gpu ██  cpu ▅▁"), "{text}");
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

#[test]
fn other_seeds_are_a_band_around_their_mean() {
    use crate::widget::curve::{Overlay, overlay};
    let (run, mut app) = (story(), app());
    let seed = |seed: u64, loss: f32| {
        let mut other = story();
        let mut header = other.header.take().unwrap();
        header.spec.seed = seed;
        let mut fresh = RunState::default();
        fresh.header = Some(header);
        (0..400).for_each(|step| fresh.apply(&Report::Step(Box::new(StepSample { step, loss, ..StepSample::default() }))));
        Overlay { id: format!("seed-{seed}"), run: fresh, cache: Default::default() }
    };
    app.overlays = vec![seed(1, 1.0), seed(2, 1.4), seed(3, 1.8)];
    assert_eq!(overlay::words(&app.overlays), "band of 3 seeds");
    app.chart_view.cross = Some(399);
    let text = screen(&run, &app, 120, 40);
    assert!(text.contains("to 1.400 (1.000..1.800)") && text.contains("behind: band of 3 seeds"), "{text}");
    app.overlays.pop();
    app.overlays.push(Overlay { id: "other".into(), run: RunState::default(), cache: Default::default() });
    assert_eq!(overlay::words(&app.overlays), "band of 2 seeds, other", "a run without a recipe stands alone");
}

#[test]
fn a_pause_has_its_mark_with_how_long_it_took() {
    let (mut run, mut app) = (story(), app());
    let at = |time: f64, event| Report::Event(Box::new(Record { seq: 0, time, step: 120, epoch: 12, by: "me".into(), event }));
    run.apply(&at(1_700_000_100.0, Event::Paused { reason: "me".into() }));
    run.apply(&at(1_700_000_280.0, Event::Resumed));
    app.expanded = true;
    let text = screen(&run, &app, 120, 40);
    assert!(text.contains("‖3m"), "{text}");
}

#[test]
fn x_may_be_the_clock() {
    use crate::widget::curve::{XAxis, x};
    let mut run = story();
    // Steps take a tenth of a second; half of them were made after a break of an hour.
    let at = |time: f64, step, event| Report::Event(Box::new(Record { seq: 0, time, step, epoch: 0, by: "me".into(), event }));
    run.events.truncate(1);
    run.apply(&at(1_700_000_020.0, 200, Event::Paused { reason: "me".into() }));
    run.apply(&at(1_700_003_620.0, 200, Event::Resumed));
    let marks = x::marks(&run, XAxis::Clock, (0.0, 400.0), 6);
    assert!(!marks.is_empty() && marks.len() <= 7, "{marks:?}");
    // All round times fall into the break, so they lie where it is.
    assert!(marks.iter().all(|(step, _)| (step - 200.0).abs() < 1.0), "{marks:?}");
    let marks = x::marks(&run, XAxis::Clock, (0.0, 199.0), 5);
    let steps: Vec<f64> = marks.iter().map(|(step, _)| *step).collect();
    assert!(steps.windows(2).all(|pair| ((pair[1] - pair[0]) - 50.0).abs() < 1.5), "five seconds are fifty steps: {marks:?}");
    assert!(marks.iter().all(|(_, text)| text.len() == 8), "with seconds: {marks:?}");
}

#[test]
fn y_may_be_pinned_or_leave_outliers_out() {
    let (mut run, mut app) = (story(), app());
    run.apply(&Report::Step(Box::new(StepSample { step: 400, loss: 1e6, ..StepSample::default() })));
    app.chart_view.smoothing = 0.0;
    app.expanded = true;
    assert!(screen(&run, &app, 80, 24).contains("1e6") || screen(&run, &app, 80, 24).contains("5e5"));
    drop(app.act(crate::action::Action::Outliers, &run));
    let text = screen(&run, &app, 80, 24);
    assert!(text.contains("without outliers") && !text.contains("5e5"), "{text}");
    app.chart_view.ranges[0] = Some((0.0, 10.0));
    let text = screen(&run, &app, 80, 24);
    assert!(text.contains("y pinned") && text.contains("10┤"), "{text}");
    run.apply(&record(380, Event::Restored { checkpoint: "c".into(), superseded: 20 }));
    app.chart_view.ranges[0] = Some((5.0, 10.0));
    let text = screen(&run, &app, 80, 24);
    assert!(!text.chars().any(|sign| ('\u{2801}'..='\u{28ff}').contains(&sign)), "nothing lies there:\n{text}");
}

#[test]
fn a_click_finds_rows_and_names_of_marks() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let (mut run, mut app, mut mouse) = (story(), app(), crate::mouse::Mouse::default());
    (0..60).for_each(|i| run.apply(&record(i, Event::Note { text: format!("note {i}"), mark: format!("N{i}") })));
    let area = Rect::new(0, 0, 80, 24);
    let mut click = |app: &mut App, column: u16, row: u16| {
        let event = MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column, row, modifiers: KeyModifiers::NONE };
        drop(mouse.event(&event, app, &run, area));
    };
    let row_of = |app: &App, words: &str| {
        let text = screen(&run, app, 80, 24);
        text.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words} is not in\n{text}")) as u16
    };
    app.tab = Tab::Timeline;
    for wanted in ["note 55", "note 53", "note 57"] {
        let row = row_of(&app, wanted);
        click(&mut app, 20, row);
        assert!(matches!(&app.timeline.chosen(&run).unwrap().event, Event::Note { text, .. } if text == wanted), "{wanted}");
    }
    // Far down, where the list is scrolled.
    app.timeline.cursor = 40;
    let row = row_of(&app, "note 21");
    click(&mut app, 20, row);
    assert!(matches!(&app.timeline.chosen(&run).unwrap().event, Event::Note { text, .. } if text == "note 21"));
    app.tab = Tab::Runs;
    app.runs.rows = Some((0..40).map(|i| RunRow { id: format!("run-{i:02}-"), ..RunRow::default() }).collect());
    app.runs.cursor = 30;
    let row = row_of(&app, "run-25-");
    click(&mut app, 20, row);
    assert_eq!(app.runs.chosen().unwrap().id, "run-25-");
    app.tab = Tab::Live;
    app.expanded = true;
    let text = screen(&run, &app, 80, 24);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains("a2")).unwrap();
    let column = line.split("a2").next().unwrap().chars().count();
    click(&mut app, column as u16, row as u16);
    assert_eq!(app.tab, Tab::Timeline);
    assert!(matches!(&app.timeline.chosen(&run).unwrap().event, Event::Applied { mark, .. } if mark == "a2"));
}

#[test]
fn pictures_show_what_the_screen_shows() {
    let (run, mut app) = (story(), app());
    app.chart_view.cross = Some(123);
    for (tab, _) in TABS {
        app.tab = tab;
        for which in 0..crate::print::PICTURES.len() {
            let (name, svg) = crate::print::picture(which, &run, &app, Rect::new(0, 0, 100, 30));
            let png = saner_core::raster::png(&svg, 1.0).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert!(png.len() > 3_000, "{name}");
        }
    }
    app.tab = Tab::Live;
    let (_, figure) = crate::print::picture(2, &run, &app, Rect::new(0, 0, 100, 30));
    for words in ["train/loss", "EMA 0.9", ">a2<", "ep 12.3 step 123", "tuned by hand ×1", ">epoch<"] {
        assert!(figure.contains(words), "{words} is not in\n{figure}");
    }
    let zoomed = |app: &mut App| {
        app.zoom(0.25);
        crate::print::picture(2, &run, app, Rect::new(0, 0, 100, 30)).1
    };
    assert!(!zoomed(&mut app).contains(">a2<"), "a change outside of what is shown");
}
