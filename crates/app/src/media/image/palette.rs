//! PNGs whose pixels are one small number each: indices into a palette, or shades of grey of 1 to 8 bits. They are written
//! from the same numbers where that is smaller than writing their colours, which may need three times the bytes.

use std::borrow::Cow;
use std::io::Cursor;

use color_quant::NeuQuant;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage};

use super::encode::{QUANTISER_SPEED, encode_png};
use super::{ImageError, Picture, broken};

/// Colours of the largest palette.
const COLOURS_MAX: usize = 256;

/// `picture`, which was made of the PNG `input` and turned by `turn`, as a PNG. It keeps the palette or the few bits of grey,
/// with what is transparent, if that is no larger than `input` or smaller than its colours are. One that had to be shrunk
/// has colours between those of its palette: it gets a palette of its own if it would be larger than `input` without.
pub(super) fn encode_like(input: &[u8], turn: Orientation, picture: &Picture) -> Result<Vec<u8>, ImageError> {
    let Some(header) = Header::read(input) else { return encode_png(picture) };
    if header.size_turned(turn) != (picture.pixels.width(), picture.pixels.height()) {
        let colours = encode_png(picture)?;
        if !header.has_palette || colours.len() <= input.len() {
            return Ok(colours);
        }
        return Ok(smaller(colours, Numbers::quantised(picture).encode(picture)?));
    }
    let Some(mut numbers) = Numbers::read(input) else { return encode_png(picture) };
    numbers.pixels.apply_orientation(turn);
    let kept = numbers.encode(picture)?;
    if kept.len() <= input.len() { Ok(kept) } else { Ok(smaller(encode_png(picture)?, kept)) }
}

fn smaller(a: Vec<u8>, b: Vec<u8>) -> Vec<u8> {
    if a.len() < b.len() { a } else { b }
}

/// What the header of a PNG says whose pixels are one number of at most 8 bits each.
struct Header {
    has_palette: bool,
    size: (u32, u32),
}

impl Header {
    fn read(input: &[u8]) -> Option<Header> {
        let mut decoder = png::Decoder::new(Cursor::new(input));
        let info = decoder.read_header_info().ok()?;
        let has_palette = info.color_type == png::ColorType::Indexed;
        let is_one_number = has_palette || info.color_type == png::ColorType::Grayscale;
        (is_one_number && info.bit_depth != png::BitDepth::Sixteen).then_some(Header { has_palette, size: info.size() })
    }

    fn size_turned(&self, turn: Orientation) -> (u32, u32) {
        let (w, h) = self.size;
        match turn {
            Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => (h, w),
            _ => (w, h),
        }
    }
}

/// A picture of one number for each pixel.
struct Numbers {
    /// A byte for each, whatever `depth` is.
    pixels: DynamicImage,
    depth: png::BitDepth,
    /// Three bytes for each colour; `None` if the numbers are shades of grey.
    palette: Option<Vec<u8>>,
    /// As in the chunk `tRNS`: the alpha of each colour, or the one grey that is transparent, in two bytes.
    transparency: Option<Vec<u8>>,
}

impl Numbers {
    /// `None` if the file cannot be read this way, or has numbers that its palette lacks.
    fn read(input: &[u8]) -> Option<Numbers> {
        let mut decoder = png::Decoder::new(Cursor::new(input));
        decoder.set_transformations(png::Transformations::IDENTITY);
        decoder.set_ignore_text_chunk(true);
        let mut reader = decoder.read_info().ok()?;
        let mut rows = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut rows).ok()?;
        let info = reader.info();
        if (frame.width, frame.height) != info.size() {
            return None;
        }
        let pixels = unpack(&rows, frame.line_size, frame.width, frame.bit_depth);
        let transparency = info.trns.as_deref();
        let (palette, transparency) = match frame.color_type {
            png::ColorType::Indexed => {
                let palette = info.palette.as_deref()?;
                let colours = palette.len() / 3;
                if pixels.iter().any(|number| usize::from(*number) >= colours) {
                    return None;
                }
                (Some(palette.to_vec()), transparency.map(|alphas| alphas[..alphas.len().min(colours)].to_vec()))
            }
            // The decoder keeps the lower byte alone.
            _ => (None, transparency.and_then(<[u8]>::last).map(|grey| vec![0, *grey])),
        };
        let pixels = GrayImage::from_raw(frame.width, frame.height, pixels)?.into();
        Some(Numbers { pixels, depth: frame.bit_depth, palette, transparency })
    }

    /// `picture` in a palette chosen for it.
    fn quantised(picture: &Picture) -> Numbers {
        let pixels = picture.pixels.to_rgba8();
        let quantiser = NeuQuant::new(QUANTISER_SPEED, COLOURS_MAX, &pixels);
        let numbers = pixels.pixels().map(|pixel| quantiser.index_of(&pixel.0) as u8).collect();
        let alphas = quantiser.color_map_rgba().into_iter().skip(3).step_by(4).collect();
        Numbers {
            pixels: GrayImage::from_raw(pixels.width(), pixels.height(), numbers).unwrap_or_default().into(),
            depth: png::BitDepth::Eight,
            palette: Some(quantiser.color_map_rgb()),
            transparency: picture.pixels.color().has_alpha().then_some(alphas),
        }
    }

    /// With the profile of `picture`, and nothing else but pixels.
    fn encode(&self, picture: &Picture) -> Result<Vec<u8>, ImageError> {
        let (w, h) = (self.pixels.width(), self.pixels.height());
        let mut info = png::Info::with_size(w, h);
        info.color_type = if self.palette.is_some() { png::ColorType::Indexed } else { png::ColorType::Grayscale };
        info.bit_depth = self.depth;
        info.palette = self.palette.as_deref().map(Cow::Borrowed);
        info.trns = self.transparency.as_deref().map(Cow::Borrowed);
        info.icc_profile = picture.profile.as_deref().map(Cow::Borrowed);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::with_info(&mut bytes, info).map_err(broken)?;
        // Neighbouring indices say nothing about each other, as the specification notes (PNG, section 12.7); greys do.
        let is_grey_of_8_bits = self.palette.is_none() && self.depth == png::BitDepth::Eight;
        encoder.set_filter(if is_grey_of_8_bits { png::Filter::Adaptive } else { png::Filter::NoFilter });
        let mut writer = encoder.write_header().map_err(broken)?;
        writer.write_image_data(&pack(self.pixels.as_bytes(), w, self.depth)).map_err(broken)?;
        writer.finish().map_err(broken)?;
        Ok(bytes)
    }
}

/// One byte for each number; the first is in the highest bits.
fn unpack(rows: &[u8], row_bytes: usize, w: u32, depth: png::BitDepth) -> Vec<u8> {
    let bits = depth as u8;
    let per_byte = 8 / bits;
    let mask = u8::MAX >> (8 - bits);
    let numbers = |byte: &u8| {
        let byte = *byte;
        (1..=per_byte).map(move |place| byte >> (8 - place * bits) & mask)
    };
    rows.chunks_exact(row_bytes).flat_map(|row| row.iter().flat_map(numbers).take(w as usize)).collect()
}

/// As [`unpack`] reads them; what is left of a row's last byte is 0.
fn pack(numbers: &[u8], w: u32, depth: png::BitDepth) -> Cow<'_, [u8]> {
    let bits = depth as u8;
    if bits == 8 {
        return Cow::Borrowed(numbers);
    }
    let byte = |part: &[u8]| part.iter().zip((0..8).step_by(bits.into())).fold(0, |byte, (number, at)| byte | number << (8 - bits - at));
    numbers.chunks_exact(w as usize).flat_map(|row| row.chunks(usize::from(8 / bits)).map(byte)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
