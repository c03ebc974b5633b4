//! Canonical bytes: every text is preceded by its length, every number has 16 bytes, so two different
//! contents never give the same bytes.

use blake3::{Hash, Hasher};

/// Collects content for a hash.
pub struct Encoder {
    hasher: Hasher,
    buffer: Vec<u8>,
}

/// Small pieces are hashed together: BLAKE3 is fast on long input only.
const BUFFER: usize = 16 * 1024;

impl Encoder {
    /// An encoder for one kind of content.
    pub fn new(kind: &str) -> Self {
        let mut encoder = Encoder {
            hasher: Hasher::new(),
            buffer: Vec::new(),
        };
        encoder.text(kind);
        encoder
    }

    /// A text, with its length before it.
    pub fn text(&mut self, text: &str) {
        self.bytes(&(text.len() as u64).to_le_bytes());
        self.bytes(text.as_bytes());
    }

    /// A text that may be absent.
    pub fn optional(&mut self, text: Option<&str>) {
        self.number(text.is_some().into());
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// A whole number.
    pub fn number(&mut self, number: i128) {
        self.bytes(&number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
    }

    /// The hash of all content.
    pub fn finish(mut self) -> Hash {
        self.hasher.update(&self.buffer);
        self.hasher.finalize()
    }
}
