//! Sums over the units of a cube.

use cubecl::prelude::*;

/// Sum of one number of each unit, known to all of them; the same order whatever the numbers.
#[cube]
pub fn sum_of_cube<T: Numeric>(value: T, #[comptime] units: usize) -> T {
    let mut shared = SharedMemory::<T>::new(units);
    let at = UNIT_POS as usize;
    shared[at] = value;
    sync_cube();
    let mut half = (units / 2).runtime();
    while half > 0 {
        if at < half {
            shared[at] = shared[at] + shared[at + half];
        }
        sync_cube();
        half /= 2;
    }
    let total = shared[0];
    sync_cube();
    total
}

/// Whether a number is neither infinite nor NaN, by its bits: arithmetic with such numbers is what compilers may reorder.
#[cube]
pub fn is_finite(value: f32) -> bool {
    (u32::reinterpret(value) & 0x7f80_0000u32) != 0x7f80_0000u32
}
