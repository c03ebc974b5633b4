//! Pages as a reader finds them.

use super::{Align, Block, Table, pdf};
use std::process::Command;

fn document(rows: usize) -> Vec<Block> {
    let mut table = Table::new(&[
        ("Video", Align::Left),
        ("What", Align::Left),
        ("Amount", Align::Right),
    ]);
    for row in 0..rows {
        let what =
            "a description that is much too long for its column and has to be cut somewhere before its end"
                .to_owned();
        table.row(vec![
            format!("video-{row:04}"),
            what,
            format!("{row}.{:06} USD", row * 7),
        ]);
    }
    vec![
        Block::Title("Statement for Ελένη Παπαδοπούλου".to_owned()),
        Block::Text("Анна Каренина, Łódź, München".to_owned()),
        Block::Heading("Lines".to_owned()),
        Block::Table(table),
        Block::Total("Total".to_owned(), "1,234.567890 USD".to_owned()),
    ]
}

/// What `pdftotext` reads, where it is installed.
fn read_back(bytes: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pdf");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new("pdftotext")
        .arg("-layout")
        .arg(&file)
        .arg("-")
        .output();
    let Ok(output) = output else {
        println!("skipped: pdftotext (poppler-utils) is not installed");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn names_figures_and_totals_are_in_it() {
    let bytes = pdf("Statement", "permille", &document(300)).unwrap();
    assert_eq!(bytes, pdf("Statement", "permille", &document(300)).unwrap());
    let Some(text) = read_back(&bytes) else { return };
    for part in [
        "Ελένη Παπαδοπούλου",
        "Анна Каренина",
        "Łódź",
        "video-0000",
        "video-0299",
        "299.002093 USD",
        "1,234.567890 USD",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let pages = text.matches('\u{c}').count();
    assert!((5..9).contains(&pages), "{pages}");
    assert_eq!(
        text.matches("Amount").count(),
        pages,
        "the head stands on every page"
    );
    assert!(text.replace(' ', "").contains(&format!("{pages}/{pages}")));
}

#[test]
fn an_empty_table_is_a_head() {
    let Some(text) = read_back(&pdf("x", "y", &document(0)).unwrap()) else {
        return;
    };
    assert!(
        text.contains("Amount") && text.replace(' ', "").contains("1/1"),
        "{text}"
    );
}
