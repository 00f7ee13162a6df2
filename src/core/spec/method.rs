//! Methods as rows: ascent × reweights, in front of SGD.

/// How the point of the second gradient is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ascent {
    /// ε = ρ·g / ‖g‖ over all parameters.
    Sam,
}

/// What is done to the second gradient before decay and momentum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reweight {
    /// Group B times alpha: SANER.
    Damp,
}

/// A method of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Name in recipes.
    pub name: &'static str,
    /// Second pass, if any.
    pub ascent: Option<Ascent>,
    /// Reweights in order.
    pub reweights: &'static [Reweight],
    /// One line of help.
    pub help: &'static str,
}

/// Every method.
pub const METHODS: &[Method] = &[
    Method { name: "sgd", ascent: None, reweights: &[], help: "one pass, no perturbation" },
    Method { name: "sam", ascent: Some(Ascent::Sam), reweights: &[], help: "gradient at w + rho·g/|g|" },
    Method { name: "saner", ascent: Some(Ascent::Sam), reweights: &[Reweight::Damp], help: "SAM, Group B (0 < s/g < 1) scaled by alpha" },
];

impl Method {
    /// Finds a method by name.
    pub fn find(name: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| method.name == name)
    }
}
