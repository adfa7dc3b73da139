//! Whether more of a number may follow: `3.14`, `1,000.50`, `10:30`, `+49 30 1234`, `20 %`.

use super::kind::Kind;
use super::units::Unit;

/// The part of a number at the end of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    None,
    /// A sign or a currency, which a number may follow.
    Sign,
    Digits,
    /// Digits and a full stop, which a space and more digits may follow: `22. 11. 2026`.
    Dotted,
    /// Digits and another mark that stands within numbers.
    Separated,
    /// Digits in brackets, as in telephone numbers.
    Bracketed,
}

impl Number {
    /// After one more unit. A space ends a number here; whether it goes on after the space is for
    /// [`is_continued_by`] to say.
    pub(super) fn then(self, unit: Unit<'_>, kind: Kind) -> Self {
        if kind == Kind::Digit {
            return Self::Digits;
        }
        match (self, kind) {
            (Self::Digits, Kind::Dot) => Self::Dotted,
            (Self::Digits, Kind::Closing) => Self::Bracketed,
            (Self::Digits, _) if is_separator(unit.text()) => Self::Separated,
            _ if is_sign(unit.text()) => Self::Sign,
            _ => Self::None,
        }
    }

    /// Whether a digit that follows directly belongs to the number.
    pub(super) fn is_open(self) -> bool {
        self != Self::None
    }

    /// Whether the number may go on after `space`.
    pub(super) fn may_span(self, space: &str) -> bool {
        matches!(self, Self::Digits | Self::Dotted | Self::Bracketed)
            // Plain, no-break, figure, thin and narrow no-break.
            && matches!(space, " " | "\u{a0}" | "\u{2007}" | "\u{2009}" | "\u{202f}")
    }
}

/// Whether `unit` goes on with a number that stands before a space.
pub(super) fn is_continued_by(unit: Unit<'_>, kind: Kind) -> bool {
    kind == Kind::Digit
        || unit.text().starts_with(|first: char| {
            is_currency(first) || matches!(first, '%' | '‰' | '٪' | '％' | '°' | '℃' | '℉')
        })
}

fn is_separator(text: &str) -> bool {
    matches!(
        text,
        "," | ":" | "/" | "-" | "‐" | "‑" | "–" | "'" | "’" | "·" | "٫" | "٬" | "，" | "．" | "："
    )
}

fn is_sign(text: &str) -> bool {
    text.starts_with(|first: char| {
        is_currency(first) || matches!(first, '+' | '-' | '−' | '±' | '#' | '№')
    })
}

fn is_currency(c: char) -> bool {
    matches!(c, '$' | '\u{a2}'..='\u{a5}' | '\u{20a0}'..='\u{20cf}' | '＄' | '￠' | '￡' | '￥' | '￦')
}
