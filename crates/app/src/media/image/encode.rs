//! Encoding a picture so that it fits: what we store is never larger than what we take from other servers.

use std::borrow::Cow;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, GenericImageView, ImageEncoder, ImageFormat, RgbaImage};

use super::{Encoded, ImageError, Limits, Picture, broken, palette};

/// libwebp's effort, 0 (fast) to 6 (small).
const WEBP_EFFORT: i32 = 2;
/// NeuQuant's speed, 1 (best) to 30 (fast); only for pictures with a palette that had to be shrunk.
pub(super) const QUANTISER_SPEED: i32 = 10;
/// A file that is too large is encoded again with this share of its pixels, in percent, until it fits.
const STEP_PERCENT: u64 = 75;
/// A picture that does not fit with as many pixels (100 × 100) is refused.
const FIT_MIN_PIXELS: u64 = 10_000;

/// In `format`, shrunk until it has at most `limits.max_stored_bytes`.
///
/// Errors: `TooManyBytes` if even a very small one does not fit.
pub(super) fn within(picture: &Picture, format: ImageFormat, quality: u8, limits: &Limits) -> Result<Encoded, ImageError> {
    fit(picture, format, limits, |picture| encode(picture, format, quality))
}

/// As [`within`], for a form of `input`, whose pixels were turned by `turn`: a PNG with a palette, or with few shades of
/// grey, stays one where that is smaller.
pub(super) fn like(
    input: &[u8],
    turn: Orientation,
    picture: &Picture,
    format: ImageFormat,
    quality: u8,
    limits: &Limits,
) -> Result<Encoded, ImageError> {
    if format != ImageFormat::Png {
        return within(picture, format, quality, limits);
    }
    fit(picture, format, limits, |picture| Ok(finished(picture, palette::encode_like(input, turn, picture)?, "image/png", "png")))
}

fn fit(
    picture: &Picture,
    format: ImageFormat,
    limits: &Limits,
    encode: impl Fn(&Picture) -> Result<Encoded, ImageError>,
) -> Result<Encoded, ImageError> {
    let max = limits.max_stored_bytes;
    let mut encoded = encode(picture)?;
    let mut pixels = u64::from(encoded.width) * u64::from(encoded.height);
    while encoded.bytes.len() > max {
        if pixels <= FIT_MIN_PIXELS {
            return Err(ImageError::TooManyBytes { max });
        }
        pixels = pixels * STEP_PERCENT / 100;
        encoded = encode(&picture.shrunk(pixels, format)?)?;
    }
    Ok(encoded)
}

fn finished(picture: &Picture, bytes: Vec<u8>, mime: &'static str, ext: &'static str) -> Encoded {
    let (width, height) = picture.pixels.dimensions();
    Encoded { bytes, mime, ext, width, height }
}

/// In `format`, whatever its size.
fn encode(picture: &Picture, format: ImageFormat, quality: u8) -> Result<Encoded, ImageError> {
    let (bytes, mime, ext) = match format {
        ImageFormat::Jpeg => (encode_jpeg(picture, quality)?, "image/jpeg", "jpg"),
        ImageFormat::WebP => (encode_webp(picture, quality)?, "image/webp", "webp"),
        ImageFormat::Gif => (encode_still_gif(picture.pixels.to_rgba8())?, "image/gif", "gif"),
        _ => (encode_png(picture)?, "image/png", "png"),
    };
    Ok(finished(picture, bytes, mime, ext))
}

/// With colour at half the resolution of brightness, as cameras and Mastodon's libvips save it.
fn encode_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
    if let Some(profile) = &picture.profile {
        encoder.add_icc_profile(profile).map_err(broken)?;
    }
    let pixels = &picture.pixels;
    let opaque = match pixels.color() {
        ColorType::La8 => Cow::Owned(DynamicImage::from(pixels.to_luma8())),
        ColorType::Rgba8 => Cow::Owned(DynamicImage::from(pixels.to_rgb8())),
        _ => Cow::Borrowed(pixels),
    };
    let colours = if opaque.color().has_color() { jpeg_encoder::ColorType::Rgb } else { jpeg_encoder::ColorType::Luma };
    let side = |pixels: u32| u16::try_from(pixels).map_err(broken);
    encoder.encode(opaque.as_bytes(), side(opaque.width())?, side(opaque.height())?, colours).map_err(broken)?;
    Ok(bytes)
}

pub(super) fn encode_png(picture: &Picture) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    if let Some(profile) = &picture.profile {
        encoder.set_icc_profile(profile.clone()).map_err(broken)?;
    }
    let pixels = &picture.pixels;
    encoder.write_image(pixels.as_bytes(), pixels.width(), pixels.height(), pixels.color().into()).map_err(broken)?;
    Ok(bytes)
}

fn encode_webp(picture: &Picture, quality: u8) -> Result<Vec<u8>, ImageError> {
    let (w, h) = picture.pixels.dimensions();
    let mut config = webp::WebPConfig::new().map_err(|()| broken("libwebp has another version"))?;
    config.quality = f32::from(quality);
    config.method = WEBP_EFFORT;
    let encoded = match &picture.pixels {
        DynamicImage::ImageRgb8(pixels) => webp::Encoder::from_rgb(pixels, w, h).encode_advanced(&config),
        DynamicImage::ImageRgba8(pixels) => webp::Encoder::from_rgba(pixels, w, h).encode_advanced(&config),
        other => webp::Encoder::from_rgba(&other.to_rgba8(), w, h).encode_advanced(&config),
    };
    let encoded = encoded.map_err(|error| broken(format_args!("libwebp: {error:?}")))?;
    match &picture.profile {
        Some(profile) => Ok(webp_with_profile(&encoded, profile, w, h)),
        None => Ok(encoded.to_vec()),
    }
}

/// Wraps the bitstream chunks of a plain or extended WebP into an extended one that has `profile`.
/// libwebp writes an extended one only for lossy pixels that are not all opaque.
fn webp_with_profile(webp: &[u8], profile: &[u8], w: u32, h: u32) -> Vec<u8> {
    const FIRST_CHUNK: usize = 12;
    const EXTENDED_FLAGS: usize = FIRST_CHUNK + 8;
    const EXTENDED_END: usize = EXTENDED_FLAGS + 10;
    const HAS_PROFILE: u8 = 0b10_0000;
    let (flags, bitstream) =
        if webp[FIRST_CHUNK..].starts_with(b"VP8X") { (webp[EXTENDED_FLAGS], &webp[EXTENDED_END..]) } else { (0, &webp[FIRST_CHUNK..]) };

    let mut body = b"WEBPVP8X\x0a\0\0\0".to_vec();
    body.extend([flags | HAS_PROFILE, 0, 0, 0]);
    body.extend(&(w - 1).to_le_bytes()[..3]);
    body.extend(&(h - 1).to_le_bytes()[..3]);
    body.extend(b"ICCP");
    body.extend((profile.len() as u32).to_le_bytes());
    body.extend(profile);
    body.resize(body.len().next_multiple_of(2), 0);
    body.extend(bitstream);

    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

fn encode_still_gif(mut pixels: RgbaImage) -> Result<Vec<u8>, ImageError> {
    let too_long = |_| broken("a side is too long for a GIF");
    let (w, h) = (u16::try_from(pixels.width()).map_err(too_long)?, u16::try_from(pixels.height()).map_err(too_long)?);
    let frame = gif::Frame::from_rgba_speed(w, h, &mut pixels, QUANTISER_SPEED);
    let mut encoder = gif::Encoder::new(Vec::new(), w, h, &[]).map_err(broken)?;
    encoder.write_frame(&frame).map_err(broken)?;
    encoder.into_inner().map_err(broken)
}
