//! Who checks or reads while another command writes sees one moment of the workspace, and calls nothing damaged that is only newer.

use crate::harness::Story;
use std::sync::atomic::{AtomicBool, Ordering};

const PAYEES: &str =
    "id,name,residence,town,country,identity,tax_form,tax_country,signed_on,rail,currency,email\n";

/// Runs commands again and again while something writes; each must succeed. Every one of them runs at least once.
fn while_writing(story: &Story, commands: &[&[&str]], write: impl FnOnce() + Send) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Told whatever comes of it, or nobody would end.
            let _told = OnDrop(&done);
            write();
        });
        for command in commands {
            let done = &done;
            scope.spawn(move || {
                loop {
                    let was_done = done.load(Ordering::Relaxed);
                    story.ok(command);
                    if was_done {
                        break;
                    }
                }
            });
        }
    });
}

struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn imports_do_not_make_the_archive_look_cut() {
    let story = Story::for_tests();
    story.ok(&["program", "apply", "live-gifts"]);
    story.import_view(0, &[]);
    while_writing(&story, &[&["verify"], &["live", "book"]], || {
        (1..40).for_each(|number| story.import_view(number, &[]));
    });
}

#[test]
fn records_do_not_make_the_books_look_cut() {
    let story = Story::for_tests();
    while_writing(&story, &[&["ledger", "verify"]], || {
        for number in 0..60 {
            let payee = format!(
                "c{number},N,DE,Berlin,DE,verified,w8ben,DE,2025-03-01,paypal,USD,c{number}@mail.example\n"
            );
            story.file("payees.csv", &format!("{PAYEES}{payee}"));
            story.ok(&["payee", "import", "payees.csv"]);
        }
    });
}

#[test]
fn settlements_do_not_make_runs_look_left_out() {
    let story = Story::for_tests();
    story.ok(&["program", "apply", "open-pool"]);
    story.import_view(0, &[]);
    let readers: &[&[&str]] = &[&["verify"], &["period", "status"]];
    while_writing(&story, readers, || {
        for number in 1..25 {
            story.import_view(number, &[]);
            story.ok(&["settle", "--program", "open-pool", "--period", "2026-10-05"]);
        }
    });
}
