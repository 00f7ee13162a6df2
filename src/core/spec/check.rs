//! Ranges and cross-field checks, each with what to write instead.

use super::{Curve, Method, NoiseKind, Spec, StartRule, VARIANTS, nearest};
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
        self.check_method()?;
        within("noise.rate", self.noise.rate, 0.0, 0.999)?;
        within("model.width", self.model.width, 0.01, 16.0)?;
        within("schedule.lr", self.schedule.lr, 0.0, 100.0)?;
        within("schedule.momentum", self.schedule.momentum, 0.0, 0.9999)?;
        within("schedule.weight_decay", self.schedule.weight_decay, 0.0, 10.0)?;
        for (knob, key, value) in [
            (Knob::Alpha, "method.alpha", self.method.alpha),
            (Knob::K, "method.k", self.method.k),
            (Knob::Rho, "method.rho", self.method.rho),
            (Knob::AlphaA, "method.alpha_a", self.method.alpha_a),
            (Knob::AlphaC, "method.alpha_c", self.method.alpha_c),
        ] {
            let (low, high) = knob.row().range;
            within(key, value, low, high)?;
        }
        for drop in &self.schedule.drops {
            within("schedule.drops", *drop, 0.0, 1.0)?;
        }
        self.check_schedule()?;
        require(self.schedule.epochs > 0, "schedule.epochs", "must be at least 1")?;
        require(self.data.batch > 0, "data.batch", "must be at least 1")?;
        if self.data.name == "shapes" {
            require(matches!(self.data.size, 16 | 32), "data.size", "must be 16 or 32 for shapes")?;
        }
        require((8..=1024).contains(&self.data.size), "data.size", "must be from 8 to 1024 pixels")?;
        within("data.validation", self.data.validation, 0.0, 0.9)?;
        self.check_noise()?;
        require(!self.name.is_empty(), "name", "must not be empty")
    }

    /// The method; the name was checked.
    pub fn method(&self) -> Method {
        Method::find(&self.method.name).unwrap_or(Method { variant: &VARIANTS[0], rule: None })
    }

    fn check_method(&self) -> Result<(), Fault> {
        let method = &self.method;
        if Method::find(&method.name).is_none() {
            let names = Method::names();
            let near = nearest(&method.name, names.iter().map(String::as_str));
            let hint = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
            let what = format!("unknown value `{}`; {hint}write a variant, a rule or VARIANT+RULE: `saner-tui list methods`", method.name);
            return Err(("method.name".into(), what));
        }
        for (key, value, low, high) in [
            ("method.start_epoch", method.start_epoch, 0.0, 1e6),
            ("method.noise_estimate", method.noise_estimate, 0.0, 0.999),
            ("method.tau", method.tau, 0.0, 100.0),
            ("method.power", method.power, 1.0, 64.0),
            ("method.exp_rate", method.exp_rate, 0.0, 100.0),
            ("method.split", method.split, 0.0, 100.0),
            ("method.high", method.high, 0.0, 1.0),
            ("method.quantile", method.quantile, 0.0, 1.0),
            ("method.mean_decay", method.mean_decay, 0.0, 0.9999),
            ("method.sigma", method.sigma, 0.0, 10.0),
            ("method.lambda", method.lambda, 0.0, 0.9999),
            ("method.theta", method.theta, 0.0001, 1.0),
            ("method.gsam_alpha", method.gsam_alpha, 0.0, 10.0),
            ("method.eta", method.eta, 0.0, 10.0),
        ] {
            within(key, value, low, high)?;
        }
        require(method.hold > 0, "method.hold", "must be at least 1")?;
        require(method.patience > 0, "method.patience", "must be at least 1")?;
        require(
            method.m == 0 || self.data.batch.is_multiple_of(method.m),
            "method.m",
            &format!("must divide data.batch = {}; write 0 for the whole batch", self.data.batch),
        )?;
        for layer in &method.layers {
            let part = layer.split_once('=').and_then(|(prefix, part)| Some((prefix, part.trim().parse::<f64>().ok()?)));
            let good = part.is_some_and(|(prefix, part)| !prefix.is_empty() && (0.0..=2.0).contains(&part));
            require(
                good,
                "method.layers",
                &format!("`{layer}` is not PREFIX=PART with a part from 0 to 2; write for example \"layer4=0.5\""),
            )?;
        }
        require(
            method.start != StartRule::NoisyVal || self.data.validation > 0.0,
            "method.start",
            "noisy-val needs a validation set; write data.validation = 0.1",
        )
    }

    fn check_schedule(&self) -> Result<(), Fault> {
        let schedule = &self.schedule;
        within("schedule.warmup", schedule.warmup, 0.0, f64::from(schedule.epochs))?;
        within("schedule.beta2", schedule.beta2, 0.0, 0.999_999)?;
        within("schedule.eps", schedule.eps, 1e-30, 1.0)?;
        within("schedule.label_smoothing", schedule.label_smoothing, 0.0, 0.99)?;
        within("schedule.clip", schedule.clip, 0.0, 1e6)?;
        within("schedule.ema", schedule.ema, 0.0, 0.999_999)?;
        require(
            schedule.curve == Curve::Drops || schedule.drops == super::ScheduleSpec::default().drops || schedule.drops.is_empty(),
            "schedule.drops",
            "has no effect under curve = \"cosine\"; leave one of the two out",
        )
    }

    fn check_noise(&self) -> Result<(), Fault> {
        let kind = self.noise.kind;
        require(
            kind != NoiseKind::Human || self.data.name.starts_with("cifar"),
            "noise.kind",
            "human labels exist for cifar10 and cifar100 only; write symmetric, asymmetric or instance",
        )?;
        require(
            matches!(kind, NoiseKind::None | NoiseKind::Human | NoiseKind::Csv | NoiseKind::Matrix) || self.noise.rate > 0.0,
            "noise.rate",
            "must be above 0 for this kind of noise; write kind = \"none\" for clean labels",
        )?;
        require(
            !matches!(kind, NoiseKind::Csv | NoiseKind::Matrix) || !self.noise.file.is_empty(),
            "noise.file",
            "names no file; this kind of noise reads one",
        )
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
