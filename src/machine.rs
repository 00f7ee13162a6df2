//! Reads the load of this machine every two seconds while a run is trained on it.

use std::time::Duration;

use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use saner_core::feed::Feed;
use saner_core::machine::{Gpu, Machine};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

/// Between readings; the load of cores is their mean over this time.
const EVERY: Duration = Duration::from_secs(2);

/// Reads until the run is over; `device` is the sentence about the device, by which the card is chosen.
pub fn watch(feed: Feed, device: &str) {
    let index = card(device);
    let _ = std::thread::Builder::new().name("machine".into()).spawn(move || {
        // Without a card there is nothing to ask; that is said once, by `doctor`.
        let nvml = index.and_then(|_| Nvml::init().ok());
        let kinds = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing().with_cpu_usage())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let mut system = System::new_with_specifics(kinds);
        while feed.read().is_active() {
            std::thread::sleep(EVERY);
            system.refresh_specifics(kinds);
            let gpu = nvml.as_ref().zip(index).and_then(|(nvml, index)| read(nvml, index));
            feed.load(Machine {
                cpu: system.global_cpu_usage() / 100.0,
                ram_used: system.used_memory(),
                ram_all: system.total_memory(),
                gpu,
            });
        }
    });
}

/// The cards that NVML tells of, in a sentence.
pub fn cards() -> String {
    let nvml = match Nvml::init() {
        Ok(nvml) => nvml,
        Err(fault) => return format!("no NVML, so no readings of a card on the screen ({fault})"),
    };
    let cards = (0..nvml.device_count().unwrap_or(0)).filter_map(|index| read(&nvml, index));
    let lines: Vec<String> =
        cards.map(|gpu| format!("{} ({})", gpu.name, Machine { gpu: Some(gpu.clone()), ..Machine::default() }.line())).collect();
    if lines.is_empty() { "NVML tells of no card".into() } else { lines.join("; ") }
}

/// Number of the card in a sentence such as `device: CUDA 1, …`; none where the CPU computes.
fn card(device: &str) -> Option<u32> {
    let rest = device.to_lowercase();
    let rest = rest.split_once("cuda").filter(|_| !device.contains("CPU"))?.1.trim_start_matches([':', ' ']).to_owned();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(digits.parse().unwrap_or(0))
}

/// What NVML tells of a card; what it does not tell is left out.
fn read(nvml: &Nvml, index: u32) -> Option<Gpu> {
    let device = nvml.device_by_index(index).ok()?;
    let memory = device.memory_info().ok()?;
    Some(Gpu {
        index,
        name: device.name().unwrap_or_default(),
        busy: device.utilization_rates().map_or(0.0, |rates| rates.gpu as f32 / 100.0),
        used: memory.used,
        all: memory.total,
        watts: device.power_usage().ok().map(|milliwatts| milliwatts as f32 / 1000.0),
        celsius: device.temperature(TemperatureSensor::Gpu).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_of_a_sentence() {
        assert_eq!(card("device: CUDA 1 (NVIDIA H100)"), Some(1));
        assert_eq!(card("device: cuda:0, tf32"), Some(0));
        assert_eq!(card("device: CPU, 2 threads (no CUDA driver)"), None);
    }

    #[test]
    fn this_machine_has_a_load() {
        let feed = Feed::new(saner_core::state::RunState::default(), None);
        watch(feed.clone(), "device: CPU");
        let begun = std::time::Instant::now();
        while feed.machine().is_none() && begun.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let machine = feed.machine().unwrap();
        assert!((0.0..=1.0).contains(&machine.cpu) && machine.ram_used > 0 && machine.ram_used < machine.ram_all, "{machine:?}");
    }
}
