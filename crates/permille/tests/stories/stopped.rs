//! Who asks to stop is heard: while it is waited for another process, and while a file is read. And what becomes of an exit code
//! where nothing can be said.

use crate::harness::Story;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use store::{Recorded, Store, StoreError};

fn start(story: &Story, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permille"));
    command.args(args).current_dir(story.path());
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Asks a process to stop; its exit code, and what it said after that.
fn stop(mut process: Child) -> (Option<i32>, String) {
    let id = process.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    let asked = Instant::now();
    let code = process.wait().unwrap().code();
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    let mut said = String::new();
    process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (code, said)
}

#[test]
fn a_wait_for_another_writer_ends_when_it_is_asked_to() {
    let story = Story::new();
    story.ok(&["program", "apply", "open-pool"]);
    let url = story.path().join(".permille/books.sqlite");
    let mut books = Store::open(url.to_str().unwrap()).unwrap();
    let _: Result<(), StoreError> = books.write(store::By::new("test", "test"), Recorded::ByClock, |_| {
        let mut process = start(&story, &["payout", "expire", "--yes", "--user", "ann"]);
        let mut told = [0; 64];
        // It says that it waits.
        assert!(process.stderr.as_mut().unwrap().read(&mut told).unwrap() > 0);
        let (code, said) = stop(process);
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("interrupted; nothing was changed"), "{said}");
        Err(StoreError::Injected)
    });
}

#[test]
fn a_file_of_payees_that_does_not_end_is_left() {
    let story = Story::new();
    let pipe = story.path().join("payees.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let process = start(&story, &["payee", "import", "payees.csv", "--user", "ann"]);
    std::thread::sleep(Duration::from_millis(300));
    let (code, said) = stop(process);
    assert_eq!(code, Some(130), "{said}");
}

#[test]
fn an_exit_code_does_not_need_words() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let story = Story::new();
    for (args, code) in [(&["payout", "show", "nope"][..], 2), (&["ledger", "verify"], 0)] {
        let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_permille"))
            .args(args)
            .current_dir(story.path())
            .stdout(Stdio::null())
            .stderr(nowhere)
            .status()
            .unwrap();
        assert_eq!(run.code(), Some(code), "{args:?}");
    }
}

#[test]
fn marking_very_many_views_ends_when_it_is_asked_to() {
    let story = Story::new();
    let ids: String = (0..400_000).map(|n| format!("view-{n}\n")).collect();
    story.file("views.txt", &ids);
    let mark = [
        "invalidate",
        "--views-from",
        "views.txt",
        "--evidence",
        "a ring of accounts",
    ];
    let process = start(&story, &mark);
    std::thread::sleep(Duration::from_millis(1_000));
    let (code, said) = stop(process);
    assert_eq!(code, Some(130), "{said}");
    assert_eq!(story.json(&["invalidate", "--list"]), serde_json::json!([]));
}

#[test]
fn what_does_not_end_is_not_read() {
    let story = Story::new();
    story.ok(&["program", "apply", "open-pool"]);
    let pipe = story.path().join("pipe.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for file in ["/dev/zero", "pipe.toml"] {
        for command in [
            &["program", "check", file][..],
            &["program", "apply", file],
            &["invalidate", "--views-from", file, "--evidence", "a ring"],
            &["import", "view", "views.csv", "--mapping", file],
            &["payout", "prepare", "--fx", file, "--user", "ann"],
        ] {
            let said = story.fails(4, command);
            assert!(said.contains("it is no ordinary file"), "{command:?}: {said}");
        }
    }
}
