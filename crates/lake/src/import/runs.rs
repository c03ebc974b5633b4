//! Parquet's hybrid of runs and bit-packed groups, for dictionary indices and definition levels.

/// Values in a bit-packed group.
const GROUP: usize = 8;
/// Groups in one bit-packed run at most.
const MAX_GROUPS: usize = 1 << 10;

/// Appends values of `width` bits (1 to 32).
pub(crate) fn encode(values: impl Iterator<Item = u32>, width: u8, out: &mut Vec<u8>) {
    let mut literals: Vec<u32> = Vec::with_capacity(GROUP * MAX_GROUPS);
    let mut values = values.peekable();
    while let Some(value) = values.next() {
        let mut count = 1usize;
        while values.next_if_eq(&value).is_some() {
            count += 1;
        }
        // Groups are whole: what the last group lacks is taken from the run.
        let lacking = (GROUP - literals.len() % GROUP) % GROUP;
        if count >= GROUP + lacking {
            literals.extend(std::iter::repeat_n(value, lacking));
            packed(&mut literals, width, out);
            run(value, count - lacking, width, out);
        } else {
            literals.extend(std::iter::repeat_n(value, count));
            if literals.len() >= GROUP * MAX_GROUPS && literals.len().is_multiple_of(GROUP) {
                packed(&mut literals, width, out);
            }
        }
    }
    packed(&mut literals, width, out);
}

fn run(value: u32, count: usize, width: u8, out: &mut Vec<u8>) {
    length((count as u64) << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..usize::from(width).div_ceil(8)]);
}

fn packed(literals: &mut Vec<u32>, width: u8, out: &mut Vec<u8>) {
    if literals.is_empty() {
        return;
    }
    let groups = literals.len().div_ceil(GROUP);
    literals.resize(groups * GROUP, 0);
    length(((groups as u64) << 1) | 1, out);
    let (mut buffer, mut bits) = (0u64, 0u32);
    for &value in literals.iter() {
        buffer |= u64::from(value) << bits;
        bits += u32::from(width);
        while bits >= 8 {
            out.push(buffer as u8);
            buffer >>= 8;
            bits -= 8;
        }
    }
    literals.clear();
}

fn length(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads values back as the format says.
    fn decode(mut bytes: &[u8], width: u8, count: usize) -> Vec<u32> {
        let mut values = Vec::new();
        while values.len() < count {
            let (mut header, mut shift) = (0u64, 0);
            loop {
                header |= u64::from(bytes[0] & 0x7f) << shift;
                shift += 7;
                let last = bytes[0] < 0x80;
                bytes = &bytes[1..];
                if last {
                    break;
                }
            }
            let width = usize::from(width);
            if header & 1 == 0 {
                let mut value = [0; 4];
                value[..width.div_ceil(8)].copy_from_slice(&bytes[..width.div_ceil(8)]);
                bytes = &bytes[width.div_ceil(8)..];
                values.extend(std::iter::repeat_n(
                    u32::from_le_bytes(value),
                    (header >> 1) as usize,
                ));
            } else {
                let groups = (header >> 1) as usize;
                for index in 0..groups * GROUP {
                    let bit = |bit: usize| u32::from(bytes[bit / 8] >> (bit % 8) & 1);
                    values.push((0..width).fold(0, |value, at| value | bit(index * width + at) << at));
                }
                bytes = &bytes[groups * width..];
            }
        }
        values.truncate(count);
        values
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(
            parts in proptest::collection::vec((0u32..9, 1usize..40), 0..60),
            width in 4u8..=32,
        ) {
            let scale = if width == 32 { u32::MAX / 9 } else { (1 << width >> 4).max(1) };
            let values: Vec<u32> =
                parts.iter().flat_map(|(value, count)| std::iter::repeat_n(value * scale, *count)).collect();
            let mut bytes = Vec::new();
            encode(values.iter().copied(), width, &mut bytes);
            prop_assert_eq!(decode(&bytes, width, values.len()), values);
        }
    }

    #[test]
    fn a_run_is_two_bytes() {
        let mut bytes = Vec::new();
        encode(std::iter::repeat_n(1, 60), 1, &mut bytes);
        assert_eq!(bytes, [120, 1]);
    }
}
