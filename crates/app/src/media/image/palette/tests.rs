//! PNGs of every kind: what they stay, and what they lose.

use image::{ImageFormat, RgbaImage};
use png::{BitDepth, ColorType};

use super::super::tests::{SECRET, assert_no_metadata, exif, has, png_chunk, profile, shown};
use super::super::{Encoded, Limits, ORIGINAL_MAX_PIXELS, Processed, process};
use super::*;

/// How much larger than the input a file of the same pixels may be.
const SLACK_BYTES: usize = 128;
const DEPTHS: [BitDepth; 4] = [BitDepth::One, BitDepth::Two, BitDepth::Four, BitDepth::Eight];
const HEADER_END: usize = 8 + 25;

fn noise(length: usize) -> Vec<u8> {
    let mut random = 1u64;
    let mut next = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Colours that have nothing to do with their neighbours.
fn colours(count: usize) -> Vec<u8> {
    noise(count * 3)
}

/// A PNG of these samples, packed as the format wants them.
fn made((w, h): (u32, u32), colour: ColorType, depth: BitDepth, palette: Option<&[u8]>, transparency: Option<&[u8]>, rows: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, w, h);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    palette.into_iter().for_each(|palette| encoder.set_palette(palette));
    transparency.into_iter().for_each(|alphas| encoder.set_trns(alphas));
    encoder.set_filter(if palette.is_some() { png::Filter::NoFilter } else { png::Filter::Adaptive });
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(rows).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Noise in as many colours as `depth` has.
fn indexed(size: (u32, u32), depth: BitDepth, transparency: Option<&[u8]>) -> Vec<u8> {
    let row = (size.0 as usize * depth as usize).div_ceil(8);
    made(size, ColorType::Indexed, depth, Some(&colours(1 << depth as usize)), transparency, &noise(row * size.1 as usize))
}

/// Adds chunks behind the header.
fn with(file: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&file[..HEADER_END], &chunks.concat(), &file[HEADER_END..]].concat()
}

fn kind(file: &[u8]) -> (ColorType, BitDepth) {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    let info = decoder.read_header_info().unwrap();
    (info.color_type, info.bit_depth)
}

fn seen(file: &[u8]) -> RgbaImage {
    image::load_from_memory(file).unwrap().into_rgba8()
}

fn processed(input: &[u8]) -> Processed {
    process(input, &Limits::default()).unwrap()
}

/// Same kind, same pixels, and about the same size.
fn assert_kept(input: &[u8]) -> Encoded {
    let out = processed(input).original;
    assert_eq!(kind(&out.bytes), kind(input));
    assert!(seen(&out.bytes) == seen(input), "{:?} shows other pixels", kind(input));
    assert!(out.bytes.len() <= input.len() + SLACK_BYTES, "{:?}: {} bytes became {}", kind(input), input.len(), out.bytes.len());
    out
}

#[test]
fn a_palette_stays_with_its_depth_and_transparency() {
    for depth in DEPTHS {
        for size in [(1, 1), (7, 5), (131, 70), (800, 600)] {
            for transparency in [None, Some(&[0][..]), Some(&[255, 40])] {
                let out = assert_kept(&indexed(size, depth, transparency));
                assert_eq!(has(&out.bytes, b"tRNS"), transparency.is_some());
            }
        }
    }
}

#[test]
fn few_greys_stay_few_and_16_bits_become_8() {
    for depth in DEPTHS {
        let row = (301 * depth as usize).div_ceil(8);
        for transparency in [None, Some(&[0, 1][..])] {
            assert_kept(&made((301, 200), ColorType::Grayscale, depth, None, transparency, &noise(row * 200)));
        }
    }
    for (colour, channels) in [(ColorType::Grayscale, 1), (ColorType::GrayscaleAlpha, 2), (ColorType::Rgb, 3), (ColorType::Rgba, 4)] {
        let input = made((90, 70), colour, BitDepth::Sixteen, None, None, &noise(90 * 70 * channels * 2));
        let out = processed(&input).original;
        assert_eq!(kind(&out.bytes), (colour, BitDepth::Eight));
        assert!(out.bytes.len() < input.len());
        assert_kept(&made((90, 70), colour, BitDepth::Eight, None, None, &noise(90 * 70 * channels)));
    }
}

#[test]
fn interlaced_pixels_are_put_in_order() {
    const PASS_ROWS: usize = 1 + 1 + 1 + 2 + 2 + 4 + 4;
    let rows: Vec<u8> = noise(PASS_ROWS).into_iter().flat_map(|byte| [0, byte]).collect();
    let (a, b) = rows.iter().fold((1u32, 0u32), |(a, b), byte| ((a + u32::from(*byte)) % 65_521, (a + u32::from(*byte) + b) % 65_521));
    let length = rows.len() as u16;
    let zlib = [&[0x78, 1, 1], &length.to_le_bytes()[..], &(!length).to_le_bytes(), &rows, &(b << 16 | a).to_be_bytes()].concat();
    let chunks = [
        png_chunk(b"IHDR", &[0, 0, 0, 8, 0, 0, 0, 8, 1, 3, 0, 0, 1]),
        png_chunk(b"PLTE", &colours(2)),
        png_chunk(b"tRNS", &[9]),
        png_chunk(b"IDAT", &zlib),
        png_chunk(b"IEND", &[]),
    ];
    assert_kept(&[&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat());
}

#[test]
fn metadata_of_a_palette_picture_is_gone_and_its_profile_cleaned() {
    let plain = indexed((60, 40), BitDepth::Four, Some(&[1, 2, 3]));
    let text = [b"Comment\0", SECRET].concat();
    let chunks = [png_chunk(b"tEXt", &text), png_chunk(b"eXIf", &exif(1)), png_chunk(b"tIME", &[7, 0xe8, 1, 1, 0, 0, 0]), png_chunk(b"prVt", SECRET)];
    let input = [with(&plain, &chunks), SECRET.to_vec()].concat();
    let out = processed(&input);
    assert_no_metadata(&out);
    assert_eq!(kind(&out.original.bytes), kind(&plain));
    assert!(seen(&out.original.bytes) == seen(&plain));

    let mut info = png::Info::with_size(9, 9);
    (info.color_type, info.palette, info.icc_profile) = (ColorType::Indexed, Some(colours(256).into()), Some(profile().into()));
    let mut input = Vec::new();
    let mut writer = png::Encoder::with_info(&mut input, info).unwrap().write_header().unwrap();
    writer.write_image_data(&noise(81)).unwrap();
    writer.finish().unwrap();
    let out = assert_kept(&input);
    let kept = png::Decoder::new(Cursor::new(&out.bytes)).read_info().unwrap().info().icc_profile.as_deref().map(<[u8]>::to_vec).unwrap();
    assert!(has(&kept, b"red-primary!") && !has(&kept, SECRET));
}

#[test]
fn a_palette_picture_is_turned_upright() {
    for tag in 1..=8 {
        let plain = indexed((37, 20), BitDepth::Two, Some(&[0, 128]));
        let out = processed(&with(&plain, &[png_chunk(b"eXIf", &exif(tag))])).original;
        let mut upright = image::load_from_memory(&plain).unwrap();
        upright.apply_orientation(Orientation::from_exif(tag).unwrap());
        assert_eq!(kind(&out.bytes), kind(&plain));
        assert!(shown(&out).into_rgba8() == upright.into_rgba8(), "orientation {tag}");
    }
}

#[test]
fn a_number_without_colour_is_no_reason_to_keep_the_palette() {
    let input = made((2, 2), ColorType::Indexed, BitDepth::Eight, Some(&colours(2)), None, &[0, 1, 200, 255]);
    if let Ok(out) = process(&input, &Limits::default()) {
        assert_eq!(kind(&out.original.bytes).0, ColorType::Rgb);
    }
}

#[test]
fn a_shrunk_palette_picture_is_no_larger_than_it_was() {
    let input = indexed((3600, 2500), BitDepth::Eight, Some(&[0, 10, 100]));
    let out = processed(&input).original;
    assert!(u64::from(out.width) * u64::from(out.height) <= ORIGINAL_MAX_PIXELS);
    assert_eq!(kind(&out.bytes).0, ColorType::Indexed);
    assert!(has(&out.bytes, b"tRNS"));
    assert!(out.bytes.len() <= input.len(), "{} bytes became {}", input.len(), out.bytes.len());
    // Smooth areas need no palette to be small.
    let flat = made((3600, 2500), ColorType::Indexed, BitDepth::Eight, Some(&colours(4)), None, &[3; 3600 * 2500]);
    assert!(processed(&flat).original.bytes.len() <= 64 * 1024);
}

#[test]
fn what_would_be_too_large_is_shrunk_until_it_fits() {
    const MAX: usize = 44 * 1024;
    let limits = Limits { max_stored_bytes: MAX, ..Limits::default() };
    let image = RgbaImage::from_raw(240, 180, noise(240 * 180 * 4)).unwrap();
    let saved = |format| {
        let mut bytes = Cursor::new(Vec::new());
        let image = image::DynamicImage::from(image.clone());
        let image = if format == ImageFormat::Jpeg { image.into_rgb8().into() } else { image };
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let inputs = [
        saved(ImageFormat::Png),
        saved(ImageFormat::Jpeg),
        saved(ImageFormat::WebP),
        saved(ImageFormat::Gif),
        indexed((300, 200), BitDepth::Eight, Some(&[7])),
        indexed((800, 500), BitDepth::One, None),
    ];
    for input in &inputs {
        let (free, out) = (processed(input), process(input, &limits).unwrap());
        assert_eq!((out.original.mime, out.small.mime), (free.original.mime, free.small.mime));
        for (fitted, free) in [(&out.original, &free.original), (&out.small, &free.small)] {
            assert!(fitted.bytes.len() <= MAX);
            assert_eq!((fitted.width, fitted.height) == (free.width, free.height), free.bytes.len() <= MAX, "{}", free.mime);
            let shape = f64::from(shown(fitted).width()) / f64::from(fitted.height) * f64::from(free.height) / f64::from(free.width);
            assert!((0.97..1.03).contains(&shape), "{} × {}", fitted.width, fitted.height);
        }
        assert!(super::super::cover(input, &limits, 400, 400).unwrap().bytes.len() <= MAX);
        assert!(super::super::preview(input, &limits).unwrap().bytes.len() <= MAX);
    }
}

#[test]
fn an_animation_or_a_profile_that_cannot_fit_is_refused() {
    let mut animation = gif::Encoder::new(Vec::new(), 300, 300, &colours(256)).unwrap();
    for _ in 0..2 {
        animation.write_frame(&gif::Frame::from_indexed_pixels(300, 300, noise(90_000), None)).unwrap();
    }
    let animation = animation.into_inner().unwrap();
    assert!(processed(&animation).animated);
    for (input, max) in [(animation, 64 * 1024), (indexed((60, 40), BitDepth::Eight, None), 500)] {
        let refused = process(&input, &Limits { max_stored_bytes: max, ..Limits::default() }).unwrap_err();
        assert_eq!(refused, ImageError::TooManyBytes { max });
    }
}
