//! Whether CUDA is there, found without naming one of its tensors.

use std::path::{Path, PathBuf};

use libloading::Library;

/// Number of CUDA devices, or what is missing.
pub fn look() -> Result<usize, String> {
    let driver = open(&["libcuda.so.1", "libcuda.so", "nvcuda.dll"]).ok_or("no CUDA driver: libcuda.so.1 was not found")?;
    open(&["libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "nvrtc64_120_0.dll"])
        .ok_or("a CUDA driver, but no NVRTC: libnvrtc.so was not found; install the CUDA toolkit's nvrtc package")?;
    if !toolkit().is_some_and(|place| place.join("include/cuda_runtime.h").exists()) {
        return Err("a CUDA driver and NVRTC, but not the headers that kernels are compiled with: set CUDA_PATH to the folder that \
                    holds include/cuda_runtime.h"
            .into());
    }
    let count = count(&driver).ok_or("a CUDA driver that does not start: cuInit failed")?;
    if count == 0 { Err("a CUDA driver, but no device".into()) } else { Ok(count) }
}

/// Where CubeCL takes the toolkit's headers from; without them it panics at its first kernel.
fn toolkit() -> Option<PathBuf> {
    const USUAL: [(&str, &str); 3] = [("/usr/local/cuda", "/usr/local/cuda"), ("/opt/cuda", "/opt/cuda"), ("/usr", "/usr/bin/nvcc")];
    let usual = || USUAL.iter().find(|(_, sign)| Path::new(sign).exists()).map(|(place, _)| PathBuf::from(place));
    std::env::var_os("CUDA_PATH").map(PathBuf::from).or_else(usual)
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
