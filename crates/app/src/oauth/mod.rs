//! The OAuth server: applications, codes and tokens. HTTP and pages are in `web/oauth`.

pub mod applications;
pub mod grants;
pub mod tokens;
