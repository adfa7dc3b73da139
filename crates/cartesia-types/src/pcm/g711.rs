//! ITU-T G.711: µ-law and A-law, between 8-bit codes and 16-bit samples.
//!
//! The recommendation speaks of 14-bit (µ-law) and 13-bit (A-law) samples; here they fill the upper
//! bits of 16, as everywhere in practice. A sample on the border of two intervals belongs to the
//! outer one, for negative samples as for positive ones.

/// Added to the magnitude before it is cut into µ-law segments: 33 in 14-bit terms.
const MULAW_BIAS: i16 = 33 << 2;
/// The largest magnitude whose sum with the bias still fits into the last segment.
const MULAW_CLIP: i16 = i16::MAX - MULAW_BIAS;
/// A-law inverts every other bit, so that silence is not a run of zeros on the line.
const ALAW_MASK: u8 = 0x55;

static MULAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0_u8;
    loop {
        table[code as usize] = mulaw_value(code);
        if code == u8::MAX {
            break;
        }
        code += 1;
    }
    table
};

static ALAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0_u8;
    loop {
        table[code as usize] = alaw_value(code);
        if code == u8::MAX {
            break;
        }
        code += 1;
    }
    table
};

/// Returns the sample of a µ-law code.
pub fn decode_mulaw(code: u8) -> i16 {
    MULAW[usize::from(code)]
}

/// Returns the sample of an A-law code.
pub fn decode_alaw(code: u8) -> i16 {
    ALAW[usize::from(code)]
}

/// Returns the µ-law code of a sample.
pub fn encode_mulaw(sample: i16) -> u8 {
    let magnitude = sample.saturating_abs().min(MULAW_CLIP) + MULAW_BIAS;
    // The bias makes the highest bit set one of bits 7 to 14: segments 0 to 7.
    let segment = 8 - magnitude.leading_zeros();
    let code = segment_code(segment, magnitude >> (segment + 3));
    // All bits are inverted on the line; a set sign bit there means positive.
    if sample < 0 { code ^ 0x7f } else { code ^ 0xff }
}

/// Returns the A-law code of a sample.
pub fn encode_alaw(sample: i16) -> u8 {
    // −32768 has no positive counterpart; it falls into the same interval as −32767.
    let magnitude = sample.saturating_abs();
    // Segments 0 and 1 are equally wide; from bit 8 on each doubles.
    let segment = 8_u32.saturating_sub(magnitude.leading_zeros());
    let code = segment_code(segment, magnitude >> (segment.max(1) + 3));
    (if sample < 0 { code } else { code | 0x80 }) ^ ALAW_MASK
}

/// Segment (0 to 7) in bits 4 to 6, the four bits after the leading one in bits 0 to 3.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both parts are below 16"
)]
fn segment_code(segment: u32, shifted: i16) -> u8 {
    ((segment as u8) << 4) | (shifted & 0x0f) as u8
}

const fn mulaw_value(code: u8) -> i16 {
    let code = !code;
    let mantissa = (code & 0x0f) as i16;
    let magnitude = (((mantissa << 3) + MULAW_BIAS) << ((code >> 4) & 0x07)) - MULAW_BIAS;
    if code & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

const fn alaw_value(code: u8) -> i16 {
    let code = code ^ ALAW_MASK;
    let mantissa = ((code & 0x0f) as i16) << 4;
    let segment = (code >> 4) & 0x07;
    // The sample stands in the middle of its interval, which is 16 wide in segments 0 and 1.
    let magnitude = match segment {
        0 => mantissa + 0x08,
        _ => (mantissa + 0x108) << (segment - 1),
    };
    if code & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    //! The tables of the recommendation, built from its definition and not from the code above:
    //! per segment the width of its intervals, in the units of the recommendation.

    use super::*;

    /// Where each interval starts, and the value that it is decoded to.
    struct Tables {
        starts: Vec<i32>,
        values: Vec<i32>,
    }

    /// Table 2: decision values 0, 1, 3, 5, … 31, 35, … 8159; 14 bits, so 4 times that in 16 bits.
    fn mulaw_tables() -> Tables {
        let (mut starts, mut values) = (vec![0], vec![0]);
        let mut start = 1;
        for segment in 0..8 {
            let width = 2 << segment;
            for _ in 0..if segment == 0 { 15 } else { 16 } {
                starts.push(start * 4);
                values.push((start + width / 2) * 4);
                start += width;
            }
        }
        assert_eq!(start, 8159, "the last decision value of table 2");
        Tables { starts, values }
    }

    /// Table 1: decision values 0, 2, 4, … 64, 68, … 4096; 13 bits with sign, so 8 times that.
    fn alaw_tables() -> Tables {
        let (mut starts, mut values) = (Vec::new(), Vec::new());
        let mut start = 0;
        for segment in 0..8 {
            let width = 2 << i32::max(segment - 1, 0);
            for _ in 0..16 {
                starts.push(start * 8);
                values.push((start + width / 2) * 8);
                start += width;
            }
        }
        assert_eq!(start, 4096, "the last decision value of table 1");
        Tables { starts, values }
    }

    fn check(
        tables: &Tables,
        encode: fn(i16) -> u8,
        decode: fn(u8) -> i16,
        line_code: fn(usize, bool) -> u8,
    ) {
        assert_eq!(tables.starts.len(), 128);
        for sample in i16::MIN..=i16::MAX {
            let magnitude = i32::from(sample).abs();
            let interval = tables.starts.partition_point(|start| *start <= magnitude) - 1;
            let code = line_code(interval, sample < 0);
            assert_eq!(encode(sample), code, "code of {sample}");
            let value = tables.values[interval] * if sample < 0 { -1 } else { 1 };
            assert_eq!(
                i32::from(decode(code)),
                value,
                "value of the code of {sample}"
            );
        }
    }

    #[test]
    fn mulaw_is_table_2_for_every_sample() {
        check(
            &mulaw_tables(),
            encode_mulaw,
            decode_mulaw,
            |interval, negative| {
                let number = u8::try_from(interval).unwrap();
                if negative {
                    0x7f - number
                } else {
                    0xff - number
                }
            },
        );
    }

    #[test]
    fn alaw_is_table_1_for_every_sample() {
        check(
            &alaw_tables(),
            encode_alaw,
            decode_alaw,
            |interval, negative| {
                let number = u8::try_from(interval).unwrap();
                (if negative { number } else { number | 0x80 }) ^ 0x55
            },
        );
    }

    #[test]
    fn every_code_survives_but_the_negative_zero_of_mulaw() {
        for code in 0..=u8::MAX {
            assert_eq!(encode_alaw(decode_alaw(code)), code);
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(encode_mulaw(decode_mulaw(code)), expected);
        }
    }

    #[test]
    fn landmarks_of_the_recommendation() {
        assert_eq!(encode_mulaw(0), 0xff);
        assert_eq!(encode_mulaw(i16::MAX), 0x80);
        assert_eq!(encode_mulaw(i16::MIN), 0x00);
        assert_eq!(decode_mulaw(0x80), 8031 * 4);
        assert_eq!(encode_alaw(0), 0xd5);
        assert_eq!(encode_alaw(i16::MAX), 0xaa);
        assert_eq!(encode_alaw(i16::MIN), 0x2a);
        assert_eq!(decode_alaw(0xaa), 4032 * 8);
    }
}
