//! Every method is a variant of SAM × a rule that reweights its gradient: two tables, and the names they give.

use crate::group::Group;

/// How the point of the second gradient is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ascent {
    /// ε = ρ·g / ‖g‖ over all parameters.
    Sam,
    /// ε = ρ·T²·g / ‖T·g‖, T = |w| + η.
    Asam,
    /// Along g without its average.
    Fsam,
    /// Along the average of g.
    Vasso,
}

/// A row of the variants: how the gradient is found that a step is made of.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// Name in recipes.
    pub name: &'static str,
    /// Second pass, if any.
    pub ascent: Option<Ascent>,
    /// Whether the part of g orthogonal to s is taken off s (GSAM).
    pub decompose: bool,
    /// Numbers of the original paper or code, for `preset = "original"`.
    pub original: &'static [(&'static str, Number)],
    /// One line of help.
    pub help: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// A number or word of a preset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A number.
    Value(f64),
    /// A word.
    Word(&'static str),
}

use Number::{Value, Word};

/// Every variant. The defaults of [`super::MethodSpec`] are the SANER authors' numbers.
pub const VARIANTS: &[Variant] = &[
    Variant { name: "sgd", ascent: None, decompose: false, original: &[], help: "one pass, no perturbation", source: "-" },
    Variant {
        name: "sam",
        ascent: Some(Ascent::Sam),
        decompose: false,
        original: &[("rho", Value(0.05))],
        help: "gradient at w + rho·g/|g|",
        source: "Foret et al. 2021",
    },
    Variant {
        name: "asam",
        ascent: Some(Ascent::Asam),
        decompose: false,
        original: &[("rho", Value(0.5)), ("eta", Value(0.01)), ("scope", Word("weights"))],
        help: "perturbation scaled by |w|: rho·w²g/|wg|",
        source: "Kwon et al. 2021",
    },
    Variant {
        name: "gsam",
        ascent: Some(Ascent::Sam),
        decompose: true,
        original: &[("rho", Value(0.05)), ("gsam_alpha", Value(0.4))],
        help: "SAM less gsam_alpha times the part of g orthogonal to s",
        source: "Zhuang et al. 2022",
    },
    Variant {
        name: "fsam",
        ascent: Some(Ascent::Fsam),
        decompose: false,
        original: &[("rho", Value(0.2)), ("sigma", Value(1.0)), ("lambda", Value(0.6))],
        help: "perturbation along g less sigma times its average",
        source: "Li et al. 2024 (Friendly SAM)",
    },
    Variant {
        name: "vasso",
        ascent: Some(Ascent::Vasso),
        decompose: false,
        original: &[("rho", Value(0.2)), ("theta", Value(0.9))],
        help: "perturbation along an average of g, newest weighted theta",
        source: "Li and Giannakis 2023",
    },
];

/// Which elements are damped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// 0 < s/g < tau.
    GroupB,
    /// s/g < tau: Group B and C.
    Below,
    /// |s/g| < tau.
    Absolute,
    /// The least `quantile` of all s/g.
    Quantile,
    /// In Group B for `hold` steps in a row.
    Persistent,
    /// 0 < s/ḡ < tau with an average ḡ of g.
    Averaged,
    /// As many elements of each tensor as Group B has, at random places.
    Random,
}

/// How much of the damping an element of the mask gets, by its ratio r: multiplier alpha + (1 − alpha)·soft(r).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Soft {
    /// 0: all alike.
    Constant,
    /// (r/tau)^(p−1).
    Power,
    /// exp(−a·r).
    Exponential,
    /// 0 below `split`, 1 − `high` above.
    TwoLevel,
}

/// What is done to the gradient before decay and momentum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reweight {
    /// The elements of a mask times alpha.
    Damp(Mask, Soft),
    /// A group's elements from g, the others from s.
    Without(Group),
    /// A group's elements from s, the others from g.
    Only(Group),
}

/// A row of the rules.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Name in recipes.
    pub name: &'static str,
    /// What it does.
    pub reweight: Reweight,
    /// Whether it acts in the last linear weight alone.
    pub last: bool,
    /// One line of help.
    pub help: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

const fn rule(name: &'static str, reweight: Reweight, help: &'static str, source: &'static str) -> Rule {
    Rule { name, reweight, last: false, help, source }
}

const AUTHORS: &str = "SANER authors' code, unpublished";
const OURS: &str = "open question of the paper";
const HYBRID: &str = "SANER paper, figure 3";

/// Every rule.
pub const RULES: &[Rule] = &[
    rule("saner", damp(Mask::GroupB, Soft::Constant), "Group B (0 < s/g < tau) times alpha", "Luong et al. 2024"),
    rule("saner-power", damp(Mask::GroupB, Soft::Power), "Group B times alpha + (1-alpha)·(r/tau)^(power-1)", AUTHORS),
    rule("saner-exp", damp(Mask::GroupB, Soft::Exponential), "Group B times alpha + (1-alpha)·exp(-exp_rate·r)", AUTHORS),
    rule("saner-two-level", damp(Mask::GroupB, Soft::TwoLevel), "r < split times alpha, the rest of B damped `high` as much", AUTHORS),
    rule("saner-bc", damp(Mask::Below, Soft::Constant), "Groups B and C (s/g < tau) times alpha", AUTHORS),
    rule("saner-abs", damp(Mask::Absolute, Soft::Constant), "|s/g| < tau times alpha", AUTHORS),
    rule("saner-quantile", damp(Mask::Quantile, Soft::Constant), "the least `quantile` of all s/g times alpha", AUTHORS),
    rule("saner-persistent", damp(Mask::Persistent, Soft::Constant), "in Group B for `hold` steps in a row, times alpha", OURS),
    rule("saner-mean", damp(Mask::Averaged, Soft::Constant), "Group B by an average of g (mean_decay), times alpha", OURS),
    rule("saner-random", damp(Mask::Random, Soft::Constant), "control: as many random elements of each layer, times alpha", OURS),
    Rule { last: true, ..rule("saner-last", damp(Mask::GroupB, Soft::Constant), "Group B of the last linear weight times alpha", AUTHORS) },
    rule("sgd-gr-a", Reweight::Without(Group::A), "Group A taken from SGD", HYBRID),
    rule("sgd-gr-b", Reweight::Without(Group::B), "Group B taken from SGD", HYBRID),
    rule("sgd-gr-c", Reweight::Without(Group::C), "Group C taken from SGD", HYBRID),
    rule("sam-gr-a", Reweight::Only(Group::A), "Group A from SAM, the rest from SGD", HYBRID),
    rule("sam-gr-b", Reweight::Only(Group::B), "Group B from SAM, the rest from SGD", HYBRID),
    rule("sam-gr-c", Reweight::Only(Group::C), "Group C from SAM, the rest from SGD", HYBRID),
];

const fn damp(mask: Mask, soft: Soft) -> Reweight {
    Reweight::Damp(mask, soft)
}

/// A method of the family: a variant, and a rule if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// Its variant.
    pub variant: &'static Variant,
    /// Its rule.
    pub rule: Option<&'static Rule>,
}

impl Method {
    /// Reads `sam`, `saner` (of SAM) or `gsam+saner`.
    pub fn find(name: &str) -> Option<Self> {
        let variant = |name: &str| VARIANTS.iter().find(|row| row.name == name);
        let rule = |name: &str| RULES.iter().find(|row| row.name == name);
        match name.split_once('+') {
            Some((left, right)) => {
                let variant = variant(left).filter(|row| row.ascent.is_some())?;
                Some(Self { variant, rule: Some(rule(right)?) })
            }
            None => match variant(name) {
                Some(variant) => Some(Self { variant, rule: None }),
                None => Some(Self { variant: variant("sam")?, rule: Some(rule(name)?) }),
            },
        }
    }

    /// Every name, shortest forms first.
    pub fn names() -> Vec<String> {
        let rules = || RULES.iter().map(|rule| rule.name);
        let single = VARIANTS.iter().map(|row| row.name).chain(rules()).map(str::to_owned);
        let climbing = VARIANTS.iter().filter(|row| row.ascent.is_some());
        single.chain(climbing.flat_map(|row| rules().map(|rule| format!("{}+{rule}", row.name)))).collect()
    }

    /// Second pass, if any.
    pub fn ascent(&self) -> Option<Ascent> {
        self.variant.ascent
    }

    /// What is done to the gradient, if anything.
    pub fn reweight(&self) -> Option<Reweight> {
        self.rule.map(|rule| rule.reweight)
    }

    /// Whether the multipliers of Groups A and C act.
    pub fn has_others(&self) -> bool {
        matches!(self.reweight(), Some(Reweight::Damp(Mask::GroupB, Soft::Constant)))
    }

    /// Whether alpha acts.
    pub fn damps(&self) -> bool {
        matches!(self.reweight(), Some(Reweight::Damp(..)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_none_stands_twice() {
        let names = Method::names();
        for name in &names {
            assert!(Method::find(name).is_some(), "{name}");
        }
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert_eq!(names.len(), 6 + 17 + 5 * 17);
    }

    #[test]
    fn a_rule_alone_is_of_sam_and_sgd_takes_none() {
        assert_eq!(Method::find("saner").unwrap().variant.name, "sam");
        assert!(Method::find("saner").unwrap().damps());
        assert!(Method::find("gsam+saner").unwrap().variant.decompose);
        for bad in ["sgd+saner", "saner+sam", "sanner", "sam+sam", "sam+"] {
            assert!(Method::find(bad).is_none(), "{bad}");
        }
    }
}
