//! Exit codes beside clap's 2 for usage.

pub const FAILED: u8 = 1;
/// Done, but something needs attention.
pub const ATTENTION: u8 = 3;
pub const NOT_FOUND: u8 = 4;
/// Refused by a rule or by what is there already.
pub const REFUSED: u8 = 5;
pub const BAD_DATA: u8 = 65;
pub const UNAVAILABLE: u8 = 69;
pub const DENIED: u8 = 77;
pub const CONFIG: u8 = 78;
