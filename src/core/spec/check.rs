//! Ranges and cross-field checks, each with what to write instead.

use super::{METHODS, Method, NoiseKind, Spec, nearest};
use crate::data::DATASETS;
use crate::knob::Knob;

type Fault = (String, String);

impl Spec {
    /// Checks every value.
    ///
    /// # Errors
    /// The dotted key and a sentence of what is wrong and what to write.
    pub fn check(&self) -> Result<(), Fault> {
        known("data.name", &self.data.name, DATASETS.iter().map(|row| row.name))?;
        known("model.name", &self.model.name, crate::spec::MODELS.iter().map(|row| row.name))?;
        known("method.name", &self.method.name, METHODS.iter().map(|row| row.name))?;
        within("noise.rate", self.noise.rate, 0.0, 0.999)?;
        within("model.width", self.model.width, 0.01, 16.0)?;
        within("schedule.lr", self.schedule.lr, 0.0, 100.0)?;
        within("schedule.momentum", self.schedule.momentum, 0.0, 0.9999)?;
        within("schedule.weight_decay", self.schedule.weight_decay, 0.0, 10.0)?;
        for (knob, key, value) in [
            (Knob::Alpha, "method.alpha", self.method.alpha),
            (Knob::K, "method.k", self.method.k),
            (Knob::Rho, "method.rho", self.method.rho),
        ] {
            let (low, high) = knob.row().range;
            within(key, value, low, high)?;
        }
        for drop in &self.schedule.drops {
            within("schedule.drops", *drop, 0.0, 1.0)?;
        }
        require(self.schedule.epochs > 0, "schedule.epochs", "must be at least 1")?;
        require(self.data.batch > 0, "data.batch", "must be at least 1")?;
        require(matches!(self.data.size, 16 | 32), "data.size", "must be 16 or 32")?;
        require(
            self.noise.kind != NoiseKind::Human || self.data.name.starts_with("cifar"),
            "noise.kind",
            "human labels exist for cifar10 and cifar100 only; write symmetric, asymmetric or instance",
        )?;
        require(
            self.noise.kind == NoiseKind::None || self.noise.kind == NoiseKind::Human || self.noise.rate > 0.0,
            "noise.rate",
            "must be above 0 for this kind of noise; write kind = \"none\" for clean labels",
        )?;
        require(!self.name.is_empty(), "name", "must not be empty")
    }

    /// The method's row; the name was checked.
    pub fn method_row(&self) -> &'static Method {
        Method::find(&self.method.name).unwrap_or(&METHODS[0])
    }
}

fn known<'a>(key: &str, value: &str, names: impl Iterator<Item = &'a str> + Clone) -> Result<(), Fault> {
    if names.clone().any(|name| name == value) {
        return Ok(());
    }
    let hint = nearest(value, names.clone()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
    Err((key.into(), format!("unknown value `{value}`; {hint}write one of {}", names.collect::<Vec<_>>().join(", "))))
}

fn within(key: &str, value: f64, low: f64, high: f64) -> Result<(), Fault> {
    require((low..=high).contains(&value), key, &format!("must be from {low} to {high}, not {value}"))
}

fn require(holds: bool, key: &str, what: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err((key.into(), what.into())) }
}
