//! Pictures of every kind, healthy and hostile.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder, RgbImage};

use super::*;

const RED: [u8; 3] = [220, 20, 20];
const BLUE: [u8; 3] = [20, 20, 200];
/// Stands in every kind of metadata of the test pictures; must be in no output.
pub(super) const SECRET: &[u8] = b"SECRET-METADATA";

// ---- what goes in ----

/// Blue with a red quarter at the top left, so that its orientation shows.
fn marked(w: u32, h: u32) -> RgbImage {
    RgbImage::from_fn(w, h, |x, y| image::Rgb(if x < w / 2 && y < h / 2 { RED } else { BLUE }))
}

/// Fine structure everywhere, as in a photograph.
pub(super) fn detailed(w: u32, h: u32) -> RgbImage {
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
pub(super) fn exif(orientation: u8) -> Vec<u8> {
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

pub(super) fn png_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
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
pub(super) fn profile() -> Vec<u8> {
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

pub(super) fn shown(encoded: &Encoded) -> DynamicImage {
    let image = image::load_from_memory(&encoded.bytes).unwrap();
    assert_eq!((image.width(), image.height()), (encoded.width, encoded.height));
    image
}

pub(super) fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

pub(super) fn assert_no_metadata(out: &Processed) {
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
    let chunks =
        [png_chunk(b"tEXt", &text), png_chunk(b"iTXt", &international), png_chunk(b"tIME", &[7, 0xe8, 1, 1, 0, 0, 0]), png_chunk(b"prVt", SECRET)];
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
    for (input, mime) in [(jpeg(stripes.clone()), "image/jpeg"), (png(stripes.clone()), "image/png"), (saved(stripes, ImageFormat::Gif), "image/png")]
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
