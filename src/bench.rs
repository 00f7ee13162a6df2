//! `bench`: seconds of a step on random images, with the rates that go with them.

use std::io::Write;
use std::num::NonZeroUsize;

use clap::Args;
use saner_core::spec::{Override, Precision, Spec};
use saner_core::{Error, Result, recipes};
use saner_engine::backend;
use serde_json::json;

use crate::prepare;

/// Settings that the options below start from.
const RECIPE: &str = "cifar10-sym25-saner";

/// Options of `bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Architecture; default: resnet18
    #[arg(long)]
    model: Option<String>,
    /// Images in a batch; default: 128
    #[arg(long, value_name = "N")]
    batch: Option<NonZeroUsize>,
    /// sgd, sam or saner; default: saner
    #[arg(long)]
    method: Option<String>,
    /// auto, cuda, cuda:N or cpu
    #[arg(long, default_value = "auto")]
    device: String,
    /// f32, tf32, bf16 or auto
    #[arg(long, value_name = "P")]
    precision: Option<String>,
    /// Threads that compute on the CPU; default: all cores
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Steps that are timed, behind three that are not
    #[arg(long, default_value = "10", value_name = "N")]
    repeats: NonZeroUsize,
    /// Override one value of the recipe; data.size is the side of the images
    #[arg(long = "set", value_name = "section.key=value")]
    sets: Vec<Override>,
    /// Each kind of work by itself (convolutions, normalizations, passes over the parameters) instead of steps
    #[arg(long)]
    parts: bool,
    /// One JSON object as the last line
    #[arg(long)]
    json: bool,
}

/// Times steps and prints what came out.
pub fn bench(args: &BenchArgs) -> anyhow::Result<u8> {
    let device = prepare::device(&args.device, args.threads)?;
    let spec = spec(args)?;
    let precision = device.precision(spec.model.precision)?;
    let precision = match precision {
        Precision::Auto | Precision::F32 => "f32",
        Precision::Tf32 => "tf32",
        Precision::Bf16 => "bf16",
    };
    if args.parts {
        return parts(args, &device, &spec, precision);
    }
    let backend::Timed { mut seconds, reserved } = backend::bench(&device, &spec, args.repeats.get())?;
    seconds.sort_by(f64::total_cmp);
    let (min, median, max) = (seconds[0], seconds[seconds.len() / 2], seconds[seconds.len() - 1]);
    let images = spec.data.batch as f64 / median;
    let flops = backend::flops(&spec) / median;
    let peak = reserved.or_else(peak_bytes);
    let mut out = std::io::stdout().lock();
    if args.json {
        let line = json!({
            "model": spec.model.name, "method": spec.method.name, "batch": spec.data.batch, "size": spec.data.size,
            "device": device.name(), "precision": precision, "step_s": {"min": min, "median": median, "max": max},
            "images_per_s": images, "flops_per_s": flops, "peak_bytes": peak,
        });
        writeln!(out, "{line}")?;
        return Ok(0);
    }
    let Spec { model, method, data, .. } = &spec;
    writeln!(out, "{}", device.sentence)?;
    writeln!(
        out,
        "{} x{}, {}, {} images of {size}x{size}, {precision}: {} steps",
        model.name,
        model.width,
        method.name,
        data.batch,
        seconds.len(),
        size = data.size
    )?;
    writeln!(out, "step      {:.4} s   (least {min:.4}, greatest {max:.4})", median)?;
    writeln!(out, "rate      {images:.0} images/s, {:.1} GFLOP/s", flops / 1e9)?;
    match peak {
        Some(bytes) => writeln!(out, "memory    {:.0} MiB at its peak", bytes as f64 / f64::from(1 << 20))?,
        None => writeln!(out, "memory    not measured: this system does not say it")?,
    }
    Ok(0)
}

/// Times the parts of a step and prints them, the longest first.
fn parts(args: &BenchArgs, device: &backend::Device, spec: &Spec, precision: &str) -> anyhow::Result<u8> {
    let mut found = backend::parts(device, spec, args.repeats.get());
    found.sort_by(|a, b| total(b).total_cmp(&total(a)));
    let mut out = std::io::stdout().lock();
    if args.json {
        let rows: Vec<_> = found
            .iter()
            .map(|part| {
                let (x, weight) = part.shape.unzip();
                let conv = part.conv.map(|conv| json!({"stride": conv.stride, "pad": conv.pad}));
                json!({"what": part.what, "x": x, "weight": weight, "conv": conv, "times": part.times, "seconds": part.seconds})
            })
            .collect();
        writeln!(out, "{}", json!({"device": device.name(), "precision": precision, "parts": rows}))?;
        return Ok(0);
    }
    writeln!(out, "{}", device.sentence)?;
    writeln!(out, "{:<14} {:>22} {:>22} {:>7} {:>11} {:>11}", "part", "input", "weights", "times", "ms each", "ms together")?;
    for part in &found {
        let dims = |dims: Option<[usize; 4]>| dims.map_or("-".to_owned(), |dims| dims.map(|dim| dim.to_string()).join("x"));
        let (x, weight) = part.shape.unzip();
        let (each, together) = (1e3 * part.seconds, 1e3 * total(part));
        writeln!(out, "{:<14} {:>22} {:>22} {:>7} {each:>11.3} {together:>11.3}", part.what, dims(x), dims(weight), part.times)?;
    }
    Ok(0)
}

fn total(part: &backend::Part) -> f64 {
    part.seconds * part.times as f64
}

fn spec(args: &BenchArgs) -> Result<Spec> {
    let mut sets = vec![Override { key: "data.size".into(), value: "32".into() }];
    let mut also = |key: &str, value: Option<String>| sets.extend(value.map(|value| Override { key: key.into(), value }));
    also("model.name", args.model.clone());
    also("data.batch", args.batch.map(|n| n.to_string()));
    also("method.name", args.method.clone());
    also("model.precision", args.precision.clone());
    sets.extend(args.sets.iter().cloned());
    let text = recipes::find(RECIPE).ok_or_else(|| Error::Failed(format!("the recipe {RECIPE} is not built in")))?;
    Spec::load(text, RECIPE, &sets)
}

/// Most memory that this process ever held, where the system says so.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
