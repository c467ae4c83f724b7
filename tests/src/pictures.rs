//! Pictures to upload, and a look at what came back.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// A PNG of `width` × `height` pixels whose colours depend on `seed`, so that no two are the same bytes.
pub fn png(seed: u64, width: u32, height: u32) -> Vec<u8> {
    let [r, g, b, ..] = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([r.wrapping_add((x * 3) as u8), g.wrapping_add((y * 5) as u8), b.wrapping_add(((x * y) % 7) as u8)])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("a PNG in memory");
    bytes.into_inner()
}

/// A PNG that cannot be compressed: three bytes a pixel.
pub fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut state = 1_u64;
    let picture = RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [r, g, b, ..] = state.to_be_bytes();
        Rgb([r, g, b])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("a PNG in memory");
    bytes.into_inner()
}

/// Width and height of a picture that is there to its last byte.
///
/// Panics when it does not decode: a file cut short is a file lost.
pub fn size_of(bytes: &[u8]) -> (u32, u32) {
    let picture = image::load_from_memory(bytes).unwrap_or_else(|error| panic!("{} bytes that are not a whole picture: {error}", bytes.len()));
    (picture.width(), picture.height())
}
