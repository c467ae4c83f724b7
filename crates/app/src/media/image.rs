//! Pictures: from untrusted bytes to the two files we serve (original and small) and a blurhash.
//! Pure, synchronous and CPU-bound: callers run it on a blocking thread, a few at a time.
//! Storing the results is `files`; rows and rules of attachments are not here.
//!
//! - The type is decided from the content; JPEG, PNG, GIF and WebP are taken, all else is refused.
//! - Dimensions, frames and chunk sizes are read from the headers and judged before any pixel is
//!   decoded, so that a bomb costs no memory.
//! - Everything is encoded anew from pixels: EXIF, XMP, IPTC, comments, text chunks and whatever
//!   follows the picture are gone. Kept on purpose: EXIF's orientation (turned into pixels) and, for
//!   JPEG, PNG and WebP, the colour-rendering part of an ICC profile (see `clean_profile`).
//! - A PNG with a palette stays one where that is smaller (see `palette`); samples of 16 bits become 8.
//! - No file that we make is larger than `Limits::max_stored_bytes`.
//! - A GIF keeps all of its frames, delays, palettes and its loop. Of an animated WebP or PNG the
//!   first frame is kept.

mod bands;
mod encode;
mod palette;

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fast_image_resize::CropBox;
use image::{ColorType, DynamicImage, GenericImageView, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Rgba, RgbaImage};

use bands::Bands;

/// Pixels of a stored original (3840 × 2160); larger pictures are shrunk, as Mastodon does.
pub const ORIGINAL_MAX_PIXELS: u64 = 8_294_400;
/// Pixels of the small variant (640 × 360).
pub const SMALL_MAX_PIXELS: u64 = 230_400;

const ORIGINAL_QUALITY: u8 = 90;
const SMALL_QUALITY: u8 = 80;
/// libwebp cannot write longer sides.
const WEBP_MAX_SIDE: u32 = 16_383;
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
    /// Bytes of each file that is made of it. What would be larger is shrunk until it fits; an animation is refused.
    pub max_stored_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_bytes: 16 * 1024 * 1024,
            max_pixels: 33_177_600,
            max_frames: 2_000,
            max_total_frame_pixels: 200_000_000,
            max_alloc: 33_177_600 * 8,
            max_stored_bytes: 16 * 1024 * 1024,
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
    /// In the format it came in, upright, at most `ORIGINAL_MAX_PIXELS`, fewer if it has too many bytes.
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
        let whole = decode_still(input, format, limits)?;
        let turn = whole.orientation;
        let original = whole.shrink(ORIGINAL_MAX_PIXELS, format)?.upright();
        let small = original.shrunk(SMALL_MAX_PIXELS, format)?;
        Ok(Processed {
            blurhash: blurhash(&small)?,
            original: encode::like(input, turn, &original, format, ORIGINAL_QUALITY, limits)?,
            small: encode::like(input, turn, &small, format, SMALL_QUALITY, limits)?,
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

/// A small still form of a picture: upright, at most `SMALL_MAX_PIXELS`; of a GIF the first frame, as PNG. Format and
/// errors as in `process`.
pub fn preview(input: &[u8], limits: &Limits) -> Result<Encoded, ImageError> {
    without_panic(|| {
        let (small, format) = small_still(input, limits)?;
        encode::within(&small, format, SMALL_QUALITY, limits)
    })
}

/// As [`preview`], with its blurhash: what is shown before a file that has a picture of its own to announce it.
pub fn thumbnail(input: &[u8], limits: &Limits) -> Result<(Encoded, String), ImageError> {
    without_panic(|| {
        let (small, format) = small_still(input, limits)?;
        Ok((encode::within(&small, format, SMALL_QUALITY, limits)?, blurhash(&small)?))
    })
}

fn small_still(input: &[u8], limits: &Limits) -> Result<(Picture, ImageFormat), ImageError> {
    let (picture, format) = match recognise(input, limits)? {
        ImageFormat::Gif => (read_gif(input, limits, &mut |_, _| Ok(()))?.first, ImageFormat::Png),
        format => (decode_still(input, format, limits)?, format),
    };
    Ok((picture.shrink(SMALL_MAX_PIXELS, format)?.upright(), format))
}

/// Shrinks or enlarges the middle of a picture so that it covers `width` × `height` exactly: avatars
/// are 400 × 400, headers 1500 × 500. Format and errors as in `process`; of a GIF the first frame, as PNG.
pub fn cover(input: &[u8], limits: &Limits, width: u32, height: u32) -> Result<Encoded, ImageError> {
    without_panic(|| {
        let (picture, format) = match recognise(input, limits)? {
            ImageFormat::Gif => (read_gif(input, limits, &mut |_, _| Ok(()))?.first, ImageFormat::Png),
            format => (decode_still(input, format, limits)?.upright(), format),
        };
        let (w, h) = picture.pixels.dimensions();
        let middle = CropBox::fit_src_into_dst_size(w, h, width, height, None);
        encode::within(&picture.resized(width, height, middle)?, format, ORIGINAL_QUALITY, limits)
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
        let (w, h) = self.size_within(max_pixels, format);
        if (w, h) == self.pixels.dimensions() {
            return Ok(self.with(self.pixels.clone()));
        }
        self.resized(w, h, self.whole())
    }

    /// As [`Picture::shrunk`], in the memory that the picture has already.
    fn shrink(self, max_pixels: u64, format: ImageFormat) -> Result<Picture, ImageError> {
        let (w, h) = self.size_within(max_pixels, format);
        if (w, h) == self.pixels.dimensions() {
            return Ok(self);
        }
        let mut bands = Bands::new(&self.pixels, w, h, self.whole())?;
        let colour = self.pixels.color();
        let mut pixels = self.pixels.into_bytes();
        // Bands wait here until what they are written over is needed no more.
        let (mut done, mut waiting) = (0, Vec::new());
        for band in 0..bands.count() {
            let at = waiting.len();
            waiting.resize(at + bands.bytes(band), 0);
            bands.make(&pixels, band, &mut waiting[at..])?;
            if done + waiting.len() <= bands.needed_from(band + 1) {
                pixels[done..done + waiting.len()].copy_from_slice(&waiting);
                done += waiting.len();
                waiting.clear();
            }
        }
        pixels.truncate(done);
        pixels.append(&mut waiting);
        Ok(Picture { pixels: image_of(w, h, colour, pixels)?, profile: self.profile, orientation: self.orientation })
    }

    /// `part` of it, shrunk or enlarged.
    fn resized(&self, w: u32, h: u32, part: CropBox) -> Result<Picture, ImageError> {
        let mut bands = Bands::new(&self.pixels, w, h, part)?;
        let mut pixels = vec![0; (0..bands.count()).map(|band| bands.bytes(band)).sum()];
        let mut rest = pixels.as_mut_slice();
        for band in 0..bands.count() {
            let (to, below) = rest.split_at_mut(bands.bytes(band));
            bands.make(self.pixels.as_bytes(), band, to)?;
            rest = below;
        }
        Ok(self.with(image_of(w, h, self.pixels.color(), pixels)?))
    }

    fn size_within(&self, max_pixels: u64, format: ImageFormat) -> (u32, u32) {
        let (w, h) = fit(self.pixels.width(), self.pixels.height(), max_pixels);
        if format == ImageFormat::WebP { (w.min(WEBP_MAX_SIDE), h.min(WEBP_MAX_SIDE)) } else { (w, h) }
    }

    fn whole(&self) -> CropBox {
        CropBox { left: 0.0, top: 0.0, width: f64::from(self.pixels.width()), height: f64::from(self.pixels.height()) }
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

fn image_of(w: u32, h: u32, colour: ColorType, pixels: Vec<u8>) -> Result<DynamicImage, ImageError> {
    let image = match colour {
        ColorType::L8 => ImageBuffer::from_raw(w, h, pixels).map(DynamicImage::ImageLuma8),
        ColorType::La8 => ImageBuffer::from_raw(w, h, pixels).map(DynamicImage::ImageLumaA8),
        ColorType::Rgb8 => ImageBuffer::from_raw(w, h, pixels).map(DynamicImage::ImageRgb8),
        _ => ImageBuffer::from_raw(w, h, pixels).map(DynamicImage::ImageRgba8),
    };
    image.ok_or_else(|| broken("its pixels are of no known kind"))
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
    let is_copy = (width, height) == gif.first.pixels.dimensions() && copied.len() <= limits.max_stored_bytes;
    let file = match gif.frames {
        _ if is_copy => Encoded { bytes: copied, mime: "image/gif", ext: "gif", width, height },
        1 => encode::within(&original, ImageFormat::Gif, ORIGINAL_QUALITY, limits)?,
        _ => return Err(ImageError::TooManyBytes { max: limits.max_stored_bytes }),
    };
    Ok(Processed {
        blurhash: blurhash(&small)?,
        original: file,
        small: encode::within(&small, ImageFormat::Png, SMALL_QUALITY, limits)?,
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
