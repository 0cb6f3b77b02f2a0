//! Pictures as files that need no browser: SVG drawn to PNG with a font that is part of the program.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use crate::error::{AppError, Result};

/// Pixels a unit of the drawing.
const SCALE: f32 = 1.5;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.set_sans_serif_family("Ubuntu");
    Arc::new(fonts)
});

/// The PNG of a drawing; the same drawing gives the same bytes.
pub(super) fn png(svg: &str) -> Result<Vec<u8>> {
    let options =
        Options { fontdb: Arc::clone(&FONTS), font_family: "Ubuntu".to_owned(), ..Options::default() };
    let tree =
        Tree::from_str(svg, &options).map_err(|e| AppError::bug("a picture is not a drawing").because(e))?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE).ceil() as u32, (size.height() * SCALE).ceil() as u32);
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| AppError::bug("a picture without a size"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| AppError::bug("a picture cannot be written as PNG").because(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_becomes_the_same_picture_and_words_are_drawn() {
        let drawing = |words: &str| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"60\"><rect width=\"200\" height=\"60\" fill=\"#0f172a\"/><text x=\"10\" y=\"40\" font-size=\"24\" fill=\"#fff\">{words}</text></svg>"
            )
        };
        let one = png(&drawing("ridge")).unwrap();
        assert!(one.starts_with(b"\x89PNG") && one.len() > 500);
        assert_eq!(one, png(&drawing("ridge")).unwrap());
        assert!(one != png(&drawing("")).unwrap() && one != png(&drawing("board")).unwrap());
    }
}
