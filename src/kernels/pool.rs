//! Buffers that are kept from step to step.
//!
//! A training step asks for the same sizes again and again. Fresh memory costs a page fault for every 4 KiB (more than
//! the arithmetic of a small layer), so what is dropped is kept for the next one who asks for its size. A buffer comes
//! with whatever its last user left in it.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Pool {
    idle: HashMap<usize, Vec<Vec<f32>>>,
    idle_len: usize,
    used_len: usize,
    /// Most that was ever in use at once: keeping more than this would only raise the program's peak.
    peak_len: usize,
}

static POOL: LazyLock<Mutex<Pool>> = LazyLock::new(Mutex::default);

fn pool() -> MutexGuard<'static, Pool> {
    // A panic elsewhere leaves the lists whole: every change is one push or pop.
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A vector of floats that goes back to the pool.
#[derive(Debug)]
pub struct Buffer(Vec<f32>);

impl Buffer {
    /// A buffer of `len` values, of any content.
    pub fn take(len: usize) -> Self {
        let mut pool = pool();
        pool.used_len += len;
        pool.peak_len = pool.peak_len.max(pool.used_len);
        if let Some(buffer) = pool.idle.get_mut(&len).and_then(Vec::pop) {
            pool.idle_len -= len;
            return Self(buffer);
        }
        let mut surplus = Vec::new();
        while pool.idle_len > 0 && pool.idle_len + pool.used_len > pool.peak_len {
            // Sizes that nobody asked for lately make room; which ones matters little, the next step brings its own.
            let Some(size) = pool.idle.iter().filter(|(_, list)| !list.is_empty()).map(|(size, _)| *size).max() else { break };
            surplus.extend(pool.idle.get_mut(&size).and_then(Vec::pop));
            pool.idle_len -= size;
        }
        drop(pool);
        drop(surplus);
        Self(vec![0.0; len])
    }

    /// A buffer of zeros.
    pub fn zeros(len: usize) -> Self {
        let mut buffer = Self::take(len);
        buffer.fill(0.0);
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        let mut pool = pool();
        pool.used_len -= buffer.len();
        pool.idle_len += buffer.len();
        pool.idle.entry(buffer.len()).or_default().push(buffer);
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_was_dropped_comes_back() {
        let len = 12_345_677;
        let mut first = Buffer::take(len);
        first[0] = 7.0;
        let place = first.as_ptr();
        drop(first);
        assert_eq!(Buffer::take(len).as_ptr(), place);
        assert!(Buffer::zeros(len).iter().all(|v| *v == 0.0));
    }
}
