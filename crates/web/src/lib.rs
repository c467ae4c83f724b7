//! How the server is asked: REST, OAuth, streaming and pages over HTTP. Rules are in `app`.

pub mod ap;
pub mod bodies;
pub mod client;
pub mod coverage;
pub mod error;
pub mod extract;
pub mod health;
pub mod hub;
pub mod limits;
pub mod middleware;
pub mod oauth;
pub mod pages;
pub mod paging;
pub mod router;
pub mod service;
pub mod streaming;
pub mod web;
mod written;

#[cfg(test)]
mod tests;

pub use axum::Router;
pub use axum::body::Body;
pub use axum::extract::ConnectInfo;
pub use router::routes;
pub use service::service;
pub use web::{Options, Web};
