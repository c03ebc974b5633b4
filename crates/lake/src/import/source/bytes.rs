//! The bytes of a file: hashed as they are read, and decompressed.

use super::SourceError;
use super::sniff::Compression;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// How much of a file is handled at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input {
    /// Bytes of a block of text.
    pub block_bytes: usize,
    /// Rows of a batch of Parquet.
    pub batch_rows: usize,
    /// Blocks of text handled side by side.
    pub blocks: usize,
}

/// Hashes and counts what passes through.
#[derive(Debug)]
pub(super) struct HashingReader {
    file: File,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl HashingReader {
    pub(super) fn new(file: File) -> HashingReader {
        HashingReader {
            file,
            hasher: blake3::Hasher::new(),
            bytes: 0,
        }
    }
}

impl Read for HashingReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buf)?;
        self.hasher.update(&buf[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

type Bytes = BufReader<HashingReader>;

/// The text of a file.
pub(super) enum Decompressed {
    Plain(Bytes),
    Gzip(Box<flate2::bufread::MultiGzDecoder<Bytes>>),
    Zstd(zstd::stream::read::Decoder<'static, Bytes>),
}

impl Decompressed {
    pub(super) fn new(reader: Bytes, compression: Compression) -> Result<Decompressed, SourceError> {
        Ok(match compression {
            Compression::Plain => Decompressed::Plain(reader),
            Compression::Gzip => Decompressed::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(reader))),
            Compression::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(reader);
                Decompressed::Zstd(decoder.map_err(SourceError::Io)?)
            }
        })
    }

    fn inner(&self) -> &Bytes {
        match self {
            Decompressed::Plain(reader) => reader,
            Decompressed::Gzip(decoder) => decoder.get_ref(),
            Decompressed::Zstd(decoder) => decoder.get_ref(),
        }
    }

    /// Bytes of the file read so far.
    pub(super) fn position(&self) -> u64 {
        self.inner().get_ref().bytes
    }

    /// Reads into a buffer; 0 at the end.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> Result<usize, SourceError> {
        let (result, compression) = match self {
            Decompressed::Plain(reader) => return reader.read(buf).map_err(SourceError::Io),
            Decompressed::Gzip(decoder) => (decoder.read(buf), "gzip"),
            Decompressed::Zstd(decoder) => (decoder.read(buf), "zstd"),
        };
        result.map_err(|source| SourceError::Compression { compression, source })
    }

    /// The hash of the whole file.
    pub(super) fn finish(self) -> Result<String, SourceError> {
        let mut reader = match self {
            Decompressed::Plain(reader) => reader,
            Decompressed::Gzip(decoder) => decoder.into_inner(),
            Decompressed::Zstd(decoder) => decoder.finish(),
        };
        io::copy(&mut reader, &mut io::sink()).map_err(SourceError::Io)?;
        Ok(reader.into_inner().hasher.finalize().to_hex().to_string())
    }
}

/// The hash of a file that is read in pieces.
pub(super) fn hash_file(path: &Path) -> Result<String, SourceError> {
    let mut hasher = blake3::Hasher::new();
    let mut file = File::open(path).map_err(SourceError::Io)?;
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let count = file.read(&mut buffer).map_err(SourceError::Io)?;
        if count == 0 {
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(&buffer[..count]);
    }
}
