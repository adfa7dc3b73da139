//! What all drawings have in common.

use std::fmt::Write as _;

/// Readable on a bright and on a dark page.
const STYLE: &str = "text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#24292f}\
    .quiet{fill:#6e7781}.line{stroke:#8c959f;fill:none;stroke-width:1.5;stroke-linejoin:round}\
    .box{fill:#f6f8fa;stroke:#8c959f}.bar{fill:#2f6fde}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}\
    .box{fill:#151b23;stroke:#656c76}.bar{fill:#79a8ff}}";

/// A drawing that is built up from elements.
pub(super) struct Svg {
    width: u32,
    height: u32,
    body: String,
}

impl Svg {
    pub(super) fn new(width: u32, height: u32, title: &str, style: &str) -> Self {
        let mut body = String::new();
        // Writing to a string cannot fail.
        _ = writeln!(body, "<title>{}</title>", escaped(title));
        _ = writeln!(body, "<style>{STYLE}{style}</style>");
        Self {
            width,
            height,
            body,
        }
    }

    /// Adds an element as it stands.
    pub(super) fn add(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    pub(super) fn finish(self) -> String {
        let Self {
            width,
            height,
            body,
        } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\">\n{body}</svg>\n"
        )
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut svg = Svg::new(1, 2, "<a & b>", "");
        svg.add("<path/>");
        let drawn = svg.finish();
        assert!(
            drawn.contains("<title>&lt;a &amp; b&gt;</title>"),
            "{drawn}"
        );
        assert!(drawn.ends_with("<path/>\n</svg>\n"));
    }
}
