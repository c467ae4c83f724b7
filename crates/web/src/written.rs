//! Answers in JSON that is copied where it was written before.
//!
//! A page of statuses is larger than what the allocator keeps, so the buffers that answers are written into are used
//! again: else the kernel would hand out and clear new memory for each.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use wire::WriteJson;

/// What many answers fit in without growing.
const CAPACITY: usize = 16 * 1024;
/// Buffers that wait for the next answer…
const KEPT_MAX: usize = 8;
/// … unless they have grown past this.
const KEPT_BYTES_MAX: usize = 256 * 1024;

static BUFFERS: Buffers = Buffers(Mutex::new(Vec::new()));

/// As [`axum::Json`], for entities that many are shown.
pub struct Written<T>(pub T);

impl<T: WriteJson> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut json = BUFFERS.take();
        match self.0.write_json(&mut json.bytes) {
            Ok(()) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], Bytes::from_owner(json)).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Those that wait.
struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn take(&'static self) -> Buffer {
        Buffer { bytes: self.kept().pop().unwrap_or_else(|| Vec::with_capacity(CAPACITY)), of: self }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes back when its answer has been sent.
struct Buffer {
    bytes: Vec<u8>,
    of: &'static Buffers,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        let mut kept = self.of.kept();
        if bytes.capacity() <= KEPT_BYTES_MAX && kept.len() < KEPT_MAX {
            bytes.clear();
            kept.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static OWN: Buffers = Buffers(Mutex::new(Vec::new()));

    #[test]
    fn a_buffer_is_used_again_and_begins_empty() {
        let mut first = OWN.take();
        first.bytes.extend_from_slice(&[7; 100_000]);
        drop(Bytes::from_owner(first));
        let buffers: Vec<Buffer> = (0..=KEPT_MAX).map(|_| OWN.take()).collect();
        assert!(buffers.iter().all(|buffer| buffer.bytes.is_empty()));
        assert!(buffers[0].bytes.capacity() >= 100_000 && buffers[1].bytes.capacity() == CAPACITY);
        drop(buffers);
        assert_eq!(OWN.kept().len(), KEPT_MAX);
        let mut large = OWN.take();
        large.bytes.reserve(KEPT_BYTES_MAX + 1);
        drop(large);
        assert!(OWN.kept().iter().all(|bytes| bytes.capacity() <= KEPT_BYTES_MAX));
    }
}
