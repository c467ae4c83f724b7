//! Documents made of rows.
