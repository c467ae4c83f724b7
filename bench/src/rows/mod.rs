//! The rows, a file each; `warm` is how all of them ask for pages.

pub mod cold_start;
pub mod delivery;
pub mod growth;
pub mod home;
pub mod ingest;
pub mod machine;
pub mod memory;
pub mod post;
pub mod reads;
pub mod stream;
pub mod upload;
pub mod warm;
