//! The project keeps its structure; and the checker sees what breaks it.

use xtask::structure::code::{shipped, std_modules, without_comments_and_strings, words};
use xtask::structure::{
    LAYERS, check, check_circles, check_file, check_layers, check_manifest, forbidden_edge, root,
};

#[test]
fn the_project_keeps_its_structure() {
    let violations: Vec<String> = check(&root()).iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn the_project_is_really_read() {
    let manifest = std::fs::read_to_string(root().join("crates/money/Cargo.toml")).unwrap();
    assert!(check_manifest("crates/money/Cargo.toml", "money", &manifest).is_empty());
    assert!(
        !check_manifest(
            "crates/money/Cargo.toml",
            "money",
            &manifest.replace("[lints]", "[lint]")
        )
        .is_empty()
    );
}

fn messages(file: &str, text: &str) -> Vec<String> {
    check_file(file, text).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn refused(file: &str, text: &str, expected: &str) {
    let messages = messages(file, text);
    assert!(
        messages.iter().any(|message| message.contains(expected)),
        "{text:?}: {messages:?}"
    );
}

#[test]
fn edges() {
    for (from, to) in [
        ("money", "event"),
        ("event", "policy"),
        ("policy", "earning"),
        ("earning", "lake"),
        ("sim", "policy"),
        ("lake", "app"),
        ("app", "permille"),
        ("money", "xtask"),
    ] {
        assert!(forbidden_edge(from, to).is_some(), "{from} -> {to}");
        assert!(check_manifest("m", from, &manifest_of(from, &format!("{to}.workspace = true"))).len() == 1);
    }
    for (from, to) in [
        ("event", "formula"),
        ("earning", "policy"),
        ("permille", "app"),
        ("money", "thiserror"),
    ] {
        assert!(forbidden_edge(from, to).is_none(), "{from} -> {to}");
        assert!(check_manifest("m", from, &manifest_of(from, &format!("{to}.workspace = true"))).is_empty());
    }
}

fn manifest_of(name: &str, dependency: &str) -> String {
    format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n[dependencies]\n{dependency}\n")
}

#[test]
fn manifests() {
    let only = |folder: &str, text: &str| {
        let violations = check_manifest("Cargo.toml", folder, text);
        assert_eq!(violations.len(), 1, "{violations:?}");
        violations[0].message.clone()
    };
    assert!(only("gifts", &manifest_of("gifts", "")).contains("no place in the order of crates"));
    assert!(only("money", &manifest_of("cash", "")).contains("must be named `money`"));
    assert!(only("money", "[package]\nname = \"money\"").contains("lints"));
    assert!(only("money", &manifest_of("money", "rand.workspace = true")).contains("pure crate"));
    assert!(only("lake", &manifest_of("lake", "rand = \"0.9\"")).contains("version from the workspace"));
    assert!(only("money", "[package").contains("not a manifest"));
}

#[test]
fn floats_in_pure_crates() {
    for code in [
        "fn f(x: f64) {}",
        "let x = 1.5;",
        "let x = 2e3;",
        "let x = 1f32;",
        "x.to_f64()",
        "Decimal::from_f64_retain(x)",
        "let x = y as f32;",
        "let x = (1.0, 2);",
        "let x = 1_000.5;",
    ] {
        refused(
            "crates/money/src/a.rs",
            &format!("//! A.\n{code}\n"),
            "crates/money/src/a.rs:2: `",
        );
    }
    for code in [
        "// f64",
        "/* 1.5 /* nested */ f32 */",
        "let x = \"1.5 f64\";",
        "let x = r#\"f64 \" 1.5\"#;",
        "let x = pair.0.1;",
        "for i in 0..10 {}",
        "let x = 0xf64;",
        "let x = 1usize;",
        "let x = 0x1e3;",
        "let pdf64x = 3;",
        "let c = '\"'; let x = 1;",
        "fn f<'a>(x: &'a str) {}",
        "#[cfg(test)]\nmod tests { const X: f64 = 1.5; }",
    ] {
        assert_eq!(
            messages("crates/money/src/a.rs", &format!("//! A.\n{code}\n")),
            [""; 0],
            "{code}"
        );
    }
    assert!(messages("crates/lake/src/a.rs", "//! A.\nfn f(x: f64) {}").is_empty());
    assert!(messages("crates/money/tests/a.rs", "//! A.\nfn f(x: f64) {}").is_empty());
}

#[test]
fn io_in_pure_crates() {
    for code in [
        "use std::fs;",
        "use std::{fmt, fs::File};",
        "std::env::var(\"A\")",
        "use std::net::TcpStream;",
        "std::time::Instant::now()",
        "SystemTime::now()",
        "jiff::Timestamp::now()",
        "println!(\"\")",
        "rand::random()",
        "use std::process::Command;",
        "use std::{\n    fmt,\n    env,\n};",
    ] {
        refused(
            "crates/earning/src/a.rs",
            &format!("//! A.\n{code}\n"),
            "a pure crate must not",
        );
    }
    for code in [
        "use std::fmt;",
        "use std::{fmt, io::Write};",
        "// std::fs",
        "my_std::fs();",
        "let operand = 1;",
    ] {
        assert_eq!(
            messages("crates/earning/src/a.rs", &format!("//! A.\n{code}\n")),
            [""; 0],
            "{code}"
        );
    }
    assert!(messages("crates/app/src/base/a.rs", "//! A.\nuse std::fs;").is_empty());
}

#[test]
fn files() {
    let long = format!("//! A.\n{}", "\n".repeat(500));
    refused("crates/lake/src/a.rs", &long, "501 lines");
    refused("crates/lake/src/a.rs", "use x;\n", "does not open with `//!`");
    refused("crates/lake/src/utils.rs", "//! A.\n", "says nothing");
    refused("crates/lake/src/helpers/mod.rs", "//! A.\n", "says nothing");
    refused(
        "crates/lake/src/a.rs",
        concat!("//! A.\n// TO", "DO: later\n"),
        "finish it",
    );
    refused(
        "docs/a.md",
        concat!("see /ho", "me/ann/project\n"),
        "path of one machine",
    );
    refused(
        "crates/lake/src/a.rs",
        concat!("//! A.\nconst A: &str = \"/wo", "rk/x\";\n"),
        "path of one machine",
    );
    assert!(messages("docs/a.md", "see ../shared/data and /tmp\n").is_empty());
}

#[test]
fn layers_use_those_below_them() {
    let found = |file: &str, code: &str| -> Vec<String> {
        let violations = check_layers(&format!("crates/app/src/{file}"), &format!("//! A.\n{code}\n"));
        violations.iter().map(ToString::to_string).collect()
    };
    for (file, code) in [
        ("books/post.rs", "use crate::live::note;"),
        (
            "books/post.rs",
            "use crate::{\n    runs,\n    live::{self, Cursor},\n};",
        ),
        ("books/post.rs", "fn f() { crate::live::f() }"),
        ("books/mod.rs", "use super::live;"),
        ("books/post.rs", "use super::super::{keys, live::note};"),
        ("books/post/lines.rs", "use super::super::super::live;"),
        (
            "books/post.rs",
            "#[cfg(test)]\nmod tests { use crate::live::note; }",
        ),
    ] {
        let [found] = &*found(file, code) else {
            panic!("{file}: {code}");
        };
        assert!(found.starts_with(&format!("crates/app/src/{file}:")), "{found}");
        assert!(found.contains("`books` must not use `live`"), "{found}");
    }
    for (file, code) in [
        ("live/book.rs", "use crate::books::post_all;"),
        ("live/book.rs", "use crate::live::waiting;"),
        ("live/book.rs", "use super::{cursor, payouts};"),
        (
            "books/post.rs",
            "// crate::live\nconst A: &str = \"crate::live\";",
        ),
        ("books/post.rs", "use live::streak;"),
    ] {
        assert_eq!(found(file, code), [""; 0], "{file}: {code}");
    }
    assert!(found("post.rs", "")[0].contains("in no layer"));
    assert!(found("shops/mod.rs", "")[0].contains("`shops` is no layer"));
    let declared: String = LAYERS.iter().map(|layer| format!("pub mod {layer};\n")).collect();
    assert_eq!(found("lib.rs", &declared), [""; 0]);
    assert!(found("lib.rs", &declared.replace("mod base", "mod basis"))[0].contains("in this order"));
}

#[test]
fn code_without_comments_and_strings() {
    let blank = |source: &str| {
        without_comments_and_strings(source)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(blank("a // b\nc"), "a c");
    assert_eq!(blank("a /* b\n /* c */ d */ e"), "a e");
    assert_eq!(blank("a \"b \\\" c\" d"), "a d");
    assert_eq!(blank("a r\"b\\\" d br#\"e\"f\"# g"), "a d g");
    assert_eq!(
        blank("for r in x { 'a: loop {} } 'b' '\\'' c"),
        "for r in x { 'a: loop {} } c"
    );
    assert_eq!(blank("var\"x\" y"), "var y");
    assert_eq!(without_comments_and_strings("\"a\nb\"\nc").lines().count(), 3);
    assert_eq!(shipped("a #[cfg(test)] b"), "a ");
}

#[test]
fn words_and_paths() {
    let words: Vec<String> = words("a.0.1 + 1.5 - 2..3 * x1\ny")
        .into_iter()
        .map(|(_, word)| word)
        .collect();
    assert_eq!(words, ["a", "0", "1", "1.5", "2", "3", "x1", "y"]);
    let modules = std_modules("use std::fmt;\nuse std::{fs::File, io::{self, Read}, env};\nmystd::net");
    let expected = [(1, "fmt"), (2, "fs"), (2, "io"), (2, "env")];
    assert_eq!(modules, expected.map(|(line, module)| (line, module.to_owned())));
}

#[test]
fn modules_side_by_side_use_each_other_one_way() {
    let found = |files: &[(&str, &str)]| -> Vec<String> {
        let files: Vec<(String, &str)> = files
            .iter()
            .map(|(file, code)| (format!("crates/a/src/{file}"), *code))
            .collect();
        let violations = check_circles(files.iter().map(|(file, code)| (file.as_str(), *code)));
        violations.iter().map(ToString::to_string).collect()
    };
    for files in [
        &[("b.rs", "use crate::c::X;"), ("c.rs", "use crate::b;")][..],
        &[("b.rs", "use super::c::X;"), ("c.rs", "fn f() { super::b::f() }")],
        &[("d/b.rs", "use super::c;"), ("d/c.rs", "use crate::d::b;")],
        &[
            ("b.rs", "use crate::c;"),
            ("c/e/f.rs", "use super::super::super::b;"),
            ("c/mod.rs", ""),
        ],
        &[
            ("b.rs", "use crate::{c, x};"),
            ("c.rs", "use crate::e;"),
            ("e.rs", "use crate::b;"),
        ],
    ] {
        let found = found(files);
        let [one] = &found[..] else {
            panic!("{files:?}: {found:?}")
        };
        assert!(one.contains("in a circle: "), "{one}");
        assert!(one.starts_with("crates/a/src/"), "{one}");
    }
    for files in [
        &[
            ("b.rs", "use crate::c;"),
            ("c.rs", "#[cfg(test)]\nmod tests { use crate::b; }"),
        ][..],
        &[
            ("b.rs", "use crate::c;"),
            ("c.rs", "// crate::b\nconst A: &str = \"crate::b\";"),
        ],
        &[
            ("b.rs", "use crate::c;"),
            ("c/tests.rs", "use crate::b;"),
            ("c.rs", ""),
        ],
        // What lies in a folder is beneath it.
        &[("b.rs", "mod c;\nuse c::X;"), ("b/c.rs", "use super::Y;")],
        &[("lib.rs", "mod b;\npub use b::X;"), ("b.rs", "use crate::X;")],
    ] {
        assert_eq!(found(files), Vec::<String>::new(), "{files:?}");
    }
}
