//! Media attachments: uploading, processing, serving.

pub mod image;
pub(crate) mod limits;
pub mod meta;
pub mod portrait;
pub mod process;
pub mod remote;
pub(crate) mod thumbnail;
pub mod upload;
