//! The rows, a file each.

pub mod cold_start;
pub mod delivery;
pub mod home;
pub mod idle_memory;
pub mod ingest;
pub mod post;
pub mod reads;
pub mod stream;
pub mod upload;
