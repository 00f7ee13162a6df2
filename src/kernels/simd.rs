//! Which vector instructions are used: chosen at run time, the widest that the machine has.

use pulp::{Arch, Simd, WithSimd};

/// A set of vector instructions that this machine has.
#[derive(Clone, Copy, Debug)]
pub struct Level(Arch);

impl Level {
    /// The widest of this machine.
    pub fn best() -> Self {
        Self(Arch::new())
    }

    /// All that this machine has, the portable one first: for tests.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self(Arch::Scalar)];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(pulp::x86::V3::try_new().map(|simd| Self(Arch::V3(simd))));
            all.extend(pulp::x86::V4::try_new().map(|simd| Self(Arch::V4(simd))));
        }
        #[cfg(not(target_arch = "x86_64"))]
        all.push(Self::best());
        all
    }

    /// Name for a person.
    pub fn name(self) -> &'static str {
        match self.lanes() {
            16 => "AVX-512",
            8 => "AVX2",
            4 => "NEON",
            _ => "portable",
        }
    }

    /// `f32` values in a register.
    pub fn lanes(self) -> usize {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        self.run(Lanes)
    }

    /// Runs an operation with these instructions.
    #[inline(always)]
    pub(crate) fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        self.0.dispatch(op)
    }
}

/// Reads one register from anywhere.
///
/// # Safety
/// `S::F32_LANES` values from `from` on can be read.
#[inline(always)]
pub(crate) unsafe fn load<S: Simd>(from: *const f32) -> S::f32s {
    // SAFETY: the caller's; a register of floats has no invalid bit pattern, and the read asks for no alignment.
    unsafe { from.cast::<S::f32s>().read_unaligned() }
}

/// Writes one register to anywhere.
///
/// # Safety
/// `S::F32_LANES` values from `to` on can be written, and no other thread uses them.
#[inline(always)]
pub(crate) unsafe fn store<S: Simd>(to: *mut f32, value: S::f32s) {
    // SAFETY: the caller's.
    unsafe { to.cast::<S::f32s>().write_unaligned(value) }
}
