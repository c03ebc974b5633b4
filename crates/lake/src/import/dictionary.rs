//! Columns of ids and texts as dictionary-encoded Parquet, straight from their codes.
//!
//! The general writer would hash the text of every single value to find its place in the dictionary. Here equal texts
//! have equal codes already, so a table look-up does, and a sorted column is mostly runs. The dictionary
//! never falls back to plain text.

use super::pool::{NO_CODE, Pool, decimal_text};
use super::runs;
use bytes::Bytes;
use event::id::FIRST_INTERNED;
use hashbrown::HashMap;
use parquet::basic::{Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::hash::{BuildHasherDefault, Hasher};

/// Values of a data page.
const PAGE_ROWS: usize = 1 << 16;
/// Stands for a code without a place in the dictionary yet.
const NO_PLACE: u32 = u32::MAX;

/// An encoded column chunk.
pub(crate) struct EncodedColumn {
    /// Its pages.
    pub bytes: Bytes,
    /// What the file's footer says about it.
    pub close: ColumnCloseResult,
}

/// Encodes the codes of some rows.
pub(crate) fn encode(
    codes: &[u64],
    pool: &Pool,
    rows: &[u32],
    column: &ColumnDescPtr,
    compression: Compression,
    level: i32,
) -> Result<EncodedColumn> {
    let mut dictionary = Dictionary::new(pool);
    let places: Vec<u32> = rows
        .iter()
        .map(|row| dictionary.place(codes[*row as usize]))
        .collect();
    let width = (u32::BITS - (dictionary.count.max(2) - 1).leading_zeros()) as u8;
    let mut pages = Pages::new(level)?;
    pages.add(dictionary.bytes, |buf| Page::DictionaryPage {
        buf,
        num_values: dictionary.count,
        encoding: Encoding::PLAIN,
        is_sorted: false,
    })?;
    let data_page_offset = pages.sink.bytes_written();
    let nullable = column.max_def_level() > 0;
    for places in places.chunks(PAGE_ROWS) {
        pages.add(data_page(places, width, nullable), |buf| Page::DataPage {
            buf,
            num_values: places.len() as u32,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        })?;
    }
    let written = pages.sink.bytes_written() as u64;
    let metadata = ColumnChunkMetaData::builder(column.clone())
        .set_compression(compression)
        .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
        .set_num_values(rows.len() as i64)
        .set_total_compressed_size(written as i64)
        .set_total_uncompressed_size(pages.uncompressed as i64)
        .set_dictionary_page_offset(Some(0))
        .set_data_page_offset(data_page_offset as i64)
        .build()?;
    let close = ColumnCloseResult {
        bytes_written: written,
        rows_written: rows.len() as u64,
        metadata,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok(EncodedColumn {
        bytes: pages.sink.into_inner()?.into(),
        close,
    })
}

/// Definition levels, the width of the indices, the indices of the values that are there.
fn data_page(places: &[u32], width: u8, nullable: bool) -> Vec<u8> {
    let mut page = Vec::with_capacity(places.len() * usize::from(width) / 8 + 64);
    if !nullable {
        page.push(width);
        runs::encode(places.iter().copied(), width, &mut page);
        return page;
    }
    page.extend_from_slice(&[0; 4]);
    runs::encode(
        places.iter().map(|place| u32::from(*place != NO_PLACE)),
        1,
        &mut page,
    );
    let levels = page.len() as u32 - 4;
    page[..4].copy_from_slice(&levels.to_le_bytes());
    page.push(width);
    runs::encode(
        places.iter().copied().filter(|place| *place != NO_PLACE),
        width,
        &mut page,
    );
    page
}

/// Compressed pages, one after the other.
struct Pages {
    compressor: zstd::bulk::Compressor<'static>,
    sink: TrackedWrite<Vec<u8>>,
    uncompressed: usize,
}

impl Pages {
    fn new(level: i32) -> Result<Pages> {
        let compressor = zstd::bulk::Compressor::new(level).map_err(external)?;
        Ok(Pages {
            compressor,
            sink: TrackedWrite::new(Vec::new()),
            uncompressed: 0,
        })
    }

    fn add(&mut self, plain: Vec<u8>, page: impl FnOnce(Bytes) -> Page) -> Result<()> {
        let compressed = self.compressor.compress(&plain).map_err(external)?;
        let page = CompressedPage::new(page(compressed.into()), plain.len());
        debug_assert!(matches!(
            page.page_type(),
            PageType::DICTIONARY_PAGE | PageType::DATA_PAGE
        ));
        let written = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.uncompressed += written.uncompressed_size;
        Ok(())
    }
}

fn external(error: std::io::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// The values of a column chunk in the order of their first appearance.
struct Dictionary<'a> {
    pool: &'a Pool,
    texts: Vec<u32>,
    decimals: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
    last: (u64, u32),
    count: u32,
    bytes: Vec<u8>,
}

impl<'a> Dictionary<'a> {
    fn new(pool: &'a Pool) -> Dictionary<'a> {
        Dictionary {
            pool,
            texts: vec![NO_PLACE; pool.len()],
            decimals: HashMap::default(),
            last: (NO_CODE, NO_PLACE),
            count: 0,
            bytes: Vec::new(),
        }
    }

    fn place(&mut self, code: u64) -> u32 {
        if code == NO_CODE {
            return NO_PLACE;
        }
        if self.last.0 == code {
            return self.last.1;
        }
        let next = self.count;
        let place = if code >= FIRST_INTERNED {
            &mut self.texts[(code & !FIRST_INTERNED) as usize]
        } else {
            self.decimals.entry(code).or_insert(NO_PLACE)
        };
        if *place == NO_PLACE {
            *place = next;
            self.count += 1;
            let mut digits = [0; 20];
            let text = match code {
                code if code < FIRST_INTERNED => decimal_text(code, &mut digits).as_bytes(),
                code => self.pool.bytes_of(code),
            };
            self.bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.bytes.extend_from_slice(text);
        }
        self.last = (code, *place);
        *place
    }
}

/// Hashes one number by multiplying and folding: codes are no attack surface for longer than a row group.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = event::id::mix(self.0 ^ value);
    }
}
