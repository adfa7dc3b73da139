//! 16-bit floats (IEEE 754 binary16), which speech to text understands.

/// The bits of the 16-bit float nearest to `value`, ties to even. What is too large becomes infinite;
/// what is no number stays none.
pub(super) fn bits_of(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 31) as u16;
    let magnitude = bits & 0x7fff_ffff;
    let half = if magnitude > 0x7f80_0000 {
        0x7e00
    } else {
        u16::try_from(magnitude_of(magnitude))
            .unwrap_or(0x7c00)
            .min(0x7c00)
    };
    sign << 15 | half
}

/// Exponent and mantissa of a positive value. A mantissa that is rounded up beyond its last bit
/// carries into the exponent, which is right.
fn magnitude_of(magnitude: u32) -> u32 {
    // Exponents are biased by 127 there and by 15 here; mantissas have 23 bits there and 10 here.
    let exponent = magnitude >> 23;
    if exponent >= 113 {
        return round_shift(magnitude - (112 << 23), 13);
    }
    // Below that the values are multiples of 2⁻²⁴. The implied bit becomes explicit.
    let mantissa = magnitude & 0x007f_ffff | 0x0080_0000;
    match 126_u32.saturating_sub(exponent) {
        shift @ 0..=24 => round_shift(mantissa, shift),
        _ => 0,
    }
}

/// Divides by a power of two, rounding to the nearest, ties to even.
fn round_shift(value: u32, shift: u32) -> u32 {
    if shift == 0 {
        return value;
    }
    let half = 1 << (shift - 1);
    let (kept, lost) = (value >> shift, value & ((1 << shift) - 1));
    kept + u32::from(lost > half || (lost == half && kept % 2 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a 16-bit float, from its definition.
    fn value_of(bits: u16) -> f64 {
        let (exponent, mantissa) = (bits >> 10 & 0x1f, f64::from(bits & 0x3ff));
        let magnitude = match exponent {
            0 => mantissa * 2_f64.powi(-24),
            31 => f64::INFINITY,
            _ => (1.0 + mantissa / 1_024.0) * 2_f64.powi(i32::from(exponent) - 15),
        };
        if bits >> 15 == 1 {
            -magnitude
        } else {
            magnitude
        }
    }

    #[test]
    fn every_finite_value_survives() {
        for bits in (0..0x7c00).chain(0x8000..0xfc00) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the value is exact in 32 bits"
            )]
            let value = value_of(bits) as f32;
            assert_eq!(bits_of(value), bits, "{value}");
        }
    }

    #[test]
    fn between_two_values_the_nearer_one_is_taken_and_of_equals_the_even_one() {
        for bits in 0..0x7bff_u16 {
            let (low, high) = (value_of(bits), value_of(bits + 1));
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the values are exact in 32 bits"
            )]
            let at = |part: f64| bits_of((low + (high - low) * part) as f32);
            assert_eq!((at(0.25), at(0.75)), (bits, bits + 1), "{low}");
            assert_eq!(at(0.5), bits + bits % 2, "{low}");
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!(bits_of(65_519.0), 0x7bff);
        assert_eq!(bits_of(65_520.0), 0x7c00);
        assert_eq!(bits_of(f32::MAX), 0x7c00);
        assert_eq!(bits_of(f32::NEG_INFINITY), 0xfc00);
        assert_eq!(bits_of(f32::MIN_POSITIVE), 0);
        assert_eq!(bits_of(-0.0), 0x8000);
        assert_eq!(bits_of(f32::NAN) & 0x7fff, 0x7e00);
    }
}
