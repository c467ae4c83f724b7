//! Bulk filling for benchmarks and tests.
