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

/// What most charts are: values as they are stored, over a range that fits them.
const CHART: ChartSpec =
    ChartSpec { title: "", curves: &[], scale: 1.0, range: None, rule: None, plan: false, stacked: false, waits_for: "the first step" };
/// A chart of shares, in percent.
const PERCENT: ChartSpec = ChartSpec { scale: 100.0, ..CHART };
/// What most measurements wait for.
const GROUPS: &str = "the first group measurement (probe.groups_every)";
const DOMINANCE: &str = "the first measurement; needs wrong labels and probe.dominance_every";

/// Charts of the Live tab: the first so many.
pub const LIVE: usize = 5;

/// Every chart, in the order of the Tab key.
pub const CHARTS: [ChartSpec; 9] = [
    ChartSpec { title: "train/loss", curves: &[curve(Metric::Loss, ' ', "", Role::Loss, true)], ..CHART },
    ChartSpec {
        title: "acc%",
        curves: &[
            curve(Metric::TestAcc, 't', "test", Role::Test, false),
            curve(Metric::CleanAcc, 'c', "clean", Role::Clean, true),
            curve(Metric::NoisyAcc, 'n', "noisy", Role::Noisy, true),
        ],
        range: Some((0.0, 100.0)),
        ..PERCENT
    },
    ChartSpec { title: "group_b %", curves: &[curve(Metric::GroupB, 'B', "", Role::GroupB, true)], waits_for: GROUPS, ..PERCENT },
    ChartSpec { title: "p_r", curves: &[curve(Metric::PR, ' ', "", Role::Loss, true)], rule: Some(1.0), waits_for: DOMINANCE, ..CHART },
    ChartSpec { title: "alpha ×", curves: &[curve(Metric::Alpha, ' ', "", Role::Loss, false)], plan: true, ..CHART },
    ChartSpec {
        title: "groups %",
        curves: &[
            curve(Metric::GroupC, 'C', "", Role::GroupC, true),
            curve(Metric::GroupB, 'B', "", Role::GroupB, true),
            curve(Metric::GroupA, 'A', "", Role::GroupA, true),
        ],
        range: Some((0.0, 100.0)),
        stacked: true,
        waits_for: GROUPS,
        ..PERCENT
    },
    ChartSpec {
        title: "gradient norms",
        curves: &[curve(Metric::GradNorm, 'g', "‖g‖", Role::Clean, true), curve(Metric::GradAdvNorm, 's', "‖g_sam‖", Role::Noisy, true)],
        waits_for: GROUPS,
        ..CHART
    },
    ChartSpec { title: "lr", curves: &[curve(Metric::Lr, ' ', "", Role::Loss, false)], ..CHART },
    ChartSpec {
        title: "noise-led %",
        curves: &[curve(Metric::PClean, 'c', "p_clean", Role::Clean, true), curve(Metric::PNoise, 'n', "p_noise", Role::Noisy, true)],
        waits_for: DOMINANCE,
        ..PERCENT
    },
];
