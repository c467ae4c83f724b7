//! What other servers send: bytes to JSON within the limits, and JSON to a note.

use criterion::{Criterion, Throughput};
use wire::activity::{document, note};

/// A Create as a large server sends it: a mention, two hashtags, a picture, two languages.
pub const CREATE: &str = include_str!("create.json");

pub fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("activity");
    group.throughput(Throughput::Bytes(CREATE.len() as u64));
    group.bench_function("reading the JSON of a Create", |bencher| bencher.iter(|| document::read(CREATE.as_bytes()).unwrap()));
    let create = document::read(CREATE.as_bytes()).unwrap();
    let object = document::one(&create, "object").unwrap();
    group.bench_function("reading its note", |bencher| bencher.iter(|| note::read(object).unwrap()));
    group.finish();
}
