//! Work cut into tasks and spread over the threads of the current `rayon` pool.
//!
//! Results never depend on who ran what: a task owns the elements it writes, and sums over parts are cut by shape.

use rayon::prelude::*;

/// Threads of the pool in use.
pub fn threads() -> usize {
    rayon::current_num_threads()
}

/// Runs `work` on a pool of `n` threads of its own, as one of them: what `work` spreads over threads never has more.
pub fn on_threads<T: Send>(n: usize, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(n.max(1)).thread_name(|i| format!("kernels-{i}")).build() {
        Ok(pool) => pool.install(work),
        // No threads to be had: what runs then runs on this one.
        Err(_) => work(),
    }
}

/// Runs `task(0..n)`, each once.
pub fn each(n: usize, task: impl Fn(usize) + Sync) {
    if n <= 1 || threads() == 1 {
        (0..n).for_each(task);
    } else {
        (0..n).into_par_iter().with_max_len(1).for_each(&task);
    }
}

/// What `task(0..n)` gave, in order.
pub fn map<T: Send>(n: usize, task: impl Fn(usize) -> T + Sync) -> Vec<T> {
    (0..n).into_par_iter().with_max_len(1).map(&task).collect()
}

/// Cuts `0..total` into at most `parts` ranges of nearly equal length, multiples of `unit`; returns the length of one.
pub fn share(total: usize, parts: usize, unit: usize) -> usize {
    total.div_ceil(parts.max(1)).next_multiple_of(unit).max(unit)
}

/// A pointer that tasks may share; each writes other elements.
#[derive(Clone, Copy)]
pub(crate) struct Shared(*mut f32);

// SAFETY: only handed to tasks that write disjoint elements; see each use.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// Of a slice that outlives the tasks.
    pub(crate) fn new(slice: &mut [f32]) -> Self {
        Self(slice.as_mut_ptr())
    }

    /// The address `offset` values further on.
    ///
    /// # Safety
    /// It lies within the slice.
    #[inline(always)]
    pub(crate) unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: the caller's.
        unsafe { self.0.add(offset) }
    }

    /// The `len` values from `offset` on.
    ///
    /// # Safety
    /// They lie within the slice, and no other task uses them meanwhile.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "the pointer is shared, what it gives is not: the caller's promise")]
    pub(crate) unsafe fn slice<'a>(self, offset: usize, len: usize) -> &'a mut [f32] {
        // SAFETY: the caller's.
        unsafe { std::slice::from_raw_parts_mut(self.at(offset), len) }
    }
}
