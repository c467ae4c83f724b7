//! Pictures: from untrusted bytes to the two files we serve (original and small) and a blurhash.
//! Pure, synchronous and CPU-bound: callers run it on a blocking thread, a few at a time.
//! Storing the results is `media::files`; rows and rules of attachments are not here.
//!
//! - The type is decided from the content; JPEG, PNG, GIF and WebP are taken, all else is refused.
//! - Dimensions, frames and chunk sizes are read from the headers and judged before any pixel is
//!   decoded, so that a bomb costs no memory.
//! - Everything is encoded anew from pixels: EXIF, XMP, IPTC, comments, text chunks and whatever
//!   follows the picture are gone. Kept on purpose: EXIF's orientation (turned into pixels) and, for
//!   JPEG, PNG and WebP, the colour-rendering part of an ICC profile (see `clean_profile`).
//! - A GIF keeps all of its frames, delays, palettes and its loop. Of an animated WebP or PNG the
//!   first frame is kept.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fast_image_resize::{ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Rgba, RgbaImage};

/// Pixels of a stored original (3840 × 2160); larger pictures are shrunk, as Mastodon does.
pub const ORIGINAL_MAX_PIXELS: u64 = 8_294_400;
/// Pixels of the small variant (640 × 360).
pub const SMALL_MAX_PIXELS: u64 = 230_400;

const ORIGINAL_QUALITY: u8 = 90;
const SMALL_QUALITY: u8 = 80;
/// libwebp's effort, 0 (fast) to 6 (small).
const WEBP_EFFORT: i32 = 2;
/// libwebp cannot write longer sides.
const WEBP_MAX_SIDE: u32 = 16_383;
/// NeuQuant's speed, 1 (best) to 30 (fast); only for still GIFs that had to be shrunk.
const GIF_QUANTISER_SPEED: i32 = 10;
/// Components of the blurhash each way, as Mastodon's.
const BLURHASH_COMPONENTS: u32 = 4;
/// The blurhash is computed on a picture of about 32 × 32.
const BLURHASH_MAX_PIXELS: u64 = 32 * 32;
const ICC_MAX_BYTES: usize = 64 * 1024;
const ICC_MAX_TAGS: usize = 64;

/// What an untrusted picture may ask of us. `Default` has the values of production.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the upload.
    pub max_bytes: usize,
    /// Width × height of the picture, or of a GIF's canvas.
    pub max_pixels: u64,
    /// Frames of a GIF.
    pub max_frames: usize,
    /// Sum of width × height over a GIF's frames: bounds the time it can take.
    pub max_total_frame_pixels: u64,
    /// Bytes of one decoded buffer. The default lets every picture within `max_pixels` through,
    /// even with four channels of 16 bits.
    pub max_alloc: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_bytes: 16 * 1024 * 1024,
            max_pixels: 33_177_600,
            max_frames: 2_000,
            max_total_frame_pixels: 200_000_000,
            max_alloc: 33_177_600 * 8,
        }
    }
}

/// Why a picture was refused. All of these are the sender's doing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    #[error("not a JPEG, PNG, GIF or WebP picture")]
    Unrecognised,
    #[error("the file is larger than {max} bytes")]
    TooManyBytes { max: usize },
    #[error("a picture of {w} × {h} is too large")]
    TooManyPixels { w: u32, h: u32 },
    #[error("the animation has too many frames")]
    TooManyFrames,
    #[error("the picture is damaged: {0}")]
    Broken(String),
}

/// A finished file.
#[derive(Debug, Clone)]
pub struct Encoded {
    pub bytes: Vec<u8>,
    /// Such as `image/jpeg`.
    pub mime: &'static str,
    /// Without the dot, such as `jpg`.
    pub ext: &'static str,
    pub width: u32,
    pub height: u32,
}

/// What becomes of an uploaded picture.
#[derive(Debug, Clone)]
pub struct Processed {
    /// In the format it came in, upright, at most `ORIGINAL_MAX_PIXELS`.
    pub original: Encoded,
    /// Same format except that a GIF's is a still PNG; at most `SMALL_MAX_PIXELS`.
    pub small: Encoded,
    /// 4 × 4 components: 36 characters.
    pub blurhash: String,
    /// A GIF with more than one frame.
    pub animated: bool,
}

/// Turns an upload into what we serve. Never panics, whatever `input` is.
///
/// Errors: see `ImageError`. A JPEG that ends early is taken as far as it goes (the rest is grey), as
/// browsers do; the other formats are refused when cut.
/// Source: docs.joinmastodon.org/user/posting/#media and Mastodon's sizes of 4.x.
pub fn process(input: &[u8], limits: &Limits) -> Result<Processed, ImageError> {
    without_panic(|| {
        let format = recognise(input, limits)?;
        if format == ImageFormat::Gif {
            return process_gif(input, limits);
        }
        let original = decode_still(input, format, limits)?
            .shrunk(ORIGINAL_MAX_PIXELS, format)? // what was decoded is freed here
            .upright();
        let small = original.shrunk(SMALL_MAX_PIXELS, format)?;
        Ok(Processed {
            blurhash: blurhash(&small)?,
            original: encode(&original, format, ORIGINAL_QUALITY)?,
            small: encode(&small, format, SMALL_QUALITY)?,
            animated: false,
        })
    })
}

/// Judges an upload by its headers alone, so that most of what `process` would refuse is refused at
/// once: decodes nothing, allocates no more than a copy of the file, takes a few milliseconds.
///
/// Errors: as `process`, but pixels may still turn out to be damaged.
pub fn probe(input: &[u8], limits: &Limits) -> Result<(), ImageError> {
    without_panic(|| match recognise(input, limits)? {
        ImageFormat::Gif => survey_gif(input, limits).map(drop),
        format => open_still(input, format, limits).map(drop),
    })
}

/// Shrinks or enlarges the middle of a picture so that it covers `width` × `height` exactly: avatars
/// are 400 × 400, headers 1500 × 500. Format and errors as in `process`; of a GIF the first frame, as PNG.
pub fn cover(input: &[u8], limits: &Limits, width: u32, height: u32) -> Result<Encoded, ImageError> {
    without_panic(|| {
        let (picture, format) = match recognise(input, limits)? {
            ImageFormat::Gif => (read_gif(input, limits, &mut |_, _| Ok(()))?.first, ImageFormat::Png),
            format => (decode_still(input, format, limits)?.upright(), format),
        };
        let options = ResizeOptions::new().fit_into_destination(None);
        encode(&picture.resized(width, height, &options)?, format, ORIGINAL_QUALITY)
    })
}

/// Reads a focal point "x,y". Numbers beyond -1..1 are clamped; anything else but two finite numbers is
/// `None`. (Mastodon stores what it is sent unclamped and reads words as 0.)
pub fn parse_focus(text: &str) -> Option<(f64, f64)> {
    let coordinate = |text: &str| {
        let value: f64 = text.trim().parse().ok()?;
        value.is_finite().then(|| value.clamp(-1.0, 1.0))
    };
    let (x, y) = text.split_once(',')?;
    Some((coordinate(x)?, coordinate(y)?))
}

/// The decoders are others' code fed with hostile bytes: a panic in them is a damaged picture, not a crash.
fn without_panic<T>(work: impl FnOnce() -> Result<T, ImageError>) -> Result<T, ImageError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> ImageError {
    broken("it cannot be decoded")
}

fn broken(why: impl std::fmt::Display) -> ImageError {
    ImageError::Broken(why.to_string())
}

/// The format by content, after judging size and dimensions by the headers alone.
fn recognise(input: &[u8], limits: &Limits) -> Result<ImageFormat, ImageError> {
    if input.len() > limits.max_bytes {
        return Err(ImageError::TooManyBytes { max: limits.max_bytes });
    }
    let format = image::guess_format(input).map_err(|_| ImageError::Unrecognised)?;
    match format {
        ImageFormat::Png => check_png_header(input, limits)?,
        ImageFormat::WebP => check_webp_chunks(input, limits)?,
        ImageFormat::Jpeg | ImageFormat::Gif => {} // their decoders allocate nothing before we ask for dimensions
        _ => return Err(ImageError::Unrecognised),
    }
    Ok(format)
}

fn check_pixels(w: u32, h: u32, limits: &Limits) -> Result<(), ImageError> {
    if w == 0 || h == 0 {
        return Err(broken("it has no pixels"));
    }
    if u64::from(w) * u64::from(h) > limits.max_pixels {
        return Err(ImageError::TooManyPixels { w, h });
    }
    Ok(())
}

/// The decoder makes row buffers as it opens the file, so the dimensions are read here first.
fn check_png_header(input: &[u8], limits: &Limits) -> Result<(), ImageError> {
    let number = |at: usize| Some(u32::from_be_bytes(input.get(at..at + 4)?.try_into().ok()?));
    match (number(16), number(20)) {
        (Some(w), Some(h)) => check_pixels(w, h, limits),
        _ => Err(broken("it ends within its header")),
    }
}

/// Walks the chunks: none may reach beyond the file (the decoder would allocate what it claims), and
/// every bitstream must obey the limits by itself, since it need not agree with the canvas.
fn check_webp_chunks(input: &[u8], limits: &Limits) -> Result<(), ImageError> {
    let mut at = 12;
    while input.len() - at >= 8 {
        let name = &input[at..at + 4];
        let size = u32::from_le_bytes([input[at + 4], input[at + 5], input[at + 6], input[at + 7]]) as usize;
        let body = &input[at + 8..];
        let body = body.get(..size).ok_or_else(|| broken("a chunk reaches beyond its end"))?;
        let dimensions = match name {
            b"VP8 " => body.get(6..10).map(|b| (u32_from(&b[..2]) & 0x3fff, u32_from(&b[2..]) & 0x3fff)),
            b"VP8L" => body.get(1..5).map(|b| ((u32_from(b) & 0x3fff) + 1, ((u32_from(b) >> 14) & 0x3fff) + 1)),
            b"VP8X" => body.get(4..10).map(|b| (u32_from(&b[..3]) + 1, u32_from(&b[3..]) + 1)),
            b"ANMF" => body.get(6..12).map(|b| (u32_from(&b[..3]) + 1, u32_from(&b[3..]) + 1)),
            _ => None,
        };
        if let Some((w, h)) = dimensions {
            check_pixels(w, h, limits)?;
        }
        // A frame's own chunks follow its 16 bytes of placement: walk into it instead of over it.
        let step = if name == b"ANMF" { 16.min(size) } else { size + size % 2 };
        at = (at + 8 + step).min(input.len());
    }
    Ok(())
}

fn u32_from(little_endian: &[u8]) -> u32 {
    little_endian.iter().rev().fold(0, |value, byte| (value << 8) | u32::from(*byte))
}

/// Decoded pixels (8 bits a channel; grey or RGB, with or without alpha) and what must travel with them.
struct Picture {
    pixels: DynamicImage,
    profile: Option<Vec<u8>>,
    orientation: image::metadata::Orientation,
}

impl Picture {
    /// At most `max_pixels`, aspect kept, never enlarged.
    fn shrunk(&self, max_pixels: u64, format: ImageFormat) -> Result<Picture, ImageError> {
        let (mut w, mut h) = fit(self.pixels.width(), self.pixels.height(), max_pixels);
        if format == ImageFormat::WebP {
            (w, h) = (w.min(WEBP_MAX_SIDE), h.min(WEBP_MAX_SIDE));
        }
        if (w, h) == self.pixels.dimensions() {
            return Ok(self.with(self.pixels.clone()));
        }
        self.resized(w, h, &ResizeOptions::new())
    }

    /// Convolves with Lanczos3; alpha is premultiplied on the way.
    fn resized(&self, w: u32, h: u32, options: &ResizeOptions) -> Result<Picture, ImageError> {
        let mut to = DynamicImage::new(w, h, self.pixels.color());
        Resizer::new().resize(&self.pixels, &mut to, options).map_err(broken)?;
        Ok(self.with(to))
    }

    fn upright(mut self) -> Picture {
        self.pixels.apply_orientation(self.orientation);
        self.orientation = image::metadata::Orientation::NoTransforms;
        self
    }

    fn with(&self, pixels: DynamicImage) -> Picture {
        Picture { pixels, profile: self.profile.clone(), orientation: self.orientation }
    }
}

fn fit(w: u32, h: u32, max_pixels: u64) -> (u32, u32) {
    if u64::from(w) * u64::from(h) <= max_pixels {
        return (w, h);
    }
    // The addend keeps exact results (640 × 360) from being rounded down.
    let side = |aspect: f64| ((max_pixels as f64 * aspect).sqrt() + 1e-6).floor().max(1.0) as u64;
    let aspect = f64::from(w) / f64::from(h);
    let (w, h) = (side(aspect), side(1.0 / aspect));
    // A side that was raised to 1 leaves less for the other.
    (w.min(max_pixels / h).max(1) as u32, h.min(max_pixels / w).max(1) as u32)
}

fn decode_still(input: &[u8], format: ImageFormat, limits: &Limits) -> Result<Picture, ImageError> {
    let mut decoder = open_still(input, format, limits)?;
    // A damaged EXIF block or profile is no reason to refuse the pixels.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let pixels = to_8_bits(DynamicImage::from_decoder(decoder).map_err(broken)?);
    let space = if pixels.color().has_color() { b"RGB " } else { b"GRAY" };
    let profile = profile.and_then(|profile| clean_profile(&profile, space));
    Ok(Picture { pixels, profile, orientation })
}

/// Reads the headers and judges what they claim; no pixel is decoded yet.
fn open_still<'a>(input: &'a [u8], format: ImageFormat, limits: &Limits) -> Result<impl ImageDecoder + 'a, ImageError> {
    let mut reader = ImageReader::with_format(Cursor::new(input), format);
    let mut decoder_limits = image::Limits::no_limits();
    decoder_limits.max_alloc = Some(limits.max_alloc);
    reader.limits(decoder_limits);
    let decoder = reader.into_decoder().map_err(broken)?;
    let (w, h) = decoder.dimensions();
    check_pixels(w, h, limits)?;
    if decoder.total_bytes() > limits.max_alloc {
        return Err(ImageError::TooManyPixels { w, h });
    }
    Ok(decoder)
}

fn to_8_bits(image: DynamicImage) -> DynamicImage {
    use DynamicImage::*;
    match image {
        ImageLuma8(_) | ImageLumaA8(_) | ImageRgb8(_) | ImageRgba8(_) => image,
        ImageLuma16(_) => ImageLuma8(image.into_luma8()),
        ImageLumaA16(_) => ImageLumaA8(image.into_luma_alpha8()),
        ImageRgb16(_) => ImageRgb8(image.into_rgb8()),
        _ => ImageRgba8(image.into_rgba8()),
    }
}

fn encode(picture: &Picture, format: ImageFormat, quality: u8) -> Result<Encoded, ImageError> {
    let (bytes, mime, ext) = match format {
        ImageFormat::Jpeg => (encode_jpeg(picture, quality)?, "image/jpeg", "jpg"),
        ImageFormat::WebP => (encode_webp(picture, quality)?, "image/webp", "webp"),
        _ => (encode_png(picture)?, "image/png", "png"),
    };
    let (width, height) = picture.pixels.dimensions();
    Ok(Encoded { bytes, mime, ext, width, height })
}

fn encode_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    if let Some(profile) = &picture.profile {
        encoder.set_icc_profile(profile.clone()).map_err(broken)?;
    }
    let pixels = &picture.pixels;
    let opaque = match pixels.color() {
        image::ColorType::La8 => Cow::Owned(DynamicImage::from(pixels.to_luma8())),
        image::ColorType::Rgba8 => Cow::Owned(DynamicImage::from(pixels.to_rgb8())),
        _ => Cow::Borrowed(pixels),
    };
    encoder.write_image(opaque.as_bytes(), opaque.width(), opaque.height(), opaque.color().into()).map_err(broken)?;
    Ok(bytes)
}

fn encode_png(picture: &Picture) -> Result<Vec<u8>, ImageError> {
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

/// Transparent parts count as white: that is how a drawing on nothing is mostly seen.
fn blurhash(small: &Picture) -> Result<String, ImageError> {
    let tiny = small.shrunk(BLURHASH_MAX_PIXELS, ImageFormat::Png)?;
    let mut pixels = tiny.pixels.into_rgba8();
    for Rgba([r, g, b, a]) in pixels.pixels_mut() {
        let over_white = |c: u8| ((u32::from(c) * u32::from(*a) + 255 * (255 - u32::from(*a))) / 255) as u8;
        (*r, *g, *b) = (over_white(*r), over_white(*g), over_white(*b));
    }
    let (w, h) = pixels.dimensions();
    blurhash::encode(BLURHASH_COMPONENTS, BLURHASH_COMPONENTS, w, h, pixels.as_raw()).map_err(broken)
}

/// Keeps of an ICC profile what rendering needs and drops the rest: descriptions, copyright, dates, device
/// names, serial numbers and vendors' private tags say who took a picture and with what.
/// `None` if it is damaged, oversize or not for pixels of `space` (a CMYK picture was turned into RGB).
/// Source: ICC.1:2022, sections 7.2 (header) and 7.3 (tag table).
fn clean_profile(profile: &[u8], space: &[u8; 4]) -> Option<Vec<u8>> {
    const HEADER: usize = 128;
    const TAG_ENTRY: usize = 12;
    const KEPT: [&[u8; 4]; 12] = [b"wtpt", b"chad", b"cicp", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"A2B0", b"A2B1"];
    // CMM, date, platform and flags, manufacturer to attributes, creator, identifier and the reserved rest.
    const BLANKED: [std::ops::Range<usize>; 5] = [4..8, 24..36, 40..64, 80..100, 100..HEADER];

    let number = |at: usize| Some(u32::from_be_bytes(profile.get(at..at + 4)?.try_into().ok()?) as usize);
    let tag_count = number(HEADER)?;
    let plausible = profile.len() <= ICC_MAX_BYTES && tag_count <= ICC_MAX_TAGS;
    if !plausible || &profile[36..40] != b"acsp" || &profile[16..20] != space {
        return None;
    }
    let mut tags: Vec<(&[u8], &[u8])> = Vec::new();
    for entry in 0..tag_count {
        let at = HEADER + 4 + entry * TAG_ENTRY;
        let (name, start, size) = (profile.get(at..at + 4)?, number(at + 4)?, number(at + 8)?);
        let data = profile.get(start..start.checked_add(size)?)?;
        if KEPT.iter().any(|kept| *kept == name) {
            tags.push((name, data));
        }
    }
    if tags.is_empty() {
        return None;
    }

    let mut clean = profile[..HEADER].to_vec();
    BLANKED.into_iter().for_each(|range| clean[range].fill(0));
    clean.extend((tags.len() as u32).to_be_bytes());
    let mut data = Vec::new();
    let data_start = HEADER + 4 + tags.len() * TAG_ENTRY;
    for (name, body) in tags {
        clean.extend(name);
        clean.extend(((data_start + data.len()) as u32).to_be_bytes());
        clean.extend((body.len() as u32).to_be_bytes());
        data.extend(body);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    clean.extend(data);
    let size = clean.len() as u32;
    clean[..4].copy_from_slice(&size.to_be_bytes());
    (clean.len() <= ICC_MAX_BYTES).then_some(clean)
}

/// Frames are copied as palette indices, so nothing is lost and the size stays. Only a still GIF can be
/// shrunk; an animation beyond `ORIGINAL_MAX_PIXELS` is refused.
fn process_gif(input: &[u8], limits: &Limits) -> Result<Processed, ImageError> {
    let mut encoder = None;
    let gif = read_gif(input, limits, &mut |screen, frame| {
        let encoder = match &mut encoder {
            Some(encoder) => encoder,
            None => encoder.insert(new_gif(screen)?),
        };
        let copy = gif::Frame {
            buffer: Cow::Borrowed(&*frame.buffer),
            palette: frame.palette.clone(),
            interlaced: false, // the decoder has put the lines in order
            needs_user_input: false,
            ..*frame
        };
        encoder.write_frame(&copy).map_err(broken)
    })?;
    let copied = encoder.ok_or_else(|| broken("it has no frames"))?.into_inner().map_err(broken)?;

    let original = gif.first.shrunk(ORIGINAL_MAX_PIXELS, ImageFormat::Gif)?;
    let small = original.shrunk(SMALL_MAX_PIXELS, ImageFormat::Png)?;
    let (width, height) = original.pixels.dimensions();
    let was_shrunk = (width, height) != gif.first.pixels.dimensions();
    let bytes = if was_shrunk { encode_still_gif(original.pixels)? } else { copied };
    Ok(Processed {
        blurhash: blurhash(&small)?,
        original: Encoded { bytes, mime: "image/gif", ext: "gif", width, height },
        small: encode(&small, ImageFormat::Png, SMALL_QUALITY)?,
        animated: gif.frames > 1,
    })
}

/// What holds for the whole of a GIF.
struct Screen<'a> {
    width: u16,
    height: u16,
    palette: Option<&'a [u8]>,
    repeat: gif::Repeat,
}

struct Gif {
    first: Picture,
    frames: usize,
}

fn new_gif(screen: &Screen) -> Result<gif::Encoder<Vec<u8>>, ImageError> {
    let palette = screen.palette.unwrap_or_default();
    let mut encoder = gif::Encoder::new(Vec::new(), screen.width, screen.height, palette).map_err(broken)?;
    if screen.repeat != gif::Repeat::default() {
        encoder.set_repeat(screen.repeat).map_err(broken)?;
    }
    Ok(encoder)
}

type EachFrame<'a> = &'a mut dyn FnMut(&Screen, &gif::Frame) -> Result<(), ImageError>;

/// Counts first, decodes then: calls `each` with every frame and gives back the first one painted.
fn read_gif(input: &[u8], limits: &Limits, each: EachFrame) -> Result<Gif, ImageError> {
    let (frames, repeat) = survey_gif(input, limits)?;
    let mut decoder = open_gif(input, limits, false)?;
    let palette = decoder.global_palette().map(<[u8]>::to_vec);
    let screen = Screen { width: decoder.width(), height: decoder.height(), palette: palette.as_deref(), repeat };
    let mut first = None;
    while let Some(frame) = decoder.read_next_frame().map_err(broken)? {
        if first.is_none() {
            first = Some(paint(&screen, frame));
        }
        each(&screen, frame)?;
    }
    let pixels = first.ok_or_else(|| broken("it has no frames"))?.into();
    let orientation = image::metadata::Orientation::NoTransforms;
    Ok(Gif { first: Picture { pixels, profile: None, orientation }, frames })
}

/// Walks over the frames without decoding them. Gives their number and how often they are to be shown.
fn survey_gif(input: &[u8], limits: &Limits) -> Result<(usize, gif::Repeat), ImageError> {
    let mut decoder = open_gif(input, limits, true)?;
    let (w, h) = (u32::from(decoder.width()), u32::from(decoder.height()));
    check_pixels(w, h, limits)?;
    let (mut frames, mut total_pixels) = (0, 0);
    while let Some(frame) = decoder.next_frame_info().map_err(broken)? {
        let (frame_w, frame_h) = (u32::from(frame.width), u32::from(frame.height));
        check_pixels(frame_w, frame_h, limits)?;
        frames += 1;
        total_pixels += u64::from(frame_w) * u64::from(frame_h);
        if frames > limits.max_frames || total_pixels > limits.max_total_frame_pixels {
            return Err(ImageError::TooManyFrames);
        }
    }
    if frames == 0 {
        return Err(broken("it has no frames"));
    }
    if frames > 1 && u64::from(w) * u64::from(h) > ORIGINAL_MAX_PIXELS {
        return Err(ImageError::TooManyPixels { w, h });
    }
    Ok((frames, decoder.repeat()))
}

/// Many GIFs lack the closing byte; one more does not hurt the others.
fn open_gif<'a>(input: &'a [u8], limits: &Limits, skip_pixels: bool) -> Result<gif::Decoder<impl Read + 'a>, ImageError> {
    const TRAILER: &[u8] = b";";
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    options.skip_frame_decoding(skip_pixels);
    options.set_memory_limit(gif::MemoryLimit::Bytes(NonZeroU64::new(limits.max_alloc).unwrap_or(NonZeroU64::MIN)));
    options.read_info(input.chain(TRAILER)).map_err(broken)
}

/// The frame on its transparent canvas; what reaches beyond it is cut.
fn paint(screen: &Screen, frame: &gif::Frame) -> RgbaImage {
    let mut canvas = RgbaImage::new(screen.width.into(), screen.height.into());
    let palette = frame.palette.as_deref().or(screen.palette).unwrap_or_default();
    for (y, row) in frame.buffer.chunks_exact(usize::from(frame.width)).enumerate() {
        for (x, index) in row.iter().enumerate() {
            let at = (u32::from(frame.left) + x as u32, u32::from(frame.top) + y as u32);
            let colour = palette.get(usize::from(*index) * 3..usize::from(*index) * 3 + 3);
            if let (Some(pixel), Some(&[r, g, b])) = (canvas.get_pixel_mut_checked(at.0, at.1), colour)
                && frame.transparent != Some(*index)
            {
                *pixel = Rgba([r, g, b, 255]);
            }
        }
    }
    canvas
}

fn encode_still_gif(pixels: DynamicImage) -> Result<Vec<u8>, ImageError> {
    let mut pixels = pixels.into_rgba8();
    let too_long = |_| broken("a side is too long for a GIF");
    let (w, h) = (u16::try_from(pixels.width()).map_err(too_long)?, u16::try_from(pixels.height()).map_err(too_long)?);
    let frame = gif::Frame::from_rgba_speed(w, h, &mut pixels, GIF_QUANTISER_SPEED);
    let mut encoder = gif::Encoder::new(Vec::new(), w, h, &[]).map_err(broken)?;
    encoder.write_frame(&frame).map_err(broken)?;
    encoder.into_inner().map_err(broken)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::codecs::webp::WebPEncoder;
    use image::{ExtendedColorType, GrayImage, RgbImage};

    use super::*;

    const RED: [u8; 3] = [220, 20, 20];
    const BLUE: [u8; 3] = [20, 20, 200];
    /// Stands in every kind of metadata of the test pictures; must be in no output.
    const SECRET: &[u8] = b"SECRET-METADATA";

    // ---- what goes in ----

    /// Blue with a red quarter at the top left, so that its orientation shows.
    fn marked(w: u32, h: u32) -> RgbImage {
        RgbImage::from_fn(w, h, |x, y| image::Rgb(if x < w / 2 && y < h / 2 { RED } else { BLUE }))
    }

    /// Fine structure everywhere, as in a photograph.
    fn detailed(w: u32, h: u32) -> RgbImage {
        RgbImage::from_fn(w, h, |x, y| {
            let texture = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 7 & 31;
            image::Rgb([(x * 200 / w + texture) as u8, (y * 200 / h + texture) as u8, ((x + y) / 9 % 200) as u8])
        })
    }

    fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
        saved(image, ImageFormat::Png)
    }

    fn jpeg(image: impl Into<DynamicImage>) -> Vec<u8> {
        saved(image, ImageFormat::Jpeg)
    }

    fn saved(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn lossless_webp(image: &RgbaImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        let encoder = WebPEncoder::new_lossless(&mut bytes);
        encoder.encode(image, image.width(), image.height(), ExtendedColorType::Rgba8).unwrap();
        bytes
    }

    /// A TIFF block as in EXIF: orientation, the maker, and a GPS directory with a north reference.
    fn exif(orientation: u8) -> Vec<u8> {
        let entry = |tag: u16, kind: u16, count: u32, value: u32| {
            let mut entry = Vec::new();
            entry.extend(tag.to_le_bytes());
            entry.extend(kind.to_le_bytes());
            entry.extend(count.to_le_bytes());
            entry.extend(value.to_le_bytes());
            entry
        };
        let secret_at = 8 + 2 + 3 * 12 + 4;
        let gps_at = secret_at + SECRET.len() as u32;
        let mut tiff = b"II*\0\x08\0\0\0\x03\0".to_vec();
        tiff.extend(entry(0x010f, 2, SECRET.len() as u32, secret_at));
        tiff.extend(entry(0x0112, 3, 1, orientation.into()));
        tiff.extend(entry(0x8825, 4, 1, gps_at));
        tiff.extend([0; 4]);
        tiff.extend(SECRET);
        tiff.extend(b"\x01\0");
        tiff.extend(entry(1, 2, 2, u32::from(b'N')));
        tiff.extend([0; 4]);
        tiff
    }

    /// Puts EXIF with GPS, XMP, IPTC and a comment behind the start marker, and rubbish behind the end.
    fn jpeg_with_metadata(image: impl Into<DynamicImage>, orientation: u8) -> Vec<u8> {
        let segment = |marker: u8, parts: &[&[u8]]| {
            let body = parts.concat();
            [&[0xff, marker][..], &(body.len() as u16 + 2).to_be_bytes(), &body].concat()
        };
        let plain = jpeg(image);
        [
            &plain[..2],
            &segment(0xe1, &[b"Exif\0\0", &exif(orientation)]),
            &segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET]),
            &segment(0xed, &[b"Photoshop 3.0\0", SECRET]),
            &segment(0xfe, &[SECRET]),
            &plain[2..],
            SECRET,
        ]
        .concat()
    }

    fn png_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut crc = u32::MAX;
        for byte in name.iter().chain(body) {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        [&(body.len() as u32).to_be_bytes()[..], name, body, &(!crc).to_be_bytes()].concat()
    }

    /// Chunks go between the header and the rest.
    fn png_with(image: impl Into<DynamicImage>, chunks: &[Vec<u8>]) -> Vec<u8> {
        const HEADER_END: usize = 8 + 25;
        let plain = png(image);
        [&plain[..HEADER_END], &chunks.concat(), &plain[HEADER_END..]].concat()
    }

    fn png_header(w: u32, h: u32) -> Vec<u8> {
        let header = [&w.to_be_bytes()[..], &h.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        [&b"\x89PNG\r\n\x1a\n"[..], &png_chunk(b"IHDR", &header), &png_chunk(b"IDAT", &[0x78, 0x9c])].concat()
    }

    fn riff_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let padding = &[0][..body.len() % 2];
        [name, &(body.len() as u32).to_le_bytes()[..], body, padding].concat()
    }

    fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
        riff_chunk(b"RIFF", &[&b"WEBP"[..], &chunks.concat()].concat())
    }

    fn extended_header(flags: u8, w: u32, h: u32) -> Vec<u8> {
        let size = [&(w - 1).to_le_bytes()[..3], &(h - 1).to_le_bytes()[..3]].concat();
        riff_chunk(b"VP8X", &[&[flags, 0, 0, 0][..], &size].concat())
    }

    /// Three frames, the later ones small and offset; delays 5, 60 and 7; looping 3 times more.
    fn animation() -> Vec<u8> {
        let mut encoder = gif::Encoder::new(Vec::new(), 40, 30, &[220, 20, 20, 20, 20, 200, 0, 0, 0]).unwrap();
        encoder.set_repeat(gif::Repeat::Finite(3)).unwrap();
        encoder.write_raw_extension(gif::AnyExtension(0xfe), &[SECRET]).unwrap();
        encoder.write_raw_extension(gif::AnyExtension(0xff), &[b"XMP DataXMP", SECRET]).unwrap();
        let mut first = gif::Frame::from_indexed_pixels(40, 30, vec![1; 1200], Some(2));
        let pixels = first.buffer.to_mut();
        (0..15).for_each(|y| pixels[y * 40..y * 40 + 20].fill(0));
        (first.delay, first.palette, first.interlaced) = (5, None, false);
        encoder.write_frame(&first).unwrap();
        for (left, delay) in [(10, 60), (20, 7)] {
            let frame = gif::Frame {
                delay,
                left,
                top: 5,
                width: 4,
                height: 4,
                dispose: gif::DisposalMethod::Previous,
                palette: Some(vec![1, 2, 3, 4, 5, 6]),
                buffer: Cow::Owned(vec![1; 16]),
                ..gif::Frame::default()
            };
            encoder.write_frame(&frame).unwrap();
        }
        [encoder.into_inner().unwrap(), SECRET.to_vec()].concat()
    }

    /// One block of 8 × 8 of one colour in four inks, `transform` as in Adobe's marker (0: CMYK, 2: YCCK).
    fn four_ink_jpeg(transform: u8, levels: [i32; 4]) -> Vec<u8> {
        let mut file = b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0".to_vec();
        file.push(transform);
        file.extend(b"\xff\xdb\0\x43\0");
        file.extend([1; 64]);
        file.extend(b"\xff\xc0\0\x14\x08\0\x08\0\x08\x04\x01\x11\0\x02\x11\0\x03\x11\0\x04\x11\0");
        // DC: one code, `0`, for a difference of 11 bits; AC: one code, `0`, for the end of a block.
        file.extend(b"\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0b");
        file.extend(b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        file.extend(b"\xff\xda\0\x0e\x04\x01\0\x02\0\x03\0\x04\0\0\x3f\0");
        let mut bits = String::new();
        for level in levels {
            let difference = (level - 128) * 8; // with 11 bits: at least 1024 away from 0
            assert_eq!(difference.abs(), 1024, "a level is 0 or 256 (which is clamped)");
            let coded = if difference < 0 { difference + 2047 } else { difference };
            bits += &format!("0{coded:011b}0");
        }
        while !bits.len().is_multiple_of(8) {
            bits.push('1');
        }
        for byte in bits.as_bytes().chunks(8) {
            let byte = u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap();
            file.push(byte);
            if byte == 0xff {
                file.push(0);
            }
        }
        file.extend(b"\xff\xd9");
        file
    }

    /// A minimal RGB profile with a private tag and a description, both secret.
    fn profile() -> Vec<u8> {
        let tags: [(&[u8; 4], &[u8]); 4] =
            [(b"desc", SECRET), (b"rXYZ", b"XYZ \0\0\0\0red-primary!"), (b"rTRC", b"curv\0\0\0\0\0\0\0\0"), (b"priv", SECRET)];
        let mut profile = vec![0; 128];
        profile[12..16].copy_from_slice(b"mntr");
        profile[16..20].copy_from_slice(b"RGB ");
        profile[20..24].copy_from_slice(b"XYZ ");
        profile[36..40].copy_from_slice(b"acsp");
        profile[48..63].copy_from_slice(SECRET);
        profile.extend((tags.len() as u32).to_be_bytes());
        let mut start = 128 + 4 + tags.len() * 12;
        for (name, body) in tags {
            profile.extend(name);
            profile.extend((start as u32).to_be_bytes());
            profile.extend((body.len() as u32).to_be_bytes());
            start += body.len();
        }
        tags.iter().for_each(|(_, body)| profile.extend(*body));
        let size = profile.len() as u32;
        profile[..4].copy_from_slice(&size.to_be_bytes());
        profile
    }

    // ---- what comes out ----

    fn processed(input: &[u8]) -> Processed {
        probe(input, &Limits::default()).unwrap();
        process(input, &Limits::default()).unwrap()
    }

    fn refused(input: &[u8]) -> ImageError {
        process(input, &Limits::default()).unwrap_err()
    }

    fn shown(encoded: &Encoded) -> DynamicImage {
        let image = image::load_from_memory(&encoded.bytes).unwrap();
        assert_eq!((image.width(), image.height()), (encoded.width, encoded.height));
        image
    }

    fn has(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    fn assert_no_metadata(out: &Processed) {
        for file in [&out.original, &out.small] {
            for part in [SECRET, b"Exif", b"EXIF", b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"XMP", b"adobe", b"Photoshop"] {
                assert!(!has(&file.bytes, part), "{} has {:?}", file.mime, std::str::from_utf8(part));
            }
        }
    }

    fn is_near(pixel: Rgba<u8>, [r, g, b]: [u8; 3]) -> bool {
        pixel.0.iter().zip([r, g, b, 255]).all(|(is, wanted)| is.abs_diff(wanted) < 12)
    }

    /// The red quarter is at the top left, and only there.
    fn assert_upright(image: &DynamicImage) {
        let at = |x: u32, y: u32| image.get_pixel(image.width() * x / 8, image.height() * y / 8);
        assert!(is_near(at(1, 1), RED), "{:?}", at(1, 1));
        for (x, y) in [(6, 1), (1, 6), (6, 6)] {
            assert!(is_near(at(x, y), BLUE), "{:?}", at(x, y));
        }
    }

    #[test]
    fn every_orientation_comes_out_upright_and_without_metadata() {
        use image::metadata::Orientation;
        for tag in 1..=8 {
            // Turn the upright picture the other way, as the camera did.
            let undo = match Orientation::from_exif(tag).unwrap() {
                Orientation::Rotate90 => Orientation::Rotate270,
                Orientation::Rotate270 => Orientation::Rotate90,
                its_own_inverse => its_own_inverse,
            };
            let mut lying = DynamicImage::from(marked(96, 64));
            lying.apply_orientation(undo);
            let inputs = [
                jpeg_with_metadata(lying.clone(), tag),
                png_with(lying.clone(), &[png_chunk(b"eXIf", &exif(tag))]),
                riff(&[
                    extended_header(0b1_1000, lying.width(), lying.height()),
                    lossless_webp(&lying.to_rgba8())[12..].to_vec(),
                    riff_chunk(b"EXIF", &exif(tag)),
                ]),
            ];
            for input in inputs {
                assert!(has(&input, SECRET));
                let out = processed(&input);
                assert_eq!((out.original.width, out.original.height), (96, 64), "{} {tag}", out.original.mime);
                assert_upright(&shown(&out.original));
                assert_upright(&shown(&out.small));
                assert_no_metadata(&out);
            }
        }
    }

    #[test]
    fn each_format_keeps_its_type() {
        let image = DynamicImage::from(marked(50, 40));
        let cases = [
            (jpeg(image.clone()), "image/jpeg", "jpg"),
            (png(image.clone()), "image/png", "png"),
            (lossless_webp(&image.to_rgba8()), "image/webp", "webp"),
        ];
        for (input, mime, ext) in cases {
            let out = processed(&input);
            for file in [&out.original, &out.small] {
                assert_eq!((file.mime, file.ext, file.width, file.height), (mime, ext, 50, 40));
                assert_upright(&shown(file));
            }
            assert_eq!(out.blurhash.len(), 36);
            assert!(!out.animated);
        }
    }

    #[test]
    fn text_in_a_png_is_gone() {
        let text = [b"Comment\0", SECRET].concat();
        let international = [b"XML:com.adobe.xmp\0\0\0\0\0", SECRET].concat();
        let chunks = [
            png_chunk(b"tEXt", &text),
            png_chunk(b"iTXt", &international),
            png_chunk(b"tIME", &[7, 0xe8, 1, 1, 0, 0, 0]),
            png_chunk(b"prVt", SECRET),
        ];
        let input = [png_with(marked(20, 20), &chunks), SECRET.to_vec()].concat();
        assert_no_metadata(&processed(&input));
    }

    #[test]
    fn xmp_in_a_webp_is_gone() {
        let image = lossless_webp(&DynamicImage::from(marked(20, 20)).to_rgba8());
        let chunks = [extended_header(0b1_0100, 20, 20), image[12..].to_vec(), riff_chunk(b"XMP ", SECRET)];
        assert_no_metadata(&processed(&riff(&chunks)));
    }

    #[test]
    fn large_pictures_are_shrunk_to_mastodons_sizes() {
        let out = processed(&png(GrayImage::new(4000, 2250)));
        assert_eq!((out.original.width, out.original.height), (3840, 2160));
        assert_eq!((out.small.width, out.small.height), (640, 360));
        let out = processed(&png(GrayImage::new(100_000, 100)));
        assert_eq!((out.original.width, out.original.height), (91_073, 91));
    }

    #[test]
    fn sizes_never_exceed_the_limit_and_never_vanish() {
        assert_eq!(fit(4000, 3000, SMALL_MAX_PIXELS), (554, 415));
        assert_eq!(fit(640, 360, SMALL_MAX_PIXELS), (640, 360));
        assert_eq!(fit(1, 33_177_600, ORIGINAL_MAX_PIXELS), (1, 8_294_400));
        assert_eq!(fit(65_535, 1, 1024), (1024, 1));
        for (w, h) in [(1, 1), (3, 70_000), (65_535, 500), (5761, 5759)] {
            let (w, h) = fit(w, h, SMALL_MAX_PIXELS);
            assert!(w >= 1 && h >= 1 && u64::from(w) * u64::from(h) <= SMALL_MAX_PIXELS);
        }
    }

    #[test]
    fn pictures_of_one_pixel_or_one_line_work() {
        for (w, h) in [(1, 1), (1, 3000), (3000, 1)] {
            let image = DynamicImage::from(RgbImage::from_pixel(w, h, image::Rgb(RED)));
            let inputs = [jpeg(image.clone()), png(image.clone()), lossless_webp(&image.to_rgba8()), saved(image, ImageFormat::Gif)];
            for input in inputs {
                let out = processed(&input);
                assert_eq!((out.original.width, out.original.height), (w, h));
                assert!(is_near(shown(&out.original).get_pixel(0, 0), RED));
            }
        }
    }

    #[test]
    fn every_depth_and_colour_type_of_png_works() {
        let image = DynamicImage::from(marked(64, 48));
        let variants = [
            DynamicImage::from(image.to_luma8()),
            image.to_luma16().into(),
            image.to_luma_alpha8().into(),
            image.to_luma_alpha16().into(),
            image.to_rgb16().into(),
            image.to_rgba16().into(),
        ];
        for variant in variants {
            let colour = variant.color();
            let out = processed(&png(variant));
            let shown = shown(&out.original);
            assert_eq!(shown.color().channel_count(), colour.channel_count());
            if colour.has_color() {
                assert_upright(&shown);
            }
        }
    }

    #[test]
    fn grey_and_four_ink_jpegs_work() {
        let out = processed(&jpeg(DynamicImage::from(marked(30, 30)).to_luma8()));
        assert_eq!(shown(&out.original).color(), image::ColorType::L8);
        // Adobe stores inks inverted: 256 is none. Cyan, no magenta, no yellow, no black.
        let out = processed(&four_ink_jpeg(0, [0, 256, 256, 256]));
        assert!(is_near(shown(&out.original).get_pixel(4, 4), [0, 255, 255]), "{:?}", shown(&out.original).get_pixel(4, 4));
        let out = processed(&four_ink_jpeg(2, [0, 256, 256, 256]));
        assert_eq!((out.original.mime, out.original.width), ("image/jpeg", 8));
    }

    #[test]
    fn alpha_survives_and_does_not_bleed() {
        // Left: opaque red. Right: transparent, with a colour that must not show up at the edge.
        let image = RgbaImage::from_fn(1000, 500, |x, _| {
            let [r, g, b] = RED;
            if x < 500 { Rgba([r, g, b, 255]) } else { Rgba([0, 255, 0, 0]) }
        });
        for input in [png(image.clone()), lossless_webp(&image)] {
            let out = processed(&input);
            let small = shown(&out.small).into_rgba8();
            assert_eq!(small.get_pixel(small.width() - 2, 100).0[3], 0);
            for pixel in small.pixels().filter(|pixel| pixel.0[3] > 200) {
                assert!(pixel.0[1] < 60, "{} {pixel:?}", out.small.mime);
            }
        }
    }

    #[test]
    fn an_animation_keeps_frames_delays_palettes_and_loop_but_no_comments() {
        let input = animation();
        assert!(has(&input, SECRET));
        let out = processed(&input);
        assert_no_metadata(&out);
        assert!(out.animated);
        assert_eq!((out.original.mime, out.small.mime), ("image/gif", "image/png"));
        assert_eq!((out.small.width, out.small.height), (40, 30));
        assert_upright(&shown(&out.small));

        let frames = |bytes: &[u8]| {
            let decoder = gif::Decoder::new(Cursor::new(bytes.to_vec())).unwrap();
            let frames: Vec<_> = decoder.into_iter().map(|frame| frame.unwrap()).collect();
            let facts = |f: &gif::Frame| (f.delay, f.left, f.top, f.width, f.height, f.dispose, f.transparent, f.palette.clone(), f.buffer.to_vec());
            frames.iter().map(facts).collect::<Vec<_>>()
        };
        assert_eq!(frames(&out.original.bytes), frames(&input));
        let mut decoder = gif::Decoder::new(Cursor::new(&out.original.bytes)).unwrap();
        while decoder.next_frame_info().unwrap().is_some() {}
        assert_eq!(decoder.repeat(), gif::Repeat::Finite(3));
    }

    #[test]
    fn a_gif_without_its_last_byte_works_and_a_cut_frame_is_refused() {
        let input = saved(marked(40, 40), ImageFormat::Gif);
        assert_eq!(input.last(), Some(&b';'));
        assert_upright(&shown(&processed(&input[..input.len() - 1]).original));
        assert!(matches!(refused(&input[..input.len() - 8]), ImageError::Broken(_)));
    }

    #[test]
    fn a_large_still_gif_is_shrunk_and_a_large_animation_refused() {
        // A red dot on a canvas just above the limit.
        let dot = gif::Frame { palette: Some(RED.to_vec()), width: 40, height: 40, buffer: Cow::Owned(vec![0; 1600]), ..gif::Frame::default() };
        let mut encoder = gif::Encoder::new(Vec::new(), 4000, 2080, &[]).unwrap();
        encoder.write_frame(&dot).unwrap();
        let still = encoder.get_ref().clone();
        encoder.write_frame(&dot).unwrap();

        let out = processed(&still);
        let sizes = (out.original.width, out.original.height);
        assert_eq!((out.original.mime, sizes), ("image/gif", (3993, 2076)));
        let shown = shown(&out.original);
        assert!(is_near(shown.get_pixel(9, 9), RED));
        assert_eq!(shown.get_pixel(100, 100).0[3], 0);
        let too_large = ImageError::TooManyPixels { w: 4000, h: 2080 };
        assert_eq!(refused(encoder.get_ref()), too_large);
    }

    #[test]
    fn of_an_animated_webp_the_first_frame_is_kept() {
        let frame = |colour: [u8; 3]| {
            let image = RgbaImage::from_pixel(16, 16, Rgba([colour[0], colour[1], colour[2], 255]));
            let placement = [0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 100, 0, 0, 0];
            riff_chunk(b"ANMF", &[&placement[..], &lossless_webp(&image)[12..]].concat())
        };
        let loops = riff_chunk(b"ANIM", &[0; 6]);
        let out = processed(&riff(&[extended_header(0b1_0010, 16, 16), loops, frame(RED), frame(BLUE)]));
        assert_eq!(out.original.mime, "image/webp");
        assert!(is_near(shown(&out.original).get_pixel(8, 8), RED));
    }

    #[test]
    fn a_colour_profile_keeps_its_colours_and_loses_its_words() {
        let clean = clean_profile(&profile(), b"RGB ").unwrap();
        assert!(has(&clean, b"red-primary!") && has(&clean, b"rTRC") && !has(&clean, SECRET) && !has(&clean, b"priv"));
        assert_eq!(clean_profile(&clean, b"RGB ").unwrap(), clean);
        assert_eq!(clean_profile(&profile(), b"GRAY"), None);

        let image = DynamicImage::from(marked(33, 20));
        let mut with_profile = [Vec::new(), Vec::new()];
        let mut encoder = JpegEncoder::new(&mut with_profile[0]);
        encoder.set_icc_profile(profile()).unwrap();
        encoder.encode_image(&image).unwrap();
        let mut encoder = PngEncoder::new(&mut with_profile[1]);
        encoder.set_icc_profile(profile()).unwrap();
        encoder.write_image(image.as_bytes(), 33, 20, ExtendedColorType::Rgb8).unwrap();
        let transparent = RgbaImage::from_fn(33, 20, |x, _| Rgba([220, 20, 20, if x < 9 { 0 } else { 255 }]));
        let webps = [image.to_rgba8(), transparent].map(|image| {
            let chunks = [extended_header(0b11_0000, 33, 20), riff_chunk(b"ICCP", &profile()), lossless_webp(&image)[12..].to_vec()];
            riff(&chunks)
        });
        for input in with_profile.into_iter().chain(webps) {
            let out = processed(&input);
            assert_no_metadata(&out);
            for file in [&out.original, &out.small] {
                let mut reader = ImageReader::new(Cursor::new(&file.bytes)).with_guessed_format().unwrap().into_decoder().unwrap();
                assert_eq!(reader.icc_profile().unwrap(), Some(clean.clone()), "{}", file.mime);
                let shown = shown(file);
                assert!(is_near(shown.get_pixel(11, 5), RED), "{}", file.mime);
            }
        }
    }

    #[test]
    fn a_hostile_colour_profile_is_dropped() {
        let good = profile();
        for length in 0..good.len() {
            let _ = clean_profile(&good[..length], b"RGB ");
        }
        for (at, value) in [(128, [0xff; 4]), (136, [0xff; 4]), (140, [0xff; 4]), (140, [0x7f, 0xff, 0xff, 0xff])] {
            let mut bad = good.clone();
            bad[at..at + 4].copy_from_slice(&value);
            assert_eq!(clean_profile(&bad, b"RGB "), None);
        }
    }

    #[test]
    fn a_cover_is_cut_from_the_middle_and_enlarged_if_need_be() {
        let stripes = RgbImage::from_fn(300, 100, |x, _| image::Rgb(if (100..200).contains(&x) { RED } else { BLUE }));
        for (input, mime) in
            [(jpeg(stripes.clone()), "image/jpeg"), (png(stripes.clone()), "image/png"), (saved(stripes, ImageFormat::Gif), "image/png")]
        {
            let avatar = cover(&input, &Limits::default(), 400, 400).unwrap();
            assert_eq!((avatar.mime, avatar.width, avatar.height), (mime, 400, 400));
            let shown = shown(&avatar);
            for (x, y) in [(20, 20), (380, 380), (200, 200)] {
                assert!(is_near(shown.get_pixel(x, y), RED), "{mime} {:?}", shown.get_pixel(x, y));
            }
        }
        let lying = jpeg_with_metadata(DynamicImage::from(marked(64, 64)).rotate270(), 6);
        assert_upright(&shown(&cover(&lying, &Limits::default(), 400, 400).unwrap()));
    }

    #[test]
    fn the_type_is_the_contents() {
        for input in [&b""[..], b"\xff\xd8", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", b"BM\0\0\0\0", b"%PDF-1.7", b"II*\0", b"hello"] {
            assert_eq!(refused(input), ImageError::Unrecognised, "{input:?}");
        }
    }

    #[test]
    fn too_many_bytes_are_refused_unseen() {
        let limits = Limits { max_bytes: 100, ..Limits::default() };
        assert_eq!(process(&[0; 101], &limits).unwrap_err(), ImageError::TooManyBytes { max: 100 });
        assert_eq!(process(&[0; 100], &limits).unwrap_err(), ImageError::Unrecognised);
    }

    /// Bombs with what they must be refused for. All are small files.
    fn bombs() -> Vec<(Vec<u8>, ImageError)> {
        let too_large = |w, h| ImageError::TooManyPixels { w, h };
        let mut jpeg = jpeg(GrayImage::new(8, 8));
        let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
        let vp8 = riff_chunk(b"VP8 ", &[0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f, 0, 0]);
        let lossless = riff_chunk(b"VP8L", &[0x2f, 0xff, 0xff, 0xff, 0x0f, 0]);
        let hidden = riff_chunk(b"ANMF", &[&[0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 1, 0, 0, 0][..], &vp8].concat());
        let claims_4_gib = [b"EXIF".to_vec(), u32::MAX.to_le_bytes().to_vec()].concat();

        let mut many_frames = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
        (0..100_000).for_each(|_| many_frames.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"));
        many_frames.truncate(many_frames.len() - 3);
        let mut large_frames = b"GIF89a\x88\x13\x88\x13\x80\0\0\0\0\0\xff\xff\xff".to_vec();
        (0..300).for_each(|_| large_frames.extend(b",\0\0\0\0\x88\x13\x88\x13\0\x02\x02\x44\x01\0"));

        vec![
            (png_header(60_000, 60_000), too_large(60_000, 60_000)),
            (png_header(u32::MAX >> 1, 1), too_large(u32::MAX >> 1, 1)),
            (jpeg, too_large(60_000, 60_000)),
            (riff(&[vp8]), too_large(16_383, 16_383)),
            (riff(&[lossless]), too_large(16_384, 16_384)),
            (riff(&[extended_header(0, 1 << 24, 1 << 24)]), too_large(1 << 24, 1 << 24)),
            (riff(&[extended_header(2, 16, 16), riff_chunk(b"ANIM", &[0; 6]), hidden]), too_large(16_383, 16_383)),
            (riff(&[extended_header(8, 16, 16), claims_4_gib]), broken("a chunk reaches beyond its end")),
            (b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff;".to_vec(), too_large(65_535, 65_535)),
            (many_frames, ImageError::TooManyFrames),
            (large_frames, ImageError::TooManyFrames),
        ]
    }

    /// Runs in a process of its own, so that only bombs are measured.
    #[test]
    fn bombs_are_refused_before_memory_is_spent_on_them() {
        const CHILD: &str = "BOMBS_CHILD";
        const THIS: &str = "bombs_are_refused_before_memory_is_spent_on_them";
        const GROWTH_MAX_KIB: u64 = 8 * 1024;
        if std::env::var_os(CHILD).is_none() {
            let path = format!("{}::{THIS}", module_path!().split_once("::").unwrap().1);
            let child = std::process::Command::new(std::env::current_exe().unwrap())
                .args([&path, "--exact", "--nocapture", "--test-threads=1"])
                .env(CHILD, "1")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&child.stdout);
            assert!(child.status.success() && said.contains("bombs refused"), "{said}");
            return;
        }
        let status = |field: &str| -> u64 {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find(|line| line.starts_with(field)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        let bombs = bombs();
        let before = (status("VmHWM:"), status("VmPeak:"));
        for (input, reason) in &bombs {
            assert_eq!(probe(input, &Limits::default()).unwrap_err(), *reason);
            assert_eq!(refused(input), *reason);
        }
        let grown = (status("VmHWM:") - before.0, status("VmPeak:") - before.1);
        assert!(grown.0 < GROWTH_MAX_KIB && grown.1 < GROWTH_MAX_KIB, "grew by {grown:?} KiB");
        println!("{} bombs refused", bombs.len());
    }

    #[test]
    fn sixteen_bits_count_twice_against_the_memory_limit() {
        let input = png(DynamicImage::new_rgb16(100, 100));
        let limits = Limits { max_alloc: 40_000, ..Limits::default() };
        assert_eq!(process(&input, &limits).unwrap_err(), ImageError::TooManyPixels { w: 100, h: 100 });
    }

    #[test]
    fn cut_and_scrambled_files_never_panic() {
        let image = DynamicImage::from(detailed(48, 40));
        let samples = [
            jpeg_with_metadata(image.clone(), 6),
            png(image.clone()),
            lossless_webp(&image.to_rgba8()),
            processed(&lossless_webp(&image.to_rgba8())).original.bytes,
            animation(),
        ];
        // A caught panic would be no crash, but a decoder that panics on these is worth knowing of.
        let work = |input: &[u8]| match process(input, &Limits::default()) {
            Ok(out) => assert_no_metadata(&out),
            Err(error) => assert_ne!(error, panicked()),
        };
        let mut random = 1u64;
        let mut next = move |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % below
        };
        for sample in &samples {
            for _ in 0..60 {
                work(&sample[..next(sample.len())]);
                let mut scrambled = sample.clone();
                for _ in 0..1 + next(8) {
                    let at = next(scrambled.len());
                    scrambled[at] = next(256) as u8;
                }
                work(&scrambled);
            }
        }
        for magic in [&b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\xff\0\0\0WEBPVP8 ", b""] {
            for _ in 0..100 {
                let noise: Vec<u8> = (0..next(400)).map(|_| next(256) as u8).collect();
                work(&[magic, &noise].concat());
            }
        }
    }

    #[test]
    fn a_panic_in_a_decoder_is_a_damaged_picture() {
        let result = without_panic::<()>(|| std::panic::resume_unwind(Box::new("decoder")));
        assert_eq!(result, Err(panicked()));
    }

    #[test]
    fn the_blurhash_of_one_colour_is_that_colour() {
        let red = processed(&png(RgbImage::from_pixel(70, 50, image::Rgb([255, 0, 0])))).blurhash;
        let pixels = blurhash::decode(&red, 2, 2, 1.0).unwrap();
        assert!(pixels[0] > 245 && pixels[1] < 30 && pixels[2] < 30, "{pixels:?}");
        let clear = processed(&png(RgbaImage::new(70, 50))).blurhash;
        assert!(blurhash::decode(&clear, 2, 2, 1.0).unwrap().iter().all(|channel| *channel > 245));
    }

    #[test]
    fn a_focus_is_two_finite_numbers_within_one() {
        let cases = [
            ("0.5,-0.25", Some((0.5, -0.25))),
            (" 1 , 0 ", Some((1.0, 0.0))),
            ("2,-1e9", Some((1.0, -1.0))),
            ("", None),
            ("0.5", None),
            ("0.5,", None),
            ("a,b", None),
            ("0,0,0", None),
            ("NaN,0", None),
            ("0,inf", None),
            ("1e999,0", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_focus(text), expected, "{text:?}");
        }
    }
}
