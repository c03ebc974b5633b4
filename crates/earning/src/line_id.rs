//! Ids of lines: the same line has the same id in every replay, on every machine.

use policy::Period;
use policy::program::Program;

/// Lower-case base 32 without i, l, o and u, which people misread.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// `ln_` and the first 130 bits of a BLAKE3 hash over program, version, period, creator and video, each
/// preceded by its length.
///
/// Two of 10^12 lines have one id with a probability below 10^-15; settlement checks it nevertheless.
pub(crate) struct LineIds {
    prefix: Vec<u8>,
}

impl LineIds {
    pub(crate) fn new(program: &Program, period: &Period) -> Self {
        let mut prefix = Vec::new();
        for text in [
            "permille line 1",
            &program.id,
            &program.version.to_string(),
            &period.to_string(),
        ] {
            append(&mut prefix, text);
        }
        LineIds { prefix }
    }

    /// The id of a line, and its first 128 bits as a number; `buffer` is only there to be used again.
    pub(crate) fn id(&self, creator: &str, video: &str, buffer: &mut Vec<u8>) -> (String, u128) {
        buffer.clear();
        buffer.extend_from_slice(&self.prefix);
        append(buffer, creator);
        append(buffer, video);
        let hash = blake3::hash(buffer);
        let mut id = String::with_capacity(3 + LENGTH);
        id.push_str("ln_");
        let (mut bits, mut held, mut bytes) = (0_u32, 0_u32, hash.as_bytes().iter());
        for _ in 0..LENGTH {
            if held < 5 {
                bits = bits << 8 | u32::from(*bytes.next().expect("32 bytes hold 26 digits of 5 bits"));
                held += 8;
            }
            held -= 5;
            id.push(ALPHABET[(bits >> held & 31) as usize].into());
        }
        let (first, _) = hash.as_bytes().split_at(16);
        (id, u128::from_be_bytes(first.try_into().expect("16 bytes")))
    }
}

fn append(buffer: &mut Vec<u8>, text: &str) {
    buffer.extend_from_slice(&(text.len() as u64).to_le_bytes());
    buffer.extend_from_slice(text.as_bytes());
}
