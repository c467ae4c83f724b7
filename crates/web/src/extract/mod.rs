//! What handlers take from a request.

pub mod asked;
mod client;
pub mod id;
pub mod params;
mod picture;
pub mod upload;
pub mod viewer;

pub use client::ClientAddress;
pub use id::{Id, Name};
pub use params::Params;
pub use upload::Upload;
pub use viewer::{MaybeViewer, Scoped, Token};
