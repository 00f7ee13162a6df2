//! Typed commands: the verbs of the run, the names of every action, and words that take an argument; completion.

use saner_core::command::Verb;
use saner_core::knob::KNOBS;
use saner_core::spec::nearest;
use saner_core::state::RunState;

use super::{App, Effect, Tone};
use crate::action::{ACTIONS, find};
use crate::chart::CHARTS;
use crate::settings::LAYOUTS;
use crate::shell::Wish;

/// What `overlay` calls the other seeds of the shown run.
const SEEDS: &str = "seeds";

/// Words with an argument: the word, what follows it, what it does.
pub const WORDS: [(&str, &str, &str); 21] = [
    ("set", "KEY VALUE", "change a knob at the next step"),
    ("checkpoint", "[NOTE]", "write a checkpoint"),
    ("note", "TEXT", "a note on the charts"),
    ("pause", "", "stand still after this step"),
    ("resume", "", "go on"),
    ("eval", "", "a test pass now"),
    ("rollback", "[CHECKPOINT]", "back to a checkpoint of this run"),
    ("fork", "[CHECKPOINT] [KEY=VALUE …]", "a new run from a checkpoint"),
    ("stop", "", "write a checkpoint and end the run"),
    ("take", "", "take control of the run"),
    ("detach", "", "leave; the run goes on"),
    ("theme", "NAME", "draw with another theme"),
    ("smooth", "WEIGHT", "EMA weight, 0 to 0.999"),
    ("grid", "ROWSxCOLUMNS", "tiles of the Charts tab; auto by itself"),
    ("layout", "auto|strip|standard|desk|wall", "plan of the Live tab"),
    ("filter", "REGEX", "what this tab shows"),
    ("zoom", "FROM TO", "show these epochs"),
    ("ylim", "LOW HIGH", "pin y of this chart; auto by itself"),
    ("export", "FORMAT", "write the run, or what is shown"),
    ("write-config", "", "keep theme, layout, mouse and charts as they are"),
    ("overlay", "RUN|seeds", "a run, or this recipe's other seeds, behind the charts"),
];

/// What a typed text may be completed to, with a word on each.
pub fn candidates(app: &App, text: &str) -> Vec<(String, String)> {
    let (head, last) = text.rsplit_once(' ').map_or(("", text), |(head, last)| (head, last));
    let first = head.split_whitespace().next();
    let all: Vec<(String, String)> = match first {
        None => {
            let words = WORDS.iter().map(|(word, argument, help)| ((*word).to_owned(), format!("{argument}  {help}").trim().to_owned()));
            words.chain(ACTIONS.iter().map(|row| (row.name.to_owned(), row.help.to_owned()))).collect()
        }
        Some("set") if !head.contains(' ') => {
            KNOBS.iter().map(|row| (row.name.to_owned(), format!("{} to {}", row.range.0, row.range.1))).collect()
        }
        Some("theme") => app.settings.themes.names().into_iter().map(|name| (name, String::new())).collect(),
        Some("layout") => LAYOUTS.map(|(_, name)| (name.to_owned(), String::new())).into(),
        Some("export") => app.exports().map(|(name, help)| (name.to_owned(), help.to_owned())).collect(),
        Some("overlay") => std::iter::once((SEEDS.to_owned(), "this recipe's other seeds".to_owned()))
            .chain(app.runs.rows.iter().flatten().map(|row| (row.id.clone(), row.state.clone())))
            .collect(),
        Some("filter") => CHARTS.iter().map(|chart| (chart.title.to_owned(), String::new())).collect(),
        Some(_) => Vec::new(),
    };
    all.into_iter().filter(|(word, _)| word.starts_with(last)).collect()
}

/// A text with as much added as all candidates share; a space behind the only one.
pub fn complete(app: &App, text: &str) -> String {
    let found = candidates(app, text);
    let Some((first, _)) = found.first() else { return text.to_owned() };
    let shared = found.iter().fold(first.len(), |n, (word, _)| first.bytes().zip(word.bytes()).take(n).take_while(|(a, b)| a == b).count());
    let head = text.rsplit_once(' ').map_or(String::new(), |(head, _)| format!("{head} "));
    format!("{head}{}{}", &first[..shared], if found.len() == 1 { " " } else { "" })
}

impl App {
    pub(super) fn command(&mut self, text: &str, run: &RunState) -> Effect {
        let (word, rest) = text.split_once(' ').map_or((text, ""), |(word, rest)| (word, rest.trim()));
        let done: Result<(), String> = match word {
            "take" if self.link.apart => return Effect::Take,
            "detach" if self.link.apart => return Effect::Quit,
            "take" | "detach" => Err(format!("`{word}` is for a run in a process of its own; this one ends with its screen")),
            "theme" => {
                self.choose_theme(rest);
                return Effect::Draw;
            }
            "export" => return self.export(rest),
            "write-config" => return Effect::Wish(Wish::Settings(self.shown())),
            "overlay" if rest == SEEDS => return Effect::Wish(Wish::Seeds),
            "overlay" => return Effect::Wish(Wish::Overlay(rest.to_owned())),
            "ylim" => self.pin_range(rest),
            "fork" => {
                let (sets, names): (Vec<&str>, Vec<&str>) = rest.split_whitespace().partition(|word| word.contains('='));
                match names[..] {
                    [] if sets.is_empty() => return Effect::Checkpoint { step: run.steps_done(), rollback: false },
                    [] => Err("write `fork CHECKPOINT KEY=VALUE`".into()),
                    [name] => return Effect::Wish(Wish::Fork(name.into(), sets.into_iter().map(str::to_owned).collect())),
                    _ => Err("write `fork [CHECKPOINT] [KEY=VALUE …]`".into()),
                }
            }
            "smooth" => match rest.parse::<f64>() {
                Ok(weight) if (0.0..=0.999).contains(&weight) => {
                    self.chart_view.smoothing = weight;
                    Ok(())
                }
                _ => Err(format!("`{rest}` is no weight; write `smooth 0.97`, 0 to 0.999")),
            },
            "grid" => self.tiles(rest),
            "layout" => match LAYOUTS.iter().find(|(_, name)| *name == rest) {
                Some((layout, _)) => {
                    self.settings.layout = *layout;
                    Ok(())
                }
                None => Err(format!("`{rest}` is no layout; write auto, strip, standard, desk or wall")),
            },
            "filter" => super::filter::Filter::read(rest).map(|filter| *self.filter_mut() = filter),
            "zoom" => match rest.split_whitespace().map(str::parse::<f64>).collect::<Result<Vec<_>, _>>().as_deref() {
                Ok([from, to]) if from < to => {
                    let per_epoch = run.steps_per_epoch() as f64;
                    self.show(from * per_epoch, to * per_epoch, run);
                    Ok(())
                }
                _ => Err("write `zoom FROM TO` in epochs, for example `zoom 10 20`".into()),
            },
            _ => {
                if let Some(action) = find(text) {
                    return self.act(action, run);
                }
                // `:alpha 0.3` is short for `:set alpha 0.3`.
                let verb = Verb::parse(text)
                    .or_else(|reason| if text.split_whitespace().count() == 2 { Verb::parse(&format!("set {text}")) } else { Err(reason) });
                match verb {
                    Ok(verb) => return self.send(verb),
                    Err(reason) => Err(better(word, reason)),
                }
            }
        };
        if let Err(reason) = done {
            self.say(Tone::Error, reason);
        }
        Effect::Draw
    }

    fn pin_range(&mut self, text: &str) -> Result<(), String> {
        let chart = self.chart_in_focus();
        if text.is_empty() || text == "auto" {
            self.chart_view.ranges[chart] = None;
            return Ok(());
        }
        match text.split_whitespace().map(str::parse::<f64>).collect::<Result<Vec<_>, _>>().as_deref() {
            Ok([low, high]) if low < high && low.is_finite() && high.is_finite() => {
                self.chart_view.ranges[chart] = Some((*low, *high));
                Ok(())
            }
            _ => Err(format!("`{text}` is no range; write `ylim LOW HIGH`, for example `ylim 0 2.5`, or `ylim auto`")),
        }
    }

    fn tiles(&mut self, text: &str) -> Result<(), String> {
        if text.is_empty() || text == "auto" {
            self.charts.grid = None;
            return Ok(());
        }
        let parse = |part: &str| part.trim().parse::<u16>().ok().filter(|n| (1..=8).contains(n));
        let grid = text.split_once(['x', '×']).and_then(|(rows, columns)| parse(rows).zip(parse(columns)));
        self.charts.grid = Some(grid.ok_or_else(|| format!("`{text}` is no grid; write `grid 2x3`, at most 8x8, or `grid auto`"))?);
        Ok(())
    }
}

/// A refusal with the nearest word, where it is about the word itself.
fn better(word: &str, reason: String) -> String {
    if !reason.starts_with("unknown command") {
        return reason;
    }
    let known = WORDS.iter().map(|(word, ..)| *word).chain(ACTIONS.iter().map(|row| row.name));
    match nearest(word, known) {
        Some(near) => format!("unknown command `{word}`; did you mean {near}? Tab completes, ? lists all"),
        None => format!("unknown command `{word}`; Tab completes, ? lists all"),
    }
}
