//! From a name or a file to a recipe, and from a recipe to its samples and labels.

use std::path::Path;

use saner_core::data::{self, Dataset};
use saner_core::noise::{self, Flips};
use saner_core::spec::{Override, Spec};
use saner_core::{Error, Result, recipes};

/// The recipe of a built-in name or a file, with overrides; without a name the default one.
pub fn load(wanted: Option<&str>, sets: &[Override]) -> Result<Spec> {
    let wanted = wanted.unwrap_or(recipes::DEFAULT);
    if let Some(text) = recipes::find(wanted) {
        return Spec::load(text, wanted, sets);
    }
    let text = std::fs::read_to_string(wanted).map_err(|fault| {
        let near = saner_core::spec::nearest(wanted, recipes::RECIPES.iter().map(|(name, _)| *name));
        let hint = near.map_or(String::new(), |name| format!("; did you mean the recipe `{name}`?"));
        Error::Input(format!("{wanted}: neither a built-in recipe (`saner-tui list recipes`) nor a file that can be read ({fault}){hint}"))
    })?;
    Spec::load(&text, wanted, sets)
}

/// Samples and given labels of a recipe.
pub fn samples(spec: &Spec, dir: &Path) -> Result<(Dataset, Flips)> {
    let mut set = data::load(&spec.data, spec.seed, dir)?;
    let flips = noise::flip(spec, &set, dir)?;
    let flips = data::hold::out(&mut set, flips, spec.data.validation, spec.seed);
    data::check_batch(spec.data.batch, set.train.len())?;
    Ok((set, flips))
}
