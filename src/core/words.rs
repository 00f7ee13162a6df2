//! Reports as plain sentences: for the headless printer, the text log and the event line, from one place.

use crate::event::{EpochSummary, Event, Outcome, Record, StepSample};
use crate::knob::Knob;

/// `92.4 percent`, or `none` where there is nothing to measure.
fn percent(fraction: Option<f64>) -> String {
    fraction.map_or_else(|| "none".into(), |value| format!("{:.1} percent", 100.0 * value))
}

/// One line for a step.
pub fn step(sample: &StepSample, total: u64) -> String {
    let mut text = format!(
        "step {} of {total}, epoch {}, loss {:.3}, clean {}, noisy {}, alpha x{:.3}",
        sample.step + 1,
        sample.epoch + 1,
        sample.loss,
        percent(sample.clean_acc.map(f64::from)),
        percent(sample.noisy_acc.map(f64::from)),
        sample.alpha
    );
    if let Some(b) = sample.group_b {
        text += &format!(", Group B {:.1} percent", 100.0 * b);
    }
    if let Some(r) = sample.p_r {
        text += &format!(", p_r {r:.2}");
    }
    text
}

/// One line for an epoch.
pub fn epoch(summary: &EpochSummary, epochs: u32) -> String {
    format!(
        "epoch {} of {epochs}, loss {:.3}, clean {}, noisy {}, test {} (best {}), {:.1} s, {:.0} images a second",
        summary.epoch + 1,
        summary.loss,
        percent(summary.clean_acc),
        percent(summary.noisy_acc),
        percent(Some(summary.eval_acc)),
        percent(Some(summary.best_acc)),
        summary.epoch_s,
        summary.images_per_s
    )
}

/// One line for an event.
pub fn event(record: &Record) -> String {
    let by = &record.by;
    match &record.event {
        Event::Started(header) => format!(
            "run {} started: {} on {}, {} training samples, {} of them with a wrong label, {} parameters, seed {}, {}{}",
            header.run,
            header.spec.method.name,
            header.spec.data.name,
            header.samples,
            header.flipped,
            header.parameters,
            header.spec.seed,
            header.device,
            header.data_note.as_ref().map_or(String::new(), |note| format!(", data: {note}"))
        ),
        Event::Restored { checkpoint, superseded } => {
            let goes = if by == "engine" { "goes on from".to_owned() } else { format!("{by} went back to") };
            format!("{goes} {checkpoint} at step {}, {superseded} later log lines set aside", record.step)
        }
        Event::Accepted { knob, value, .. } => format!("{} accepted, acts at the next step (by {by})", change(*knob, *value)),
        Event::Applied { mark, knob, from, to, asked_step, effective, plan_end, .. } => {
            let plan = match knob {
                Knob::Alpha | Knob::K => format!(", alpha now x{effective:.3}, target reached at epoch {plan_end:.1}"),
                _ => String::new(),
            };
            format!(
                "{mark} {} {} -> {} applied at step {} (asked {asked_step}) by {by}{plan}",
                knob.row().name,
                value(*knob, *from),
                value(*knob, *to),
                record.step
            )
        }
        Event::RampStarted { mark, epoch, why, .. } => format!("{mark} ramp of alpha begins at epoch {}: {why}", epoch + 1),
        Event::Rejected { reason, .. } => format!("rejected: {reason} (by {by})"),
        Event::Superseded { id, by_id } => format!("request {id} superseded by {by_id}"),
        Event::Paused { reason } => format!("paused at step {} ({reason}, by {by})", record.step),
        Event::Resumed => format!("goes on at step {} (by {by})", record.step),
        Event::Saved(saved) => format!(
            "{} checkpoint {} ({}) {:.1} MiB in {:.2} s, verified{}",
            saved.mark,
            saved.name,
            saved.reason,
            saved.bytes as f64 / 1_048_576.0,
            saved.secs,
            saved.note.as_ref().map_or(String::new(), |note| format!(": {note}"))
        ),
        Event::SaveFailed { reason } => format!("checkpoint failed: {reason}; the run goes on"),
        Event::Note { mark, text } => format!("{mark} note: {text}"),
        Event::Evaluated { acc, loss } => format!("test {:.1} percent, loss {loss:.3}, at step {}", 100.0 * acc, record.step),
        Event::NonFinite { tensor } => format!("step {}: {tensor} is not finite; the update was skipped", record.step),
        Event::Warning { text } => text.clone(),
        Event::Finished { outcome } => match outcome {
            Outcome::Done => format!("done after {} steps", record.step),
            Outcome::Stopped => format!("stopped at step {}; go on with --resume", record.step),
            Outcome::NonFinite => format!("stopped at step {} by a value that is not finite", record.step),
        },
        Event::Failed { reason } => format!("failed: {reason}"),
    }
}

fn change(knob: Knob, to: f64) -> String {
    format!("{} {}", knob.row().name, value(knob, to))
}

/// A knob's value as people write it: alpha with its `x`, k without a fraction.
pub fn value(knob: Knob, number: f64) -> String {
    match knob {
        Knob::Alpha | Knob::AlphaA | Knob::AlphaC => format!("x{number:.3}"),
        Knob::K => format!("{number}"),
        Knob::Rho | Knob::LrScale => format!("{number:.3}"),
    }
}

/// `2h50`, `3m05` or `12s`.
pub fn duration(secs: f64) -> String {
    let secs = secs.max(0.0).round() as u64;
    match secs {
        0..60 => format!("{secs}s"),
        60..3600 => format!("{}m{:02}", secs / 60, secs % 60),
        _ => format!("{}h{:02}", secs / 3600, secs % 3600 / 60),
    }
}
