//! Labels of metrics.

/// A label of a metric, such as `"result" => label(result)`. A series lives as long as the process, so a label never
/// comes from a client or another server: only text of the program itself is `'static`. A test requires this around
/// every label that is no literal.
pub const fn label(text: &'static str) -> &'static str {
    text
}
