//! What the hot pure code costs, in isolation: signatures, reading activities, texts, and showing a page.
//! `cargo bench -p ferrodon-bench` measures; `cargo test -p ferrodon-bench --benches` runs each once.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod activities;
mod pages;
mod signatures;
mod texts;

use criterion::{criterion_group, criterion_main};

criterion_group!(pure, signatures::measure, activities::measure, texts::measure, pages::measure);
criterion_main!(pure);
