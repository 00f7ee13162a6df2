//! Passes over the flat parameters by own kernels in f32; by Burn's operations in any other precision.

use burn_cubecl::{BoolElement, CubeRuntime};
use burn_tensor::{DType, Int, Tensor, TensorData};
use saner_gpu::flat::Sgd;
use saner_gpu::split::places;
use saner_gpu::{counts, flat};

use super::super::plain::{self, unwrap, wrap};
use super::super::{Pair, Updated};
use super::custom::{custom, custom_many, taken};
use super::{Cube, own};
use crate::layout::{Layout, Slot};
use crate::optim::{EPS_NORM, Family, Rates, Traces, ascent};

type Flat<R, BT> = Tensor<Cube<R, BT>, 1>;

pub(super) fn split<R: CubeRuntime, BT: BoolElement>(layout: &Layout, flat: &Flat<R, BT>) -> Vec<Flat<R, BT>> {
    if layout.slots.len() < 2 || !own(flat.dtype()) {
        return layout.split(flat);
    }
    let device = flat.device();
    let align = (R::client(&device).properties().memory.alignment as usize / size_of::<f32>()).max(1);
    let lengths: Vec<usize> = layout.slots.iter().map(Slot::len).collect();
    let (places, padded) = places(&lengths, align);
    let table: Vec<i32> = places.as_flattened().iter().map(|number| *number as i32).collect();
    let numbers = table.len();
    let table = Tensor::<Cube<R, BT>, 1, Int>::from_data(TensorData::new(table, [numbers]), &device);
    let inputs = vec![unwrap(flat.clone()), table.into_primitive()];
    let outputs = lengths.iter().map(|len| ([*len].into(), DType::F32)).collect();
    let run = move |t| {
        let [flat, table] = taken(t);
        saner_gpu::split::split(flat, table, &places, padded)
    };
    custom_many::<R, BT>("saner_split", inputs, outputs, run).into_iter().map(wrap).collect()
}

pub(super) fn perturb<R: CubeRuntime, BT: BoolElement>(w: &Flat<R, BT>, g: &Flat<R, BT>, rho: f64) -> Flat<R, BT> {
    if !own(w.dtype()) {
        return ascent::perturb(w, g, rho);
    }
    let inputs = vec![unwrap(w.clone()), unwrap(g.clone())];
    let [point] = custom::<R, BT, 1>("saner_perturb", inputs, [(w.shape(), DType::F32)], move |t| {
        let [w, g] = taken(t);
        [flat::perturb(w, g, rho as f32, EPS_NORM as f32)]
    });
    wrap(point)
}

pub(super) fn update<R: CubeRuntime, BT: BoolElement>(
    family: &Family<'_>,
    [w, momentum]: [&Flat<R, BT>; 2],
    pair: Pair<'_, Cube<R, BT>>,
    traces: &Traces<Cube<R, BT>>,
    rates: &Rates,
) -> Updated<Cube<R, BT>> {
    let Some(alpha) = family.one_pass(rates).filter(|_| own(w.dtype())) else {
        return family.update([w, momentum], pair, traces, rates);
    };
    let schedule = family.schedule;
    let step = Sgd { lr: rates.lr as f32, momentum: schedule.momentum as f32, decay: schedule.weight_decay as f32, alpha };
    let inputs = [w, momentum, pair.g, pair.s].map(|v| unwrap(v.clone())).to_vec();
    let outputs = [(w.shape(), DType::F32), (w.shape(), DType::F32), ([1].into(), DType::F32)];
    let [w, momentum, finite] = custom::<R, BT, 3>("saner_descend", inputs, outputs, move |t| {
        let [w, b, g, s] = taken(t);
        flat::descend([w, b], [g, s], step)
    });
    Updated { w: wrap(w), momentum: wrap(momentum), finite: wrap(finite), traces: Traces::new() }
}

pub(super) fn keep_if<R: CubeRuntime, BT: BoolElement>(old: &Flat<R, BT>, new: Flat<R, BT>, alive: &Flat<R, BT>) -> Flat<R, BT> {
    let shape = new.shape();
    let inputs = vec![unwrap(old.clone()), unwrap(new), unwrap(alive.clone())];
    let [kept] = custom::<R, BT, 1>("saner_keep_if", inputs, [(shape, DType::F32)], move |t| {
        let [old, new, alive] = taken(t);
        [flat::keep_if(old, new, alive)]
    });
    wrap(kept)
}

pub(super) fn group_counts<R: CubeRuntime, BT: BoolElement>(layout: &Layout, pair: Pair<'_, Cube<R, BT>>) -> Flat<R, BT> {
    if !own(pair.g.dtype()) {
        return plain::group_counts(layout, pair);
    }
    let ends: Vec<usize> = layout.slots.iter().map(|slot| slot.offset + slot.len()).collect();
    let (slots, tiles) = (ends.len(), counts::tiles_of(&ends));
    let ends: Vec<i32> = ends.into_iter().map(|end| end as i32).collect();
    let ends = Tensor::<Cube<R, BT>, 1, Int>::from_data(TensorData::new(ends, [slots]), &pair.g.device());
    let inputs = vec![unwrap(pair.g.clone()), unwrap(pair.s.clone()), ends.into_primitive()];
    let [out] = custom::<R, BT, 1>("saner_groups", inputs, [([2 * slots + 2].into(), DType::F32)], move |t| {
        let [g, s, ends] = taken(t);
        [counts::groups(g, s, ends, tiles)]
    });
    wrap(out)
}
