//! A sweep: a base recipe and a grid of overrides, and the cells that they make.
//!
//! ```toml
//! name = "alpha"
//! recipe = "cifar10-sym25-saner"     # a built-in recipe, or a file beside this one
//! [set]                              # for every cell
//! "schedule.epochs" = 20
//! [grid]                             # every combination, the last key fastest
//! "method.alpha" = [0.25, 0.5]
//! seed = [42, 43, 44]
//! [[also]]                           # further cells, each with every seed of the grid
//! "method.name" = "sam"
//! ```

use serde::Deserialize;
use toml::Value;

use crate::error::{Error, Result};
use crate::manifest::sha256;
use crate::recipes;
use crate::rundir::slug;
use crate::spec::{Override, Spec};

/// Longest name of a cell that is made of its values alone.
const NAME: usize = 40;

/// A sweep as written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Name: that of its folder.
    pub name: String,
    /// Built-in recipe or file.
    pub recipe: String,
    /// Overrides of every cell.
    #[serde(default)]
    pub set: toml::Table,
    /// Values of each key; every combination is a cell.
    #[serde(default)]
    pub grid: toml::Table,
    /// Further cells beside the grid, each with every seed of it.
    #[serde(default)]
    pub also: Vec<toml::Table>,
}

/// One run of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Name of its run.
    pub name: String,
    /// What it changes in the recipe.
    pub sets: Vec<Override>,
    /// Its whole recipe.
    pub spec: Spec,
}

impl Sweep {
    /// Reads a sweep; `origin` names the text in faults.
    ///
    /// # Errors
    /// Wrong TOML, an unknown key, an empty grid value.
    pub fn load(text: &str, origin: &str) -> Result<Self> {
        let sweep: Self =
            toml::from_str(text).map_err(|fault| Error::Input(format!("{origin}: {}", fault.message().replace('\n', " "))))?;
        for (key, value) in &sweep.grid {
            if value.as_array().is_none_or(Vec::is_empty) {
                return Err(Error::Input(format!("{origin}: grid.{key}: write a list of values, for example [0.25, 0.5]")));
            }
        }
        if slug(&sweep.name) != sweep.name {
            return Err(Error::Input(format!("{origin}: name: `{}` is no name of a folder; write {}", sweep.name, slug(&sweep.name))));
        }
        Ok(sweep)
    }

    /// Text of the recipe: a built-in one, or a file in `folder`.
    ///
    /// # Errors
    /// Neither.
    pub fn recipe_text(&self, folder: &std::path::Path) -> Result<String> {
        match recipes::find(&self.recipe) {
            Some(text) => Ok(text.to_owned()),
            None => {
                let path = folder.join(&self.recipe);
                std::fs::read_to_string(&path).map_err(|fault| {
                    Error::Input(format!(
                        "recipe: `{}` is neither built in nor a file that can be read ({}: {fault})",
                        self.recipe,
                        path.display()
                    ))
                })
            }
        }
    }

    /// Every cell, in order.
    ///
    /// # Errors
    /// A cell whose recipe is not right.
    pub fn cells(&self, recipe: &str) -> Result<Vec<Cell>> {
        let common: Vec<(String, Value)> = self.set.clone().into_iter().collect();
        let mut combinations: Vec<Vec<(String, Value)>> = vec![Vec::new()];
        for (key, values) in &self.grid {
            let values = values.as_array().map_or(&[][..], Vec::as_slice);
            combinations = combinations
                .into_iter()
                .flat_map(|done| values.iter().map(move |value| [done.clone(), vec![(key.clone(), value.clone())]].concat()))
                .collect();
        }
        if self.grid.is_empty() && !self.also.is_empty() {
            combinations.clear();
        }
        let seeds: Vec<Value> = self.grid.get("seed").and_then(Value::as_array).cloned().unwrap_or_default();
        for table in &self.also {
            let own: Vec<(String, Value)> = table.clone().into_iter().collect();
            let with = |seed: &Value| [own.clone(), vec![("seed".to_owned(), seed.clone())]].concat();
            match &seeds[..] {
                [] => combinations.push(own),
                seeds => combinations.extend(seeds.iter().map(with)),
            }
        }
        let mut cells: Vec<Cell> = Vec::new();
        for own in combinations {
            let cell = self.cell(recipe, &common, &own)?;
            if cells.iter().all(|known| known.name != cell.name) {
                cells.push(cell);
            }
        }
        Ok(cells)
    }

    fn cell(&self, recipe: &str, common: &[(String, Value)], own: &[(String, Value)]) -> Result<Cell> {
        let over = |(key, value): &(String, Value)| Override { key: key.clone(), value: value.to_string() };
        let mut sets: Vec<Override> = common.iter().chain(own).map(over).collect();
        let words: Vec<String> = own.iter().map(|(key, value)| word(key, value)).collect();
        let plain = slug(&words.join("-"));
        let exact: String = sets.iter().map(|set| format!("{}={};", set.key, set.value)).collect();
        let name = if plain.len() <= NAME && !words.is_empty() {
            plain
        } else {
            format!("{}-{}", &plain[..plain.len().min(NAME)], &sha256(exact.as_bytes())[..8])
        };
        sets.push(Override { key: "name".into(), value: format!("{name:?}") });
        let spec = Spec::load(recipe, &self.recipe, &sets)?;
        Ok(Cell { name, sets, spec })
    }
}

/// `saner`, `alpha0.25`, `s42`.
fn word(key: &str, value: &Value) -> String {
    let short = key.rsplit('.').next().unwrap_or(key);
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match short {
        "name" | "kind" => text,
        "seed" => format!("s{text}"),
        _ => format!("{short}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"t\"\nrecipe = \"smoke\"\n[set]\n\"schedule.epochs\" = 2\n[grid]\n\"method.alpha\" = [0.25, 0.5]\nseed = [1, 2]\n[[also]]\n\"method.name\" = \"sam\"\n";

    #[test]
    fn cells_are_every_combination_and_every_extra_seed() {
        let sweep = Sweep::load(TEXT, "t.toml").unwrap();
        let cells = sweep.cells(recipes::find("smoke").unwrap()).unwrap();
        let names: Vec<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
        assert_eq!(names, ["alpha0.25-s1", "alpha0.25-s2", "alpha0.5-s1", "alpha0.5-s2", "sam-s1", "sam-s2"]);
        assert_eq!((cells[1].spec.method.alpha, cells[1].spec.seed, cells[1].spec.schedule.epochs), (0.25, 2, 2));
        assert_eq!((cells[5].spec.method.name.as_str(), cells[5].spec.name.as_str()), ("sam", "sam-s2"));
    }

    #[test]
    fn faults_name_the_place() {
        let fault = |text: &str| match Sweep::load(text, "t.toml") {
            Err(fault) => fault.to_string(),
            Ok(sweep) => sweep.cells(recipes::find("smoke").unwrap()).unwrap_err().to_string(),
        };
        assert!(fault("name = \"a/b\"\nrecipe = \"smoke\"").contains("write a-b"));
        assert!(fault("name = \"a\"\nrecipe = \"smoke\"\n[grid]\nseed = 3").contains("write a list"));
        assert!(fault("name = \"a\"\nrecipe = \"smoke\"\n[grid]\n\"method.alhpa\" = [1]").contains("did you mean `method.alpha`"));
        assert!(fault("name = \"a\"\nrecipe = \"smoke\"\nrepeat = 3").contains("repeat"));
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let text = "name = \"t\"\nrecipe = \"smoke\"\n[grid]\n\"data.train_size\" = [100, 101]\n\"schedule.weight_decay\" = [0.0001]\n\"schedule.label_smoothing\" = [0.1]\n";
        let cells = Sweep::load(text, "t").unwrap().cells(recipes::find("smoke").unwrap()).unwrap();
        assert_eq!(cells.len(), 2);
        assert_ne!(cells[0].name, cells[1].name);
        assert!(cells[0].name.len() < 60);
    }
}
