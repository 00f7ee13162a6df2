//! Whether Vulkan is there: an experimental second runtime of the GPU kernels, and the one that tests them without a card.

use burn_std::future::block_on;
use wgpu::{Backends, Instance, InstanceDescriptor};

/// Names of the Vulkan devices, or what is missing.
pub fn look() -> Result<Vec<String>, String> {
    let mut asked = InstanceDescriptor::new_without_display_handle();
    asked.backends = Backends::VULKAN;
    let adapters = block_on(Instance::new(asked).enumerate_adapters(Backends::VULKAN));
    if adapters.is_empty() {
        return Err("no Vulkan device: neither a driver nor Mesa's lavapipe was found".into());
    }
    Ok(adapters.iter().map(|adapter| adapter.get_info().name).collect())
}
