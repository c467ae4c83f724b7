//! A picture such as a telephone takes: twelve megapixels of soft shapes with noise on top, in 2.9 MB.

use anyhow::Result;
use image::{Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

pub const WIDTH: u32 = 4000;
pub const HEIGHT: u32 = 3000;
const QUALITY: u8 = 88;
/// How far a pixel may be off, as a sensor's noise is.
const NOISE: u32 = 26;

/// The bytes of a JPEG; those of another `seed` differ.
pub fn jpeg(seed: u32) -> Result<Vec<u8>> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let (across, down) = (x as f32 / WIDTH as f32, y as f32 / HEIGHT as f32);
        let shape = ((across * 13.0).sin() * (down * 9.0).cos() + 1.0) * 100.0;
        let noisy = |value: f32, byte: u32| (value + ((state >> byte) % NOISE) as f32) as u8;
        Rgb([noisy(across * 200.0, 0), noisy(down * 200.0, 8), noisy(shape, 16)])
    });
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    // Colour at half the resolution of brightness.
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.encode(&picture, WIDTH as u16, HEIGHT as u16, ColorType::Rgb)?;
    Ok(bytes)
}
