//! The recipes that the program carries: the files of `configs/`.

/// Name of the recipe that runs when none is named.
pub const DEFAULT: &str = "shapes";

macro_rules! recipes {
    ($($name:literal),+ $(,)?) => {
        /// Name and text of every built-in recipe.
        pub const RECIPES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../configs/", $name, ".toml")))),+];
    };
}

recipes!(
    "shapes",
    "smoke",
    "cifar10-small",
    "cifar10-sym25-sgd",
    "cifar10-sym25-sam",
    "cifar10-sym25-saner",
    "cifar10-sym50-sgd",
    "cifar10-sym50-sam",
    "cifar10-sym50-saner",
    "cifar100-sym25-sgd",
    "cifar100-sym25-sam",
    "cifar100-sym25-saner",
    "cifar100-sym50-sgd",
    "cifar100-sym50-sam",
    "cifar100-sym50-saner",
    "mini-webvision-sgd",
    "mini-webvision-sam",
    "mini-webvision-saner",
);

/// Text of a recipe.
pub fn find(name: &str) -> Option<&'static str> {
    RECIPES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn every_recipe_loads_under_its_own_name() {
        for (name, text) in RECIPES {
            assert_eq!(Spec::load(text, name, &[]).unwrap().name, *name);
        }
    }
}
