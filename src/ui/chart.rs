//! The charts as a table: which curves, which letters, which rule line.

use saner_core::state::Metric;

use crate::theme::Role;

/// One curve of a chart.
#[derive(Debug, Clone, Copy)]
pub struct CurveSpec {
    /// Where the numbers come from.
    pub metric: Metric,
    /// Letter at the line's end: colour is never alone.
    pub letter: char,
    /// Word in the title.
    pub name: &'static str,
    /// Style.
    pub role: Role,
    /// Whether it is smoothed: per-step values are, per-epoch ones are not.
    pub smooth: bool,
}

/// One chart.
#[derive(Debug, Clone, Copy)]
pub struct ChartSpec {
    /// Name in titles.
    pub title: &'static str,
    /// Curves, least important first: later ones own the cells they cross.
    pub curves: &'static [CurveSpec],
    /// Factor from the stored number to the one drawn: 100 for percent.
    pub scale: f64,
    /// Fixed range of y, if it has a natural one.
    pub range: Option<(f64, f64)>,
    /// Dashed line.
    pub rule: Option<f64>,
    /// Whether alpha's plan is drawn ahead.
    pub plan: bool,
    /// Whether the curves are shares of a whole, drawn one upon another.
    pub stacked: bool,
    /// When the first value comes.
    pub waits_for: &'static str,
}

const fn curve(metric: Metric, letter: char, name: &'static str, role: Role, smooth: bool) -> CurveSpec {
    CurveSpec { metric, letter, name, role, smooth }
}

/// Charts of the Live tab: the first so many.
pub const LIVE: usize = 5;

/// Every chart, in the order of the Tab key.
pub const CHARTS: [ChartSpec; 9] = [
    ChartSpec {
        title: "train/loss",
        curves: &[curve(Metric::Loss, ' ', "", Role::Loss, true)],
        scale: 1.0,
        range: None,
        rule: None,
        plan: false,
        stacked: false,
        waits_for: "the first step",
    },
    ChartSpec {
        title: "acc%",
        curves: &[
            curve(Metric::TestAcc, 't', "test", Role::Test, false),
            curve(Metric::CleanAcc, 'c', "clean", Role::Clean, true),
            curve(Metric::NoisyAcc, 'n', "noisy", Role::Noisy, true),
        ],
        scale: 100.0,
        range: Some((0.0, 100.0)),
        rule: None,
        plan: false,
        stacked: false,
        waits_for: "the first step",
    },
    ChartSpec {
        title: "group_b %",
        curves: &[curve(Metric::GroupB, 'B', "", Role::GroupB, true)],
        scale: 100.0,
        range: None,
        rule: None,
        plan: false,
        stacked: false,
        waits_for: "the first group measurement (probe.groups_every)",
    },
    ChartSpec {
        title: "p_r",
        curves: &[curve(Metric::PR, ' ', "", Role::Loss, true)],
        scale: 1.0,
        range: None,
        rule: Some(1.0),
        plan: false,
        stacked: false,
        waits_for: "the first measurement; needs wrong labels and probe.dominance_every",
    },
    ChartSpec {
        title: "alpha ×",
        curves: &[curve(Metric::Alpha, ' ', "", Role::Loss, false)],
        scale: 1.0,
        range: None,
        rule: None,
        plan: true,
        stacked: false,
        waits_for: "the first step",
    },
    ChartSpec {
        title: "groups %",
        curves: &[
            curve(Metric::GroupC, 'C', "", Role::GroupC, true),
            curve(Metric::GroupB, 'B', "", Role::GroupB, true),
            curve(Metric::GroupA, 'A', "", Role::GroupA, true),
        ],
        scale: 100.0,
        range: Some((0.0, 100.0)),
        rule: None,
        plan: false,
        stacked: true,
        waits_for: "the first group measurement (probe.groups_every)",
    },
    ChartSpec {
        title: "gradient norms",
        curves: &[curve(Metric::GradNorm, 'g', "‖g‖", Role::Clean, true), curve(Metric::GradAdvNorm, 's', "‖g_sam‖", Role::Noisy, true)],
        scale: 1.0,
        range: None,
        rule: None,
        plan: false,
        stacked: false,
        waits_for: "the first group measurement (probe.groups_every)",
    },
    ChartSpec {
        title: "lr",
        curves: &[curve(Metric::Lr, ' ', "", Role::Loss, false)],
        scale: 1.0,
        range: None,
        rule: None,
        plan: false,
        stacked: false,
        waits_for: "the first step",
    },
    ChartSpec {
        title: "noise-led %",
        curves: &[curve(Metric::PClean, 'c', "p_clean", Role::Clean, true), curve(Metric::PNoise, 'n', "p_noise", Role::Noisy, true)],
        scale: 100.0,
        range: None,
        rule: None,
        plan: false,
        stacked: false,
        waits_for: "the first measurement; needs wrong labels and probe.dominance_every",
    },
];
