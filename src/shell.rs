//! What the screen may ask of the world outside its run: the folder of runs, exports, new processes.

use std::path::Path;

use saner_core::export::{Request, export, formats, picture};
use saner_core::manifest;
use saner_core::rundir::{RunDir, ids};
use saner_core::sheet::{self, Sheet};
use saner_core::spec::Spec;
use saner_core::state::RunState;
use saner_ui::settings::Shown;
use saner_ui::shell::{Kept, RunRow, Shell};

use crate::cli::Places;
use crate::config::verbs::flatten;
use crate::view::{fold, standing};

/// The world around one run.
pub struct World {
    run: RunDir,
    places: Places,
}

impl World {
    /// Around a run.
    pub fn new(run: &RunDir, places: &Places) -> Self {
        Self { run: run.clone(), places: places.clone() }
    }

    /// The run's own folder of runs, whatever the options say.
    fn folder(&self) -> &Path {
        self.run.path.parent().unwrap_or(&self.run.path)
    }

    fn other(&self, id: &str) -> Result<RunDir, String> {
        RunDir::find(self.folder(), id).map_err(|fault| fault.to_string())
    }
}

/// How a run stands, in a word.
pub fn word(state: &RunState) -> &'static str {
    match crate::ctl::standing::word(&state.phase).0 {
        // A list has no room for how a run begins.
        "starting" => "running",
        word => word,
    }
}

impl Shell for World {
    fn runs(&self) -> Vec<RunRow> {
        let row = |id: String| match standing(&RunDir { path: self.folder().join(&id) }) {
            Ok((state, _)) => {
                let (last, spec) = (state.epochs.last(), state.header.as_ref().map(|header| &header.spec));
                RunRow {
                    id,
                    state: word(&state).into(),
                    epochs: (last.map_or(0, |epoch| epoch.epoch + 1), spec.map_or(0, |spec| spec.schedule.epochs)),
                    test: last.map(|epoch| epoch.eval_acc),
                    best: last.map(|epoch| epoch.best_acc),
                    noisy: last.and_then(|epoch| epoch.noisy_acc),
                    method: spec.map_or_else(String::new, |spec| {
                        if spec.method().damps() {
                            format!("{} ×{}", spec.method.name, spec.method.alpha)
                        } else {
                            spec.method.name.clone()
                        }
                    }),
                    seed: spec.map_or(0, |spec| spec.seed),
                    tuned: state.tuned,
                    fault: None,
                }
            }
            Err(fault) => RunRow { id, fault: Some(fault.to_string()), ..RunRow::default() },
        };
        ids(self.folder()).into_iter().rev().map(row).collect()
    }

    fn load(&self, id: &str) -> Result<RunState, String> {
        fold(&self.other(id)?).map_err(|fault| fault.to_string())
    }

    fn checkpoints(&self) -> Vec<Kept> {
        manifest::list(&self.run).into_iter().map(|(_, manifest)| Kept { name: manifest.name, step: manifest.step }).collect()
    }

    #[cfg(feature = "engine")]
    fn fork(&self, checkpoint: &str, sets: &[String]) -> Result<String, String> {
        use crate::cli::RunArgs;
        use crate::detach::{Begun, start};
        let sets = sets.iter().map(|set| set.parse()).collect::<Result<_, String>>()?;
        let fork = Some(format!("{}@{checkpoint}", self.run.id()));
        let args = RunArgs { device: "auto".into(), fork, sets, ..RunArgs::default() };
        match start(&args, &self.places.at(self.folder())) {
            Ok(Begun::Run(run)) => Ok(run.id()),
            Ok(Begun::Failed(said, _)) => Err(said.trim().trim_start_matches("saner-tui: ").to_owned()),
            Err(fault) => Err(fault.to_string()),
        }
    }

    #[cfg(not(feature = "engine"))]
    fn fork(&self, _checkpoint: &str, _sets: &[String]) -> Result<String, String> {
        let _ = &self.places;
        Err("this build only views runs; build with --features engine to train".into())
    }

    fn seeds(&self) -> Result<Vec<(String, RunState)>, String> {
        let recipe = |run: &RunDir| run.read_spec().ok().map(|(spec, _)| spec.seedless());
        let own = recipe(&self.run).ok_or("the recipe of this run cannot be read")?;
        let others = ids(self.folder()).into_iter().filter(|id| *id != self.run.id()).map(|id| RunDir { path: self.folder().join(id) });
        let mates = others.filter(|run| recipe(run).as_ref() == Some(&own));
        let read = mates.filter_map(|run| Some((run.id(), fold(&run).ok()?)));
        // A run that was tuned by hand is not one of a fixed recipe; laid behind by its name it still can be.
        let found: Vec<(String, RunState)> = read.filter(|(_, state)| state.tuned == 0).collect();
        if found.is_empty() { Err("no other run of this folder has this recipe with another seed".into()) } else { Ok(found) }
    }

    fn picture(&self, name: &str, svg: &str) -> Result<String, String> {
        picture(&self.run, name, svg).map(|path| path.display().to_string()).map_err(|fault| fault.to_string())
    }

    fn disputed(&self, epoch: u32, n: usize) -> Result<Sheet, String> {
        sheet::read(&self.run, epoch, n).map_err(|fault| fault.to_string())
    }

    fn keep(&self, shown: &Shown) -> Result<String, String> {
        let (path, names) = crate::config::write::write(shown).map_err(|fault| fault.to_string())?;
        Ok(match names.len() {
            0 => format!("nothing differs from the settings ({})", path.display()),
            _ => format!("kept {} in {}", names.join(", "), path.display()),
        })
    }

    fn export(&self, format: &str) -> Result<String, String> {
        let request = Request { format: format.to_owned(), ..Request::default() };
        export(&self.run, &request).map(|path| path.display().to_string()).map_err(|fault| fault.to_string())
    }

    fn formats(&self) -> Vec<(&'static str, &'static str)> {
        formats()
    }

    fn diff(&self, id: &str) -> Result<Vec<String>, String> {
        let spec = |run: &RunDir| run.read_spec().map(|(spec, _)| spec).map_err(|fault| fault.to_string());
        let (own, other) = (spec(&self.run)?, spec(&self.other(id)?)?);
        Ok(differences(&own, &other))
    }
}

/// Keys that two recipes have otherwise, `key: own → other`.
fn differences(own: &Spec, other: &Spec) -> Vec<String> {
    let flat = |spec: &Spec| -> Vec<(String, String)> {
        flatten(&toml::Table::try_from(spec).unwrap_or_default()).into_iter().map(|(key, value)| (key, value.to_string())).collect()
    };
    let (own, other) = (flat(own), flat(other));
    let value = |of: &[(String, String)], key: &str| of.iter().find(|(own, _)| own == key).map_or("-".into(), |(_, value)| value.clone());
    let mut keys: Vec<&String> = own.iter().chain(&other).map(|(key, _)| key).collect();
    keys.sort();
    keys.dedup();
    let lines: Vec<String> = keys
        .into_iter()
        .filter(|key| value(&own, key) != value(&other, key))
        .map(|key| format!("{key}: {} → {}", value(&own, key), value(&other, key)))
        .collect();
    if lines.is_empty() { vec!["the recipes are equal".into()] } else { lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_differ_where_they_do() {
        let own = Spec::default();
        let mut other = own.clone();
        other.method.alpha = 0.1;
        other.seed = 7;
        let lines = differences(&own, &other);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("method.alpha: ") && lines[0].ends_with("→ 0.1"), "{lines:?}");
        assert_eq!(differences(&own, &own), ["the recipes are equal"]);
    }
}
