//! Ids of lines: the same line has the same id in every replay, on every machine.

use crate::encode::Encoder;
use policy::Period;
use policy::program::Program;

/// Lower-case base 32 without i, l, o and u, which people misread.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// `ln_` and the first 130 bits of a BLAKE3 hash over program, version, period, creator and video.
///
/// Two of 10^12 lines have one id with a probability below 10^-15; settlement checks it nevertheless.
pub(crate) struct LineIds {
    prefix: Encoder,
}

impl LineIds {
    pub(crate) fn new(program: &Program, period: &Period) -> Self {
        let mut prefix = Encoder::new("permille line 1");
        prefix.text(&program.id);
        prefix.number(program.version.into());
        prefix.text(&period.to_string());
        LineIds { prefix }
    }

    pub(crate) fn id(&self, creator: &str, video: &str) -> String {
        let mut encoder = self.prefix.clone();
        encoder.text(creator);
        encoder.text(video);
        let hash = encoder.finish();
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
        id
    }
}
