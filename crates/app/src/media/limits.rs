//! What pictures may be like.

use super::image::{self, ImageError};
use crate::{App, Error, Words};

/// What we make of an upload is never larger than what we take from other servers.
pub(crate) fn limits(app: &App) -> image::Limits {
    let limits = &app.options.limits;
    image::Limits {
        max_bytes: limits.image_bytes,
        max_pixels: limits.image_pixels,
        max_stored_bytes: app.options.media.remote_image_bytes,
        ..image::Limits::default()
    }
}

pub(crate) fn refusal(error: ImageError) -> Error {
    match error {
        ImageError::Unrecognised => Error::refused("error-media-type"),
        ImageError::TooManyBytes { max } => Error::Invalid(vec![Words::new("invalid-file-size").with("max", format!("{} MB", max / 1024 / 1024))]),
        ImageError::TooManyPixels { w, h } => Error::Refused(Words::new("error-media-dimensions").with("width", w).with("height", h)),
        ImageError::TooManyFrames | ImageError::Broken(_) => Error::refused("error-media-failed"),
    }
}
