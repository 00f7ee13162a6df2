//! Buffers that are kept from step to step.
//!
//! A training step asks for the same sizes again and again. Fresh memory costs a page fault for every 4 KiB (more than
//! the arithmetic of a small layer), so what is dropped is kept for the next one who asks for its size. A buffer comes
//! with whatever its last user left in it.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// What may lie idle beyond the most that was ever in use at once, as a fraction of it: one over this.
const SLACK: usize = 8;

/// Buffers of one size.
#[derive(Default)]
struct Shelf {
    idle: Vec<Vec<f32>>,
    /// When one was last taken, in takes.
    taken: u64,
}

#[derive(Default)]
struct Pool {
    shelves: HashMap<usize, Shelf>,
    /// Work space of kernels: any buffer that is long enough will do.
    scratch: Vec<Vec<f32>>,
    takes: u64,
    idle_len: usize,
    used_len: usize,
    peak_len: usize,
}

static POOL: LazyLock<Mutex<Pool>> = LazyLock::new(Mutex::default);

fn pool() -> MutexGuard<'static, Pool> {
    // A panic elsewhere leaves the lists whole: every change is one push or pop.
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// A buffer of exactly this length, and those that make room for it if it must be new.
    fn take(&mut self, len: usize) -> (Option<Vec<f32>>, Vec<Vec<f32>>) {
        self.takes += 1;
        self.used_len += len;
        self.peak_len = self.peak_len.max(self.used_len);
        let shelf = self.shelves.entry(len).or_default();
        shelf.taken = self.takes;
        if let Some(buffer) = shelf.idle.pop() {
            self.idle_len -= len;
            return (Some(buffer), Vec::new());
        }
        let mut surplus = Vec::new();
        while self.idle_len + self.used_len > self.peak_len + self.peak_len / SLACK {
            // The size that was wanted longest ago goes first: a test pass's, once training has gone on.
            let oldest = self.shelves.values_mut().filter(|shelf| !shelf.idle.is_empty()).min_by_key(|shelf| shelf.taken);
            let Some(buffer) = oldest.and_then(|shelf| shelf.idle.pop()) else { break };
            self.idle_len -= buffer.len();
            surplus.push(buffer);
        }
        (None, surplus)
    }

    /// The shortest work space that is long enough, or else the longest of all, to be given back.
    fn take_scratch(&mut self, len: usize) -> (Option<Vec<f32>>, Option<Vec<f32>>) {
        let fits = (0..self.scratch.len()).filter(|at| self.scratch[*at].len() >= len).min_by_key(|at| self.scratch[*at].len());
        if let Some(at) = fits {
            return (Some(self.scratch.swap_remove(at)), None);
        }
        let longest = (0..self.scratch.len()).max_by_key(|at| self.scratch[*at].len());
        (None, longest.map(|at| self.scratch.swap_remove(at)))
    }
}

/// A vector of floats that goes back to the pool.
#[derive(Debug)]
pub struct Buffer {
    values: Vec<f32>,
    len: usize,
    scratch: bool,
}

impl Buffer {
    /// A buffer of `len` values, of any content.
    pub fn take(len: usize) -> Self {
        // What makes room is freed behind the lock.
        let (found, surplus) = pool().take(len);
        drop(surplus);
        Self { values: found.unwrap_or_else(|| vec![0.0; len]), len, scratch: false }
    }

    /// Work space for the length of a call, of any content.
    pub fn scratch(len: usize) -> Self {
        let (found, surplus) = pool().take_scratch(len);
        drop(surplus);
        Self { values: found.unwrap_or_else(|| vec![0.0; len]), len, scratch: true }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.values);
        let mut pool = pool();
        if self.scratch {
            pool.scratch.push(values);
        } else {
            pool.used_len -= self.len;
            pool.idle_len += self.len;
            pool.shelves.entry(self.len).or_default().idle.push(values);
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[..self.len]
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
        let long = Buffer::scratch(len + 1).as_ptr();
        assert_eq!(Buffer::scratch(len).as_ptr(), long);
        assert_eq!(Buffer::scratch(len).len(), len);
    }
}
