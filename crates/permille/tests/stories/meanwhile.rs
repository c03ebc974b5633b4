//! Who checks or reads while another command writes sees one moment of the workspace, and calls nothing damaged that is only newer.

use crate::harness::Story;
use std::fs;
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

/// A run that the books do not have is being posted as long as somebody holds the lock, and was left out when nobody does.
#[test]
fn a_run_is_left_out_only_when_nobody_is_posting_it() {
    let story = Story::for_tests();
    story.ok(&["program", "apply", "open-pool"]);
    story.import_view(0, &[]);
    story.ok(&["settle", "--program", "open-pool", "--period", "2026-10-05"]);
    story.ok(&["ledger", "verify"]);
    let runs = story.path().join(".permille/runs/open-pool/2026-10-05");
    // As if the second run was stored by a process that is not done with it.
    fs::create_dir(runs.join("0002")).unwrap();
    for file in fs::read_dir(runs.join("0001")).unwrap().map(Result::unwrap) {
        let text = fs::read(file.path()).unwrap();
        let text = match file.file_name() == "run.json" {
            true => String::from_utf8(text)
                .unwrap()
                .replace("\"number\": 1", "\"number\": 2")
                .into_bytes(),
            false => text,
        };
        fs::write(runs.join("0002").join(file.file_name()), text).unwrap();
    }
    let sums = fs::read_to_string(runs.join("0001/files.b3")).unwrap();
    let hash = |path: &str| blake3::hash(&fs::read(runs.join(path)).unwrap()).to_string();
    let sums = sums.replace(&hash("0001/run.json"), &hash("0002/run.json"));
    fs::write(runs.join("0002/files.b3"), sums).unwrap();
    let lock = fs::File::create(story.path().join(".permille/lock")).unwrap();
    lock.lock().unwrap();
    story.ok(&["period", "status"]);
    story.ok(&["verify"]);
    drop(lock);
    for command in [&["period", "status"][..], &["verify"]] {
        let answer = story.run(command);
        let said = answer.stdout + &answer.stderr;
        assert_eq!(answer.code, 4, "{said}");
        assert!(
            said.contains("run 2 of open-pool 2026-10-05 was stored and is not in the books"),
            "{said}"
        );
    }
}
