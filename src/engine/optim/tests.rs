//! Golden vectors of `method.md` 1.7 and of every method, and the invariants of the composition.

use burn_autodiff::Autodiff;
use burn_flex::Flex;
use burn_tensor::{DType, Tensor, TensorData};
use saner_core::spec::{Override, RULES};

use super::*;
use crate::kernels::Compute;

mod rules;

type A = Autodiff<Flex>;

const X: [[f64; 4]; 6] = [
    [2.0, 1.0, 0.5, 0.0],
    [1.5, -0.5, 1.0, 1.0],
    [-1.0, 0.5, 1.5, -0.5],
    [-2.0, -1.0, 0.0, 0.5],
    [1.0, 2.0, -1.0, 1.5],
    [-1.5, 1.0, -0.5, -1.0],
];
const Y: [f64; 6] = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0];
const W0: [f64; 4] = [1.0, -1.0, 1.5, 1.5];
fn tensor<B: Backend, const D: usize>(values: Vec<f64>, shape: [usize; D], dtype: DType) -> Tensor<B, D> {
    Tensor::from_data(TensorData::new(values, shape).convert_dtype(dtype), (&Default::default(), dtype))
}

/// Mean logistic loss of the toy, by Burn's own operations.
fn gradient(w: &Tensor<Flex, 1>, dtype: DType) -> Tensor<Flex, 1> {
    let leaf = Tensor::<A, 1>::from_inner(w.clone()).require_grad();
    let x: Tensor<A, 2> = tensor(X.concat(), [6, 4], dtype);
    let y: Tensor<A, 1> = tensor(Y.to_vec(), [6], dtype);
    let z = x.matmul(leaf.clone().reshape([4, 1])).reshape([6]);
    // log(1 + e^z) − y·z
    let loss = (z.clone().exp() + 1.0).log() - y * z;
    let grads = loss.mean().backward();
    leaf.grad(&grads).unwrap()
}

/// Two tensors, so that rules by layer have something to tell apart.
fn layout() -> Layout {
    let mut layout = Layout::default();
    layout.add("body.bias".into(), &[2]);
    layout.add("linear.weight".into(), &[1, 2]);
    layout
}

/// The study's numbers: rho 0.5, alpha 0.5, lr 0.1, momentum 0.9, decay 5e-4.
fn spec(method: &str, sets: &[(&str, &str)]) -> Spec {
    let own = [("method.name", method), ("method.rho", "0.5")];
    let sets: Vec<Override> = own.iter().chain(sets).map(|(key, value)| Override { key: (*key).into(), value: (*value).into() }).collect();
    Spec::load("", "golden", &sets).unwrap()
}

struct Toy {
    spec: Spec,
    layout: Layout,
    w: Tensor<Flex, 1>,
    b: Tensor<Flex, 1>,
    traces: Traces<Flex>,
    steps: u64,
    dtype: DType,
    /// By the backend's own passes instead of Burn's operations.
    fused: bool,
}

impl Toy {
    fn new(dtype: DType, fused: bool, spec: Spec) -> Self {
        let zeros = || tensor(vec![0.0; 4], [4], dtype);
        let traces = Trace::of(&spec).into_iter().map(|trace| (trace, zeros())).collect();
        Self { spec, layout: layout(), w: tensor(W0.to_vec(), [4], dtype), b: zeros(), traces, steps: 0, dtype, fused }
    }

    /// g, s and d of a step.
    fn step(&mut self) -> [Tensor<Flex, 1>; 3] {
        let family = Family::new(&self.spec, &self.layout);
        let own = &self.spec.method;
        let rates = Rates { step: self.steps, lr: 0.1, rho: own.rho, alpha: own.alpha, others: [own.alpha_a, own.alpha_c] };
        let g = gradient(&self.w, self.dtype);
        let (s, climbed) = match (family.method.ascent(), self.fused) {
            (None, _) => (g.clone(), Traces::new()),
            (Some(_), true) => {
                let (w_adv, changed) = family.climb::<Flex>(&self.w, &g, &self.traces, &rates);
                (family.correct(&g, gradient(&w_adv, self.dtype)), changed)
            }
            (Some(_), false) => {
                let (w_adv, changed) = self.plain_climb(&family, &g, &rates);
                let s = gradient(&w_adv, self.dtype);
                (if family.method.variant.decompose { ascent::decompose(&g, &s, own.gsam_alpha) } else { s }, changed)
            }
        };
        let pair = Pair { g: &g, s: &s };
        let (d, plain_changed) = match family.method.reweight() {
            Some(rule) => reweight::reweight(&family, rule, pair, &self.traces, &rates),
            None => (s.clone(), Traces::new()),
        };
        let done = if self.fused {
            Flex::update(&family, [&self.w, &self.b], pair, &self.traces, &rates)
        } else {
            self.plain_update(d.clone(), &s, plain_changed, &rates)
        };
        assert_eq!(values(&done.finite), [1.0]);
        self.steps += 1;
        self.traces.extend(climbed);
        self.traces.extend(done.traces);
        (self.w, self.b) = (done.w, done.momentum);
        [g, s, d]
    }

    /// By Burn's operations: what a backend without kernels of its own does.
    fn plain_climb(&self, family: &Family<'_>, g: &Tensor<Flex, 1>, rates: &Rates) -> (Tensor<Flex, 1>, Traces<Flex>) {
        let own = &self.spec.method;
        let (along, changed) = family.direction::<Flex>(g, &self.traces, rates);
        let point = match family.method.ascent() {
            Some(Ascent::Asam) => ascent::perturb_scaled(&self.w, &along, &self.layout, own.scope, [rates.rho, own.eta]),
            _ => ascent::perturb(&self.w, &along, rates.rho),
        };
        (point, changed)
    }

    fn plain_update(&self, d: Tensor<Flex, 1>, s: &Tensor<Flex, 1>, mut traces: Traces<Flex>, rates: &Rates) -> Updated<Flex> {
        let (own, schedule) = (&self.spec.method, &self.spec.schedule);
        let d = if own.preserve_norm { descend::same_norm(d, s) } else { d };
        let d = if schedule.clip > 0.0 { descend::bounded(d, schedule.clip) } else { d };
        if schedule.optimizer == Optimizer::Adamw {
            let ([w, momentum, second], finite) = descend::adamw([&self.w, &self.b, &self.traces[&Trace::Second]], &d, schedule, rates);
            traces.insert(Trace::Second, second);
            return Updated { w, momentum, finite, traces };
        }
        let (w, momentum, finite) = descend::descend([&self.w, &self.b], &d, schedule, rates);
        Updated { w, momentum, finite, traces }
    }
}

fn values(t: &Tensor<Flex, 1>) -> Vec<f64> {
    t.to_data().convert::<f64>().to_vec().unwrap()
}

/// Relative to the largest component: one that nearly cancels keeps only the others' rounding.
fn assert_close(got: &Tensor<Flex, 1>, want: [f64; 4], tolerance: f64) {
    let scale = want.iter().fold(0.0f64, |top, v| top.max(v.abs()));
    for (got, want) in values(got).into_iter().zip(want) {
        assert!((got - want).abs() <= tolerance * scale, "{got} is not {want} to {tolerance}");
    }
}

fn three_steps(dtype: DType, tolerance: f64) {
    for fused in [false, true] {
        three_steps_of(Toy::new(dtype, fused, spec("saner", &[])), tolerance);
    }
}

fn three_steps_of(mut toy: Toy, tolerance: f64) {
    let [g, s, d] = toy.step();
    assert_close(&g, [0.790529433386, -0.074716631340, 0.121195218040, 0.518396110315], tolerance);
    assert_close(&s, [0.915596557290, 0.007971790255, 0.071733763867, 0.559145655584], tolerance);
    assert_close(&d, [0.915596557290, 0.007971790255, 0.035866881934, 0.559145655584], tolerance);
    assert_close(&toy.b, [0.916096557290, 0.007471790255, 0.036616881934, 0.559895655584], tolerance);
    assert_close(&toy.w, [0.908390344271, -1.000747179025, 1.496338311807, 1.444010434442], tolerance);
    toy.step();
    assert_close(&toy.w, [0.737473613568, -1.000611851669, 1.488659493826, 1.338843413043], tolerance);
    toy.step();
    assert_close(&toy.w, [0.501674788036, -0.997353724416, 1.476007568223, 1.191720189865], tolerance);
}

#[test]
fn golden_vectors_in_f32() {
    three_steps(DType::F32, 1e-6);
}

#[test]
fn golden_vectors_in_f64() {
    // The study prints twelve digits, so its own rounding of up to 5e-13 is a part of what is allowed here; NumPy's
    // vectors below go further.
    three_steps(DType::F64, 1e-12 + 5e-13 / 0.12);
}

/// Three steps of every variant, rule and optimizer, as `tests/golden/methods.py` computes them in NumPy.
#[derive(serde::Deserialize)]
struct Case {
    method: String,
    set: serde_json::Map<String, serde_json::Value>,
    w: [[f64; 4]; 3],
}

#[test]
fn every_method_agrees_with_numpy() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/golden/methods.json")).unwrap();
    assert!(cases.len() > 100);
    for case in &cases {
        let sets: Vec<(String, String)> =
            case.set.iter().map(|(key, value)| (key.clone(), value.to_string().trim_matches('"').into())).collect();
        let sets: Vec<(&str, &str)> = sets.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        for (dtype, fused, tolerance) in [(DType::F64, false, 1e-13), (DType::F32, false, 2e-6), (DType::F32, true, 2e-6)] {
            let mut toy = Toy::new(dtype, fused, spec(&case.method, &sets));
            for (step, want) in case.w.iter().enumerate() {
                toy.step();
                for (got, want) in values(&toy.w).into_iter().zip(want) {
                    let off = (got - want).abs();
                    assert!(off <= tolerance * 1.5, "{} {sets:?} {dtype:?} {fused} step {step}: {got} is not {want}", case.method);
                }
            }
        }
    }
}

fn bits(method: &str, sets: &[(&str, &str)]) -> Vec<u64> {
    let of = |fused| {
        let mut toy = Toy::new(DType::F32, fused, spec(method, sets));
        (0..5).for_each(|_| drop(toy.step()));
        values(&toy.w).into_iter().map(f64::to_bits).collect::<Vec<_>>()
    };
    [of(false), of(true)].concat()
}

const VARIANTS: [&str; 5] = ["sam", "asam", "gsam", "fsam", "vasso"];

#[test]
fn alpha_one_is_the_plain_variant_bit_for_bit() {
    for variant in VARIANTS {
        let plain = bits(variant, &[]);
        for rule in RULES.iter().filter(|rule| matches!(rule.reweight, Reweight::Damp(..))) {
            let name = format!("{variant}+{}", rule.name);
            assert_eq!(bits(&name, &[("method.alpha", "1")]), plain, "{name}");
        }
        assert_ne!(bits(&format!("{variant}+saner"), &[]), plain, "{variant}");
    }
}

#[test]
fn special_cases_are_sam_bit_for_bit() {
    let sam = bits("sam", &[]);
    assert_eq!(bits("gsam", &[("method.gsam_alpha", "0")]), sam);
    assert_eq!(bits("fsam", &[("method.sigma", "0")]), sam);
    assert_eq!(bits("vasso", &[("method.theta", "1")]), sam);
    assert_eq!(bits("saner-quantile", &[("method.quantile", "0")]), sam);
    assert_eq!(bits("saner", &[("method.layers", "[\"*=0\"]")]), sam);
    // No element has |s| < 0·|g|, so Group B is empty.
    assert_eq!(bits("sgd-gr-b", &[("method.tau", "0")]), sam);
    let saner = bits("saner", &[]);
    assert_eq!(bits("saner-mean", &[("method.mean_decay", "0")]), saner);
    assert_eq!(bits("saner-persistent", &[("method.hold", "1")]), saner);
    assert_eq!(bits("saner-two-level", &[("method.high", "1")]), saner);
    assert_eq!(bits("saner", &[("method.layers", "[\"*=0\", \"linear=1\"]")]), bits("saner-last", &[]));
    for plain in [&sam, &saner] {
        assert_ne!(&bits("gsam", &[]), plain);
        assert_ne!(&bits("saner-quantile", &[("method.quantile", "0.9")]), plain);
    }
}

#[test]
fn rho_zero_is_sgd_bit_for_bit() {
    for method in ["sam", "saner"] {
        assert_eq!(bits(method, &[("method.rho", "0")]), bits("sgd", &[]));
    }
}
