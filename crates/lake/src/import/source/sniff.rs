//! What a file is, from its first bytes.

use super::SourceError;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

/// What the bytes are, once decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextFormat {
    /// Fields separated by a byte, below a header line.
    Delimited(u8),
    /// A JSON object on every line.
    Ndjson,
}

/// Looks at the first bytes of a file. `None`: Parquet.
pub(super) fn container(head: &[u8]) -> Result<Option<Compression>, SourceError> {
    let unknown = |found: &str| {
        Err(SourceError::Unknown {
            found: found.to_owned(),
        })
    };
    match head {
        [] => Err(SourceError::Empty),
        [b'P', b'A', b'R', b'1', ..] => Ok(None),
        [b'P', b'A', b'R', b'E', ..] => unknown("an encrypted Parquet file"),
        [0x1f, 0x8b, ..] => Ok(Some(Compression::Gzip)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Some(Compression::Zstd)),
        // A zstd file may begin with frames to skip.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Some(Compression::Zstd)),
        [b'P', b'K', 3, 4, ..] => unknown("a zip archive (unpack it first)"),
        [b'B', b'Z', b'h', ..] => unknown("compressed with bzip2 (unpack it first)"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => unknown("compressed with xz (unpack it first)"),
        [b'O', b'R', b'C', ..] => unknown("an ORC file"),
        [b'O', b'b', b'j', 1, ..] => unknown("an Avro file"),
        _ => Ok(Some(Compression::Plain)),
    }
}

/// Looks at the beginning of a text, without its byte order mark. `name` decides where the content does not.
pub(super) fn text_format(head: &[u8], name: &str) -> Result<TextFormat, SourceError> {
    let unknown = |found: &str| {
        Err(SourceError::Unknown {
            found: found.to_owned(),
        })
    };
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return unknown("UTF-16 text (convert it to UTF-8 first)");
    }
    if head.starts_with(b"PAR1") {
        return unknown("Parquet inside a compressed file (unpack it first)");
    }
    let line = first_line(head);
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err(SourceError::Empty),
        Some(b'{') => return Ok(TextFormat::Ndjson),
        Some(b'[') => return unknown("a JSON array (write one object on every line instead)"),
        Some(_) => {}
    }
    let control = |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || *byte == 0x7f;
    if line.iter().any(control) || std::str::from_utf8(line).is_err() {
        return unknown("binary data or text in another encoding than UTF-8");
    }
    let inner = line.strip_suffix(b"\r").unwrap_or(line);
    if inner.contains(&b'\r') && !inner.contains(&b'"') {
        return unknown("text whose lines end in carriage returns alone");
    }
    Ok(TextFormat::Delimited(delimiter(inner, name)))
}

/// The header: to the first line end outside quotes.
fn first_line(head: &[u8]) -> &[u8] {
    let mut quoted = false;
    let end = head.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b'\n' && !quoted
    });
    &head[..end.unwrap_or(head.len())]
}

fn delimiter(header: &[u8], name: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b'\t', 0), (b',', 0), (b';', 0), (b'|', 0)];
    for byte in header {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts
            .iter_mut()
            .find(|(delimiter, _)| delimiter == byte && !quoted)
        {
            *count += 1;
        }
    }
    // The earlier of two that are equally frequent.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    match best {
        Some((delimiter, count)) if *count > 0 => *delimiter,
        _ if name.to_ascii_lowercase().contains(".tsv") => b'\t',
        _ => b',',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_before_the_name() {
        for (head, format) in [
            ("a\tb,c\td\n", TextFormat::Delimited(b'\t')),
            ("a,b\n", TextFormat::Delimited(b',')),
            ("a;b;c,d\n", TextFormat::Delimited(b';')),
            ("a|b\n", TextFormat::Delimited(b'|')),
            ("\"a,b,c\";d\n", TextFormat::Delimited(b';')),
            ("alone\n", TextFormat::Delimited(b'\t')),
            (" {\"a\":1}\n", TextFormat::Ndjson),
        ] {
            assert_eq!(
                text_format(head.as_bytes(), "x.tsv").expect(head),
                format,
                "{head}"
            );
        }
    }

    #[test]
    fn what_is_not_a_table_is_named() {
        for (head, found) in [
            (&b"[{\"a\":1}]"[..], "a JSON array"),
            (b"\xff\xfea\0", "UTF-16"),
            (b"\x00\x01\x02\x03", "binary data"),
            (b"a,b\rc,d\r", "carriage returns"),
        ] {
            let error = text_format(head, "x.csv").expect_err(found).to_string();
            assert!(error.contains(found), "{error}");
        }
        assert!(matches!(text_format(b"\n\n", "x.csv"), Err(SourceError::Empty)));
        assert!(matches!(container(b""), Err(SourceError::Empty)));
        assert!(container(b"PK\x03\x04").is_err());
    }
}
