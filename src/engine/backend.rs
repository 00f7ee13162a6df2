//! Devices: which there are, which is taken and why. The only file that names the backends that train.

use std::str::FromStr;

use burn_autodiff::Autodiff;
use burn_flex::{Flex, FlexDevice};
use saner_core::error::{Error, Result};
use saner_core::spec::{Precision, Spec};
use saner_kernels::par::on_threads;
use saner_kernels::simd::Level;

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
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| format!("`{text}` is not a device; write auto, cpu, cuda or cuda:N")),
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
    match (choice, cuda::look()) {
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
        #[cfg(not(feature = "cuda"))]
        (DeviceChoice::Auto, Ok(_)) => Ok(cpu("")),
    }
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
pub fn bench(device: &Device, spec: &Spec, repeats: usize) -> Result<Vec<f64>> {
    match device.kind {
        Kind::Cpu => on_threads(device.threads, || crate::bench::steps::<Autodiff<Flex>>(spec, &FlexDevice, repeats)),
        #[cfg(feature = "cuda")]
        Kind::Cuda(index) => crate::bench::steps::<Autodiff<burn_cuda::Cuda>>(spec, &burn_cuda::CudaDevice::new(index), repeats),
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
    }
}

#[cfg(not(feature = "cuda"))]
mod cuda {
    /// This build has no CUDA in it.
    pub fn look() -> Result<usize, String> {
        Err("this build has no CUDA support; build with --features cuda".into())
    }
}

#[cfg(feature = "cuda")]
mod cuda {
    use libloading::Library;

    /// Number of CUDA devices, or what is missing.
    pub fn look() -> Result<usize, String> {
        let driver = open(&["libcuda.so.1", "libcuda.so", "nvcuda.dll"]).ok_or("no CUDA driver: libcuda.so.1 was not found")?;
        open(&["libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "nvrtc64_120_0.dll"])
            .ok_or("a CUDA driver, but no NVRTC: libnvrtc.so was not found; install the CUDA toolkit's nvrtc package")?;
        let count = count(&driver).ok_or("a CUDA driver that does not start: cuInit failed")?;
        if count == 0 { Err("a CUDA driver, but no device".into()) } else { Ok(count) }
    }

    #[allow(unsafe_code, reason = "a shared library can only be opened and called so; signatures are the driver API's")]
    fn count(driver: &Library) -> Option<usize> {
        let mut n: i32 = 0;
        // SAFETY: `cuInit(unsigned)` and `cuDeviceGetCount(int *)` have been stable since CUDA 2.0; `n` outlives the call.
        unsafe {
            let init: libloading::Symbol<'_, unsafe extern "C" fn(u32) -> i32> = driver.get(b"cuInit").ok()?;
            let get: libloading::Symbol<'_, unsafe extern "C" fn(*mut i32) -> i32> = driver.get(b"cuDeviceGetCount").ok()?;
            (init(0) == 0 && get(&raw mut n) == 0).then_some(n.max(0) as usize)
        }
    }

    #[allow(unsafe_code, reason = "a shared library can only be opened so")]
    fn open(names: &[&str]) -> Option<Library> {
        // SAFETY: NVIDIA's libraries have no initializers that depend on the program's state.
        names.iter().find_map(|name| unsafe { Library::new(name) }.ok())
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
