//! Rules on many elements, and what an update must never do.

use super::*;

/// Thousands of elements, with every edge: the kernels against Burn's operations.
#[test]
fn kernels_and_plain_operations_agree_on_many_elements() {
    let mut rng = saner_core::rng::stream(4, "rules", 0, 0);
    let mut layout = Layout::default();
    layout.add("conv.weight".into(), &[40, 10, 9, 9]);
    layout.add("bn.weight".into(), &[77]);
    layout.add("linear.weight".into(), &[10, 31]);
    let n = layout.len();
    let mut draw =
        || -> Vec<f64> { (0..n).map(|i| if i % 97 == 0 { 0.0 } else { f64::from(saner_core::rng::unit(&mut rng)) - 0.5 }).collect() };
    let [g, s, held] = [draw(), draw(), draw()].map(|v| tensor::<Flex, 1>(v, [n], DType::F32));
    let held = (held * 6.0).round().clamp_min(0.0);
    let traces = Traces::from([(Trace::Held, held), (Trace::Mean, g.clone() * 0.7 + 0.05)]);
    for rule in RULES {
        for sets in
            [vec![], vec![("method.tau", "1.3"), ("method.layers", "[\"conv=0.5\"]"), ("method.alpha_a", "1.2"), ("method.hold", "3")]]
        {
            let spec = spec(rule.name, &sets);
            let family = Family::new(&spec, &layout);
            let own = &spec.method;
            let rates = Rates { step: 7, lr: 0.1, rho: 0.1, alpha: own.alpha, others: [own.alpha_a, own.alpha_c] };
            let pair = Pair { g: &g, s: &s };
            let (plain, plain_traces) = reweight::reweight(&family, rule.reweight, pair, &traces, &rates);
            let (fused, fused_traces) = Flex::reweight(&family, rule.reweight, pair, &traces, &rates);
            for (i, (a, b)) in values(&plain).into_iter().zip(values(&fused)).enumerate() {
                assert!((a - b).abs() <= 1e-6 * a.abs().max(1e-3), "{} {sets:?} element {i}: {a} {b}", rule.name);
            }
            for (trace, a) in plain_traces {
                let worst = (a - fused_traces[&trace].clone()).abs().max();
                assert!(values(&worst)[0] < 1e-6, "{} {trace:?}", rule.name);
            }
        }
    }
}

#[test]
fn a_random_mask_has_the_share_of_group_b_in_every_layer() {
    let mut layout = Layout::default();
    layout.add("a.weight".into(), &[50, 40]);
    layout.add("b.weight".into(), &[333]);
    let n = layout.len();
    let mut rng = saner_core::rng::stream(5, "random", 0, 0);
    let mut draw = || -> Vec<f64> { (0..n).map(|_| f64::from(saner_core::rng::unit(&mut rng)) - 0.5).collect() };
    let [g, s] = [draw(), draw()].map(|v| tensor::<Flex, 1>(v, [n], DType::F32));
    let spec = spec("saner-random", &[("method.alpha", "0")]);
    let family = Family::new(&spec, &layout);
    let pair = Pair { g: &g, s: &s };
    let mask = group_b(&g, &s, 1.0).into_data().iter::<bool>().collect::<Vec<_>>();
    let mut seen = Vec::new();
    for step in 0..2 {
        let rates = Rates { step, lr: 0.1, rho: 0.1, alpha: 0.0, others: [1.0; 2] };
        let (d, _) = Flex::reweight(&family, spec.method().reweight().unwrap(), pair, &Traces::new(), &rates);
        let dropped: Vec<bool> = values(&d).iter().map(|v| *v == 0.0).collect();
        for slot in &layout.slots {
            let count = |set: &[bool]| set[slot.offset..slot.offset + slot.len()].iter().filter(|x| **x).count();
            assert_eq!(count(&dropped), count(&mask), "{}", slot.name);
        }
        // By chance a third of Group B meets its own mask again; all of it would be no control.
        let again = mask.iter().zip(&dropped).filter(|(b, d)| **b && **d).count() as f64;
        let (share, of_b) = (count(&dropped) as f64 / n as f64, count(&mask) as f64);
        assert!((again / of_b - share).abs() < 0.06, "{again} of {of_b}, share {share}");
        seen.push(dropped);
    }
    assert_ne!(seen[0], seen[1], "another draw at every step");
}

fn count(set: &[bool]) -> usize {
    set.iter().filter(|x| **x).count()
}

#[test]
fn groups_partition_all_elements() {
    let g: Tensor<Flex, 1> = tensor(vec![1.0, 1.0, 1.0, -1.0, 0.0, 1.0, 1e-30, 0.0], [8], DType::F32);
    let s: Tensor<Flex, 1> = tensor(vec![1.0, 0.5, -0.5, -2.0, 1.0, 0.0, 1e-31, 0.0], [8], DType::F32);
    let to = |t: Tensor<Flex, 1, Bool>| t.into_data().iter::<bool>().collect::<Vec<_>>();
    let (a, b) = (to(group_a(&g, &s, 1.0)), to(group_b(&g, &s, 1.0)));
    for (i, (g, s)) in values(&g).into_iter().zip(values(&s)).enumerate() {
        let want = saner_core::group::group(g as f32, s as f32);
        assert_eq!(a[i], want == saner_core::group::Group::A, "element {i}");
        assert_eq!(b[i], want == saner_core::group::Group::B, "element {i}");
    }
}

fn two() -> Layout {
    let mut layout = Layout::default();
    layout.add("linear.weight".into(), &[1, 2]);
    layout
}

#[test]
fn decay_is_never_masked() {
    // All elements in Group B and alpha 0: what is left of the update is the decay.
    let (spec, layout) = (spec("saner", &[("method.alpha", "0")]), two());
    let w: Tensor<Flex, 1> = tensor(vec![1.0, -2.0], [2], DType::F32);
    let g: Tensor<Flex, 1> = tensor(vec![1.0, 1.0], [2], DType::F32);
    let rates = Rates { step: 0, lr: 0.1, rho: 0.5, alpha: 0.0, others: [1.0; 2] };
    let pair = Pair { g: &g, s: &(g.clone() * 0.5) };
    let done = Flex::update(&Family::new(&spec, &layout), [&w, &(w.clone() * 0.0)], pair, &Traces::new(), &rates);
    for (got, want) in values(&done.momentum).into_iter().zip([5e-4, -1e-3]) {
        assert!((got - want).abs() < 1e-9, "{got} is not {want}");
    }
}

#[test]
fn an_update_that_is_not_finite_is_told() {
    let layout = two();
    let t = |v: [f64; 2]| tensor::<Flex, 1>(v.to_vec(), [2], DType::F32);
    let (w, b) = (t([1.0, -2.0]), t([0.0, 0.0]));
    let rates = Rates { step: 0, lr: 0.1, rho: 0.5, alpha: 0.5, others: [1.0; 2] };
    for optimizer in ["sgd", "adamw"] {
        let spec = spec("saner", &[("schedule.optimizer", optimizer)]);
        let family = Family::new(&spec, &layout);
        for (bad, finite) in [(1.0, 1.0), (f64::NAN, 0.0), (f64::INFINITY, 0.0), (1e18, 1.0), (-f64::INFINITY, 0.0)] {
            let (g, s) = (t([1.0, 1.0]), t([0.5, bad]));
            let pair = Pair { g: &g, s: &s };
            for done in
                [Flex::update(&family, [&w, &b], pair, &Traces::new(), &rates), family.update([&w, &b], pair, &Traces::new(), &rates)]
            {
                assert_eq!(values(&done.finite), [finite], "{optimizer} {bad}");
            }
        }
    }
}

#[test]
fn alpha_by_layers_is_the_last_match() {
    let (spec, layout) = (spec("saner", &[("method.layers", "[\"*=0.5\", \"body=0\", \"linear=2\"]")]), layout());
    let alphas = Family::new(&spec, &layout).alphas(0.75);
    assert_eq!(alphas, [(2, 1.0), (4, 0.5)]);
}
