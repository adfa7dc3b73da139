//! Cutting bytes where the bytes themselves say.

/// Cuts `rest` into pieces whose lengths the first bytes of `data` give; `None` without any.
///
/// `rest` is everything after the first eight bytes.
pub(crate) fn cut(data: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let (lengths, rest) = data.split_first_chunk::<8>()?;
    let mut pieces = Vec::new();
    let mut left = rest;
    for length in lengths.iter().cycle() {
        // Short pieces more often than long ones, and never an endless row of empty ones.
        let length = usize::from(*length % 32).max(usize::from(pieces.len() > 7));
        let (piece, later) = left.split_at(length.min(left.len()));
        pieces.push(piece);
        left = later;
        if left.is_empty() {
            break;
        }
    }
    Some((rest, pieces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole() {
        for lengths in [[0; 8], [1; 8], [255; 8], [0, 7, 0, 3, 31, 0, 0, 9]] {
            let data = [&lengths[..], &(0..200).collect::<Vec<u8>>()].concat();
            let (whole, pieces) = cut(&data).unwrap();
            assert_eq!(whole, pieces.concat());
            assert_eq!(whole.len(), 200);
        }
        assert!(cut(&[1; 7]).is_none());
        assert_eq!(cut(&[0; 8]).unwrap().1.concat(), b"");
    }
}
