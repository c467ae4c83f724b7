//! Resizing a picture in bands, so that little memory is needed besides the two pictures, or the one.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{CropBox, IntoImageView, PixelType, ResizeOptions, Resizer};
use image::{DynamicImage, GenericImageView};

use super::{ImageError, broken};

/// Rows that are resized at a time: a band needs little memory between its two passes. Each has its coefficients made anew.
const BAND_ROWS: u32 = 256;
/// Half of what Lanczos looks at around a pixel of the smaller of the two pictures, and one more for rounding.
const KERNEL_REACH: f64 = 4.0;

/// A picture being resized, band by band from its top: convolved with Lanczos3, alpha premultiplied on the way.
pub(super) struct Bands {
    resizer: Resizer,
    pixel: PixelType,
    pixel_bytes: usize,
    from: (u32, u32),
    part: CropBox,
    to: (u32, u32),
}

impl Bands {
    pub(super) fn new(from: &DynamicImage, w: u32, h: u32, part: CropBox) -> Result<Bands, ImageError> {
        let pixel = from.pixel_type().ok_or_else(|| broken("its pixels are of no known kind"))?;
        let pixel_bytes = usize::from(from.color().bytes_per_pixel());
        Ok(Bands { resizer: Resizer::new(), pixel, pixel_bytes, from: from.dimensions(), part, to: (w, h) })
    }

    pub(super) fn count(&self) -> u32 {
        self.to.1.div_ceil(BAND_ROWS)
    }

    fn rows(&self, band: u32) -> u32 {
        BAND_ROWS.min(self.to.1 - band * BAND_ROWS)
    }

    pub(super) fn bytes(&self, band: u32) -> usize {
        self.to.0 as usize * self.rows(band) as usize * self.pixel_bytes
    }

    /// Rows of the source for each of the result.
    fn step(&self) -> f64 {
        self.part.height / f64::from(self.to.1)
    }

    fn top(&self, band: u32) -> f64 {
        self.part.top + f64::from(band * BAND_ROWS) * self.step()
    }

    fn reach(&self) -> f64 {
        KERNEL_REACH * self.step().max(1.0)
    }

    fn first_row(&self, band: u32) -> u32 {
        (self.top(band) - self.reach()).max(0.0) as u32
    }

    /// Where in the source's bytes begins what this band and those below it are made of.
    pub(super) fn needed_from(&self, band: u32) -> usize {
        self.first_row(band) as usize * self.from.0 as usize * self.pixel_bytes
    }

    pub(super) fn make(&mut self, from: &[u8], band: u32, to: &mut [u8]) -> Result<(), ImageError> {
        let (width, from_height) = self.from;
        let (top, first) = (self.top(band), self.first_row(band));
        let height = (f64::from(self.rows(band)) * self.step()).min(f64::from(from_height) - top);
        let end = ((top + height + self.reach()).ceil() as u32).min(from_height);
        let from = &from[self.needed_from(band)..end as usize * width as usize * self.pixel_bytes];
        let from = ImageRef::new(width, end - first, from, self.pixel).map_err(broken)?;
        let mut to = Image::from_slice_u8(self.to.0, self.rows(band), to, self.pixel).map_err(broken)?;
        let options = ResizeOptions::new().crop(self.part.left, top - f64::from(first), self.part.width, height);
        self.resizer.resize(&from, &mut to, &options).map_err(broken)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::super::Picture;
    use super::super::tests::detailed;
    use super::*;

    /// `picture` resized in one go, without bands.
    fn resized_whole(picture: &Picture, w: u32, h: u32, part: CropBox) -> DynamicImage {
        let mut to = DynamicImage::new(w, h, picture.pixels.color());
        let options = ResizeOptions::new().crop(part.left, part.top, part.width, part.height);
        Resizer::new().resize(&picture.pixels, &mut to, &options).unwrap();
        to
    }

    fn translucent() -> RgbaImage {
        RgbaImage::from_fn(301, 517, |x, y| Rgba([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8, (x + y) as u8]))
    }

    fn picture(pixels: DynamicImage) -> Picture {
        Picture { pixels, profile: None, orientation: image::metadata::Orientation::NoTransforms }
    }

    #[test]
    fn bands_have_no_seams() {
        let sources: [DynamicImage; 4] =
            [detailed(640, 401).into(), translucent().into(), DynamicImage::from(detailed(90, 700)).to_luma8().into(), detailed(1, 900).into()];
        for pixels in sources {
            let (w, h) = pixels.dimensions();
            let picture = picture(pixels);
            for (to_w, to_h) in [(w, h * 9 / 10), (w * 4 / 5 + 1, h * 4 / 5), (30, 200), (w * 2, h + 63), (w, 64), (7, 65), (1, 1)] {
                let parts = [
                    CropBox { left: 0.0, top: 0.0, width: f64::from(w), height: f64::from(h) },
                    CropBox::fit_src_into_dst_size(w, h, to_w, to_h, None),
                ];
                for part in parts {
                    let banded = picture.resized(to_w, to_h, part).unwrap().pixels;
                    let whole = resized_whole(&picture, to_w, to_h, part);
                    let off: Vec<u8> = banded.as_bytes().iter().zip(whole.as_bytes()).map(|(a, b)| a.abs_diff(*b)).filter(|off| *off > 0).collect();
                    // Numbers are rounded otherwise where a band begins; what is almost transparent has any colour.
                    let bound = if picture.pixels.color().has_alpha() { 255 } else { 2 };
                    assert!(off.len() * 100 <= banded.as_bytes().len() && off.iter().all(|off| *off <= bound), "{w}×{h} to {to_w}×{to_h}: {off:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_shrunk_in_its_own_memory_is_the_same() {
        for pixels in [DynamicImage::from(detailed(640, 1201)), detailed(3, 900).into(), translucent().into()] {
            let (w, h) = pixels.dimensions();
            let picture = picture(pixels);
            let all = u64::from(w) * u64::from(h);
            for max in [all, all - 1, all * 99 / 100, all * 9 / 10, all / 2, all / 50, 1] {
                let copy = picture.shrunk(max, ImageFormat::Png).unwrap();
                let own = picture.with(picture.pixels.clone()).shrink(max, ImageFormat::Png).unwrap();
                assert_eq!(own.pixels.dimensions(), copy.pixels.dimensions());
                assert!(own.pixels == copy.pixels, "{w}×{h} to {max} pixels");
            }
        }
    }
}
