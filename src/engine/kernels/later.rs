//! Numbers that are on their way from the device.

use std::fmt;

/// A vector that a device was asked for.
pub struct Later(Box<dyn FnOnce() -> Vec<f64>>);

impl Later {
    /// What `wait` gives.
    pub fn new(wait: impl FnOnce() -> Vec<f64> + 'static) -> Self {
        Self(Box::new(wait))
    }

    /// The numbers; waits for them.
    pub fn read(self) -> Vec<f64> {
        (self.0)()
    }
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Later")
    }
}
