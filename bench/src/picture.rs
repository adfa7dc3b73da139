//! The ratios as bars.

use std::path::Path;

use plotters::prelude::*;
use xtask::Result;

use crate::report::{Line, shown};

const WIDTH: u32 = 900;
const BAR: i32 = 18;
const LEFT: i32 = 300;

pub(crate) fn draw(lines: &[Line], path: &Path) -> Result {
    let bars = shown(lines);
    let height = 60 + BAR * 3 / 2 * i32::try_from(bars.len())?;
    let longest = bars.iter().map(|(_, ratio)| *ratio).fold(1.0, f64::max);
    let root = SVGBackend::new(path, (WIDTH, height.unsigned_abs())).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw_text(
        "CPU time as a multiple of a loop that reads and drops, one stream as fast as it comes",
        &("sans-serif", 15).into_text_style(&root),
        (10, 12),
    )?;
    let scale = f64::from(WIDTH.cast_signed() - LEFT - 60) / longest;
    for (index, (name, ratio)) in bars.iter().enumerate() {
        let top = 40 + BAR * 3 / 2 * i32::try_from(index)?;
        #[expect(clippy::cast_possible_truncation, reason = "pixels")]
        let right = LEFT + (ratio * scale) as i32;
        let colour = if name.contains("this SDK") {
            RGBColor(30, 110, 200)
        } else {
            RGBColor(170, 170, 170)
        };
        let text = ("sans-serif", 13).into_text_style(&root);
        root.draw_text(name, &text, (10, top + 2))?;
        root.draw(&Rectangle::new(
            [(LEFT, top), (right, top + BAR)],
            colour.filled(),
        ))?;
        root.draw_text(&format!("{ratio:.2}"), &text, (right + 6, top + 2))?;
    }
    root.present()?;
    Ok(())
}
