//! Pages as a reader finds them.

use super::font::{Face, Fonts};
use super::{Align, Block, FontFile, PaperError, Table, pdf};
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
    let made = pdf("Statement", "permille", &document(300), &[]).unwrap();
    assert_eq!(made, pdf("Statement", "permille", &document(300), &[]).unwrap());
    assert!(made.missing.is_empty(), "{:?}", made.missing);
    let Some(text) = read_back(&made.bytes) else {
        return;
    };
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
    let Some(text) = read_back(&pdf("x", "y", &document(0), &[]).unwrap().bytes) else {
        return;
    };
    assert!(
        text.contains("Amount") && text.replace(' ', "").contains("1/1"),
        "{text}"
    );
}

/// The glyphs of a few Chinese characters.
fn han() -> FontFile {
    FontFile {
        name: "han.otf".to_owned(),
        bytes: include_bytes!("../tests/fonts/han.otf").to_vec(),
        face: 0,
    }
}

#[test]
fn what_the_embedded_fonts_lack_comes_from_another_or_is_told() {
    let blocks = [
        Block::Title("北京 Statement".to_owned()),
        Block::Text("山田 (Yamada), creator 北 7".to_owned()),
        Block::Text("山\u{fe00}\u{200d}龍\u{1f600}".to_owned()),
    ];
    let without = pdf("x", "京", &blocks, &[]).unwrap();
    assert_eq!(without.missing.iter().collect::<String>(), "京北山田龍");
    let with = pdf("x", "京", &blocks, &[han()]).unwrap();
    assert_eq!(with.missing.iter().collect::<String>(), "龍");
    assert_eq!(with, pdf("x", "京", &blocks, &[han()]).unwrap());
    let Some(text) = read_back(&with.bytes) else {
        return;
    };
    for part in ["北京 Statement", "山田 (Yamada), creator 北 7"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn what_is_no_font_is_refused_by_name() {
    for (bytes, face) in [(b"not a font".to_vec(), 0), (han().bytes, 3)] {
        let file = FontFile { bytes, face, ..han() };
        let error = pdf("x", "y", &[], &[file]).unwrap_err();
        assert!(matches!(error, PaperError::Font { .. }), "{error}");
        assert!(error.to_string().contains("han.otf"), "{error}");
    }
}

#[test]
fn each_part_of_a_text_has_its_font_and_direction() {
    let files = [han()];
    let fonts = Fonts::new(&files).unwrap();
    let parts = |text: &'static str| {
        let runs = fonts.runs(Face::Regular, 10.0, text);
        runs.iter().map(|run| run.text).collect::<Vec<_>>()
    };
    for (text, expected) in [
        ("", vec![]),
        ("Anna, creator 7", vec!["Anna, creator 7"]),
        ("山田。Yamada", vec!["山田。", "Yamada"]),
        ("(北) a", vec!["(", "北", ") a"]),
        ("نجيب محفوظ, creator 7", vec!["نجيب محفوظ", ", creator 7"]),
    ] {
        assert_eq!(parts(text), expected);
        let whole = fonts.width(Face::Regular, 10.0, text);
        let sum: f32 = parts(text)
            .iter()
            .map(|part| fonts.width(Face::Regular, 10.0, part))
            .sum();
        assert!((whole - sum).abs() < 0.01, "{text}: {whole} {sum}");
    }
    assert!((fonts.width(Face::Bold, 10.0, "北京") - 20.0).abs() < 0.01);
    // Letters that join are narrower than alone.
    let width = |text| fonts.width(Face::Regular, 10.0, text);
    assert!(width("سسس") < 2.8 * width("س"));
}
