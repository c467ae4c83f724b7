//! Measures from headers, of real pictures and of files written here.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use proptest::prelude::*;

use super::super::kind;
use super::*;

fn measured(bytes: &[u8]) -> Measures {
    measure(kind::sniff(bytes).unwrap(), &mut Cursor::new(bytes))
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(30, 20).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A box of an MP4 file.
fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len() + 8).unwrap();
    [&len.to_be_bytes()[..], name, body].concat()
}

fn movie(turned: bool) -> Vec<u8> {
    let mut mvhd = vec![0; 100];
    mvhd[12..16].copy_from_slice(&1000_u32.to_be_bytes());
    mvhd[16..20].copy_from_slice(&65_500_u32.to_be_bytes());
    let mut tkhd = vec![0; 84];
    let matrix: [u32; 2] = if turned { [0, 0x1_0000] } else { [0x1_0000, 0] };
    tkhd[40..44].copy_from_slice(&matrix[0].to_be_bytes());
    tkhd[44..48].copy_from_slice(&matrix[1].to_be_bytes());
    tkhd[76..80].copy_from_slice(&(640_u32 << 16).to_be_bytes());
    tkhd[80..84].copy_from_slice(&(360_u32 << 16).to_be_bytes());
    let sound = boxed(b"trak", &boxed(b"tkhd", &[0; 84]));
    let moov = boxed(b"moov", &[boxed(b"mvhd", &mvhd), sound, boxed(b"trak", &boxed(b"tkhd", &tkhd))].concat());
    [boxed(b"ftyp", b"isom\0\0\x02\0"), boxed(b"mdat", &[0; 10_000]), moov].concat()
}

#[test]
fn sizes_of_pictures_are_read_from_their_headers() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        assert_eq!(measured(&picture(format)), Measures::of_size(30, 20), "{format:?}");
    }
    let ispe = |width: u32, height: u32| boxed(b"ispe", &[&[0; 4][..], &width.to_be_bytes(), &height.to_be_bytes()].concat());
    let avif = |irot: &[u8]| [boxed(b"ftyp", b"avif\0\0\0\0"), ispe(8, 8), ispe(30, 20), irot.to_vec()].concat();
    assert_eq!(measured(&avif(b"")), Measures::of_size(30, 20));
    assert_eq!(measured(&avif(&boxed(b"irot", &[1]))), Measures::of_size(20, 30));
    let vp8 = |name: &[u8], body: &[u8]| [b"RIFF\0\0\0\0WEBP", name, b"\0\0\0\0", body].concat();
    assert_eq!(measured(&vp8(b"VP8X", &[0, 0, 0, 0, 29, 0, 0, 19, 0, 0])), Measures::of_size(30, 20));
    assert_eq!(measured(&vp8(b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 30, 0, 20, 0])), Measures::of_size(30, 20));
}

#[test]
fn a_photograph_is_as_wide_as_it_is_shown() {
    let exif = |orientation: u8| [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]].concat();
    let photo = |orientation: u8| {
        let (jpeg, exif) = (picture(ImageFormat::Jpeg), exif(orientation));
        let len = u16::try_from(exif.len() + 2).unwrap();
        // Behind more than the first bytes.
        let comment = [&[0xff, 0xfe, 0xff, 0xff][..], &[b'x'; 65_533]].concat();
        [&jpeg[..2], &comment, &[0xff, 0xe1], &len.to_be_bytes(), &exif, &jpeg[2..]].concat()
    };
    assert_eq!(measured(&photo(1)), Measures::of_size(30, 20));
    for turned in 5..=8 {
        assert_eq!(measured(&photo(turned)), Measures::of_size(20, 30), "{turned}");
    }
}

#[test]
fn films_and_sounds_say_how_long_they_are() {
    assert_eq!(measured(&movie(false)), Measures { duration: Some(65.5), ..Measures::of_size(640, 360) });
    assert_eq!(measured(&movie(true)), Measures { duration: Some(65.5), ..Measures::of_size(360, 640) });
    let wav = [
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".as_slice(),
        &44_100_u32.to_le_bytes(),
        &176_400_u32.to_le_bytes(),
        &[4, 0, 16, 0],
        b"data",
        &(176_400_u32 * 3).to_le_bytes(),
    ]
    .concat();
    assert_eq!(measured(&wav).duration, Some(3.0));
    let mut flac = [b"fLaC\0\0\0\x22".as_slice(), &[0; 34]].concat();
    flac[18..21].copy_from_slice(&[0x0a, 0xc4, 0x40]);
    flac[21..26].copy_from_slice(&88_200_u64.to_be_bytes()[3..]);
    assert_eq!(measured(&flac).duration, Some(2.0));
}

#[test]
fn what_is_damaged_or_not_to_be_believed_says_nothing() {
    let mut huge = picture(ImageFormat::Png);
    huge[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut flat = picture(ImageFormat::Gif);
    flat[6..8].copy_from_slice(&[0, 0]);
    let unknown = [boxed(b"ftyp", b"isom\0\0\x02\0"), boxed(b"moov", &boxed(b"mvhd", &[0xff; 100]))].concat();
    for bytes in
        [huge, flat, picture(ImageFormat::Png)[..18].to_vec(), picture(ImageFormat::Jpeg)[..24].to_vec(), unknown, movie(false)[..9_000].to_vec()]
    {
        assert_eq!(measured(&bytes), Measures::default());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_go_on_for_ever(
        start in prop::sample::select(vec![picture(ImageFormat::Jpeg), picture(ImageFormat::WebP), movie(false), b"fLaC".to_vec(), b"RIFF\0\0\0\0WAVE".to_vec()]),
        keep in 0_usize..200,
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes = [&start[..keep.clamp(16.min(start.len()), start.len())], &rest].concat();
        if let Some(kind) = kind::sniff(&bytes) {
            measure(kind, &mut Cursor::new(&bytes));
        }
    }
}
