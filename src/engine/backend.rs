//! Devices: which there are, which is taken and why. The only file that names the backends that train.

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(feature = "vulkan")]
mod vulkan;

use std::str::FromStr;

use burn_autodiff::Autodiff;
use burn_flex::{Flex, FlexDevice};
use saner_core::error::{Error, Result};
use saner_core::spec::{Precision, Spec};
use saner_kernels::par::on_threads;
use saner_kernels::simd::Level;

pub use crate::bench::Timed;
pub use crate::bench::parts::Part;
use crate::trainer::{End, Setup, train};

/// What the command line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// CUDA if a device and its libraries are there, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A CUDA device by number.
    Cuda(usize),
    /// The best Vulkan device; experimental.
    Vulkan,
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "vulkan" => Ok(Self::Vulkan),
            _ => text.strip_prefix("cuda:").and_then(|number| number.parse().ok()).map(Self::Cuda).ok_or_else(|| {
                let vulkan = if cfg!(feature = "vulkan") { ", or vulkan" } else { "" };
                format!("`{text}` is not a device; write auto, cpu, cuda or cuda:N{vulkan}")
            }),
        }
    }
}

/// A device that is there, and the sentence that says which and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    kind: Kind,
    /// Threads that compute on the CPU.
    pub threads: usize,
    /// One sentence.
    pub sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cpu,
    #[cfg(feature = "cuda")]
    Cuda(usize),
    #[cfg(feature = "vulkan")]
    Vulkan,
}

/// Finds the device of a choice; `threads` computing on the CPU, all cores if none is said.
///
/// Looks before a CUDA tensor is named: without a driver, naming one panics.
///
/// # Errors
/// CUDA was asked for and something of it is missing.
pub fn choose(choice: DeviceChoice, threads: Option<usize>) -> Result<Device> {
    let threads = threads.unwrap_or_else(cores);
    let cpu =
        |why: &str| Device { kind: Kind::Cpu, threads, sentence: format!("device: CPU, {threads} threads, {}{why}", Level::best().name()) };
    if choice == DeviceChoice::Vulkan {
        return vulkan_device(threads);
    }
    match (choice, cuda_devices()) {
        (DeviceChoice::Cpu, _) => Ok(cpu(" (as asked)")),
        (DeviceChoice::Auto, Err(missing)) => Ok(cpu(&format!(" ({missing})"))),
        (DeviceChoice::Cuda(_), Err(missing)) => Err(Error::Input(format!("--device cuda: {missing}; write --device cpu, or auto"))),
        #[cfg(feature = "cuda")]
        (DeviceChoice::Auto, Ok(count)) => {
            Ok(Device { kind: Kind::Cuda(0), threads, sentence: format!("device: CUDA 0 of {count} (the driver and NVRTC are there)") })
        }
        #[cfg(feature = "cuda")]
        (DeviceChoice::Cuda(n), Ok(count)) if n < count => {
            Ok(Device { kind: Kind::Cuda(n), threads, sentence: format!("device: CUDA {n} of {count} (as asked)") })
        }
        (DeviceChoice::Cuda(n), Ok(count)) => {
            Err(Error::Input(format!("--device cuda:{n}: there are {count} devices; write cuda:0 to cuda:{}", count.saturating_sub(1))))
        }
        (DeviceChoice::Vulkan, Ok(_) | Err(_)) => vulkan_device(threads),
        #[cfg(not(feature = "cuda"))]
        (DeviceChoice::Auto, Ok(_)) => Ok(cpu("")),
    }
}

/// Number of CUDA devices, or what is missing.
fn cuda_devices() -> std::result::Result<usize, String> {
    #[cfg(feature = "cuda")]
    return cuda::look();
    #[cfg(not(feature = "cuda"))]
    Err("this build has no CUDA support; build with --features cuda".into())
}

#[cfg(feature = "vulkan")]
fn vulkan_device(threads: usize) -> Result<Device> {
    let names = vulkan::look().map_err(|missing| Error::Input(format!("--device vulkan: {missing}; write --device cpu, or auto")))?;
    Ok(Device { kind: Kind::Vulkan, threads, sentence: format!("device: Vulkan, experimental ({})", names.join(", ")) })
}

#[cfg(not(feature = "vulkan"))]
fn vulkan_device(_: usize) -> Result<Device> {
    Err(Error::Input(
        "--device vulkan: this build has no Vulkan in it; build with --features vulkan, or write --device cpu, or auto".into(),
    ))
}

/// Cores that this process may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Device {
    /// The precision of a recipe on this device.
    ///
    /// # Errors
    /// The device does not multiply in it.
    pub fn precision(&self, asked: Precision) -> Result<Precision> {
        match (self.kind, asked) {
            #[cfg(feature = "vulkan")]
            (Kind::Vulkan, Precision::Auto | Precision::F32) => Ok(Precision::F32),
            #[cfg(feature = "vulkan")]
            (Kind::Vulkan, Precision::Tf32 | Precision::Bf16) => {
                Err(Error::Input("precision tf32 or bf16: Vulkan computes in f32 only; write f32 or auto".into()))
            }
            (_, Precision::Bf16) => Ok(Precision::Bf16),
            (Kind::Cpu, Precision::Auto | Precision::F32) => Ok(Precision::F32),
            (Kind::Cpu, Precision::Tf32) => Err(Error::Input("precision tf32: the CPU has none; write f32, bf16 or auto".into())),
            #[cfg(feature = "cuda")]
            (Kind::Cuda(_), Precision::Auto | Precision::Tf32) => Ok(Precision::Tf32),
            #[cfg(feature = "cuda")]
            (Kind::Cuda(_), Precision::F32) => {
                Err(Error::Input("precision f32: convolutions on CUDA multiply in tf32; write tf32, bf16 or auto".into()))
            }
        }
    }

    /// Name in results.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Cpu => "cpu".into(),
            #[cfg(feature = "cuda")]
            Kind::Cuda(index) => format!("cuda:{index}"),
            #[cfg(feature = "vulkan")]
            Kind::Vulkan => "vulkan".into(),
        }
    }
}

/// See [`crate::bench::flops`]; counted on the CPU, whatever the device.
pub fn flops(spec: &Spec) -> f64 {
    crate::bench::flops::<Flex>(spec, &Default::default())
}

/// Times steps of a recipe on random images; see [`crate::bench`].
///
/// # Errors
/// See [`crate::bench::steps`].
pub fn bench(device: &Device, spec: &Spec, repeats: usize) -> Result<Timed> {
    match device.kind {
        Kind::Cpu => on_threads(device.threads, || crate::bench::steps::<Autodiff<Flex>>(spec, &FlexDevice, repeats)),
        #[cfg(feature = "cuda")]
        Kind::Cuda(index) => crate::bench::steps::<Autodiff<burn_cuda::Cuda>>(spec, &burn_cuda::CudaDevice::new(index), repeats),
        #[cfg(feature = "vulkan")]
        Kind::Vulkan => crate::bench::steps::<Autodiff<burn_wgpu::Vulkan>>(spec, &burn_wgpu::WgpuDevice::DefaultDevice, repeats),
    }
}

/// Times each part of a recipe's step by itself; see [`crate::bench::parts`].
pub fn parts(device: &Device, spec: &Spec, repeats: usize) -> Vec<Part> {
    match device.kind {
        Kind::Cpu => on_threads(device.threads, || crate::bench::parts::parts::<Flex>(spec, &FlexDevice, repeats)),
        #[cfg(feature = "cuda")]
        Kind::Cuda(index) => crate::bench::parts::parts::<burn_cuda::Cuda>(spec, &burn_cuda::CudaDevice::new(index), repeats),
        #[cfg(feature = "vulkan")]
        Kind::Vulkan => crate::bench::parts::parts::<burn_wgpu::Vulkan>(spec, &burn_wgpu::WgpuDevice::DefaultDevice, repeats),
    }
}

/// Trains on a device until the run ends.
pub fn run(device: &Device, setup: Setup) -> End {
    match device.kind {
        // On one of the pool's threads, so that the loop computes too instead of waiting for those that do.
        Kind::Cpu => on_threads(device.threads, || train::<Autodiff<Flex>>(setup, FlexDevice, 0)),
        // Eight steps are queued before a number is read, so that the device never waits for the host.
        #[cfg(feature = "cuda")]
        Kind::Cuda(index) => train::<Autodiff<burn_cuda::Cuda>>(setup, burn_cuda::CudaDevice::new(index), 8),
        #[cfg(feature = "vulkan")]
        Kind::Vulkan => train::<Autodiff<burn_wgpu::Vulkan>>(setup, burn_wgpu::WgpuDevice::DefaultDevice, 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices() {
        assert_eq!("cuda:3".parse(), Ok(DeviceChoice::Cuda(3)));
        assert!("gpu".parse::<DeviceChoice>().unwrap_err().contains("cuda:N"));
        assert!(choose(DeviceChoice::Cpu, None).unwrap().sentence.starts_with("device: CPU"));
    }
}
