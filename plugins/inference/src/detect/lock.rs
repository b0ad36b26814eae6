//! Locks of what several threads use.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A panic elsewhere has become an element error already; what it left is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
