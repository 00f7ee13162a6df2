//! The load of the machine that trains, for a line on the screen.

use serde::{Deserialize, Serialize};

/// How busy the machine is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Machine {
    /// Part of all cores that is busy, 0..=1.
    pub cpu: f32,
    /// Memory in use, in bytes.
    pub ram_used: u64,
    /// All memory, in bytes.
    pub ram_all: u64,
    /// The graphics card that trains, or the first one, where its driver tells of it.
    #[serde(default)]
    pub gpu: Option<Gpu>,
}

/// A graphics card, as NVML tells.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Gpu {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Part of the time in which it computed, 0..=1.
    pub busy: f32,
    /// Memory in use, in bytes.
    pub used: u64,
    /// All its memory, in bytes.
    pub all: u64,
    /// Power, in watts.
    pub watts: Option<f32>,
    /// Temperature, in degrees Celsius.
    pub celsius: Option<u32>,
}

impl Machine {
    /// A line: the card first, for it is what matters.
    pub fn line(&self) -> String {
        let gib = |bytes: u64| bytes as f64 / f64::from(1u32 << 30);
        let host = format!("cpu {:.0}%  ram {:.1}/{:.0} GiB", 100.0 * self.cpu, gib(self.ram_used), gib(self.ram_all));
        let Some(gpu) = &self.gpu else { return host };
        let heat = gpu.celsius.map_or(String::new(), |celsius| format!(" {celsius}C"));
        let power = gpu.watts.map_or(String::new(), |watts| format!(" {watts:.0}W"));
        format!("GPU{} {:.0}%{heat}{power} {:.1}/{:.0} GiB  {host}", gpu.index, 100.0 * gpu.busy, gib(gpu.used), gib(gpu.all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let mut machine = Machine { cpu: 0.12, ram_used: 21 << 30, ram_all: 128 << 30, gpu: None };
        assert_eq!(machine.line(), "cpu 12%  ram 21.0/128 GiB");
        machine.gpu = Some(Gpu { busy: 0.97, used: 10 << 30, all: 139 << 30, watts: Some(412.0), celsius: Some(61), ..Gpu::default() });
        assert_eq!(machine.line(), "GPU0 97% 61C 412W 10.0/139 GiB  cpu 12%  ram 21.0/128 GiB");
    }
}
