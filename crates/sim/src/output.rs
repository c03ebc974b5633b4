//! Files: Parquet (zstd level 1), a list of data centres and a description; all or nothing.

use crate::GenerateError;
use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Rows of a row group at most.
const ROW_GROUP_ROWS: usize = 1_000_000;
/// Columns whose values hardly repeat: a dictionary would only cost time.
const WITHOUT_DICTIONARY: [&str; 6] = [
    "event_id",
    "viewer_id",
    "occurred_at",
    "watched_ms",
    "ip",
    "revenue",
];

/// The output folder while it is written: renamed when whole, removed otherwise.
#[derive(Debug)]
pub struct Output {
    partial: PathBuf,
    out: PathBuf,
    whole: bool,
}

impl Output {
    /// Begins an output folder.
    pub fn begin(out: &Path) -> Result<Self, GenerateError> {
        let entries = match fs::read_dir(out) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(source) => return Err(io(out, source)),
        };
        if entries {
            return Err(GenerateError::NotEmpty { path: out.to_owned() });
        }
        let mut name = out.file_name().unwrap_or("platform".as_ref()).to_owned();
        name.push(".partial");
        let partial = out.with_file_name(name);
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(|source| io(&partial, source))?;
        }
        fs::create_dir_all(&partial).map_err(|source| io(&partial, source))?;
        Ok(Self {
            partial,
            out: out.to_owned(),
            whole: false,
        })
    }

    /// Writes a text file.
    pub fn text(&self, name: &str, text: &str) -> Result<(), GenerateError> {
        let path = self.partial.join(name);
        fs::write(&path, text).map_err(|source| io(&path, source))
    }

    /// Opens a Parquet file in a folder.
    pub fn table(&self, folder: &str, name: &str) -> Result<Table, GenerateError> {
        let folder = self.partial.join(folder);
        fs::create_dir_all(&folder).map_err(|source| io(&folder, source))?;
        Ok(Table {
            path: folder.join(name),
            writer: None,
            rows: 0,
        })
    }

    /// Puts the folder in its place.
    pub fn finish(mut self) -> Result<(), GenerateError> {
        if self.out.exists() {
            fs::remove_dir(&self.out).map_err(|source| io(&self.out, source))?;
        }
        fs::rename(&self.partial, &self.out).map_err(|source| io(&self.out, source))?;
        self.whole = true;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.whole {
            // The error that led here is the one to report; what stays is removed by the next attempt.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

fn io(path: &Path, source: std::io::Error) -> GenerateError {
    GenerateError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A Parquet file being written.
pub struct Table {
    path: PathBuf,
    writer: Option<ArrowWriter<BufWriter<File>>>,
    rows: u64,
}

impl Table {
    /// Adds rows. The first ones, even if there are none, decide the columns.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), GenerateError> {
        self.rows += rows.num_rows() as u64;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => {
                let file = File::create(&self.path).map_err(|source| io(&self.path, source))?;
                // Readers see plain text, not this writer's dictionaries.
                let options = ArrowWriterOptions::new()
                    .with_properties(properties())
                    .with_skip_arrow_metadata(true);
                let file = BufWriter::with_capacity(1 << 20, file);
                let writer = ArrowWriter::try_new_with_options(file, rows.schema(), options)
                    .map_err(|source| parquet(&self.path, source))?;
                empty.insert(writer)
            }
        };
        writer.write(rows).map_err(|source| parquet(&self.path, source))
    }

    /// Ends the file; returns its rows.
    pub fn close(self) -> Result<u64, GenerateError> {
        let writer = self.writer.expect("every table is written to");
        writer.close().map_err(|source| parquet(&self.path, source))?;
        Ok(self.rows)
    }
}

fn parquet(path: &Path, source: ParquetError) -> GenerateError {
    GenerateError::Parquet {
        path: path.to_owned(),
        source,
    }
}

fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).expect("zstd has level 1");
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for column in WITHOUT_DICTIONARY {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    properties.build()
}
