//! What handlers take from a request.

pub mod id;
pub mod params;
pub mod viewer;

pub use id::{Id, Name};
pub use params::Params;
pub use viewer::{MaybeViewer, Scoped, Token};
