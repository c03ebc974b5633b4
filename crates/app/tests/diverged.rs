//! Copies of a workspace share one archive: what one copy began to book, another one with other commits does not go on with.

use app::base::progress::{Context, Progress};
use app::inputs::import;
use app::live;
use app::settling::apply;
use app::workspace::{Purpose, Workspace};
use event::kind::Kind;
use jiff::Timestamp;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stops the work as soon as something of a stage is done.
struct StopsEarly<'c>(&'c AtomicBool);

impl Progress for StopsEarly<'_> {
    fn stage(&self, _: &str, _: Option<u64>) {}
    fn position(&self, done: u64) {
        self.0.fetch_or(done > 0, Ordering::Relaxed);
    }
    fn note(&self, _: &str) {}
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, target) = {
            let entry = entry.unwrap().path();
            let target = to.join(entry.file_name().unwrap());
            (entry, target)
        };
        match entry.is_dir() {
            true => copy(&entry, &target),
            false => drop(std::fs::copy(&entry, &target).unwrap()),
        }
    }
}

/// Does something with a workspace; `cancel`: what stops it.
fn with<T>(folder: &Path, cancel: &AtomicBool, run: impl FnOnce(&Workspace, &Context<'_>) -> T) -> T {
    let now = "2026-11-22T00:00:00Z".parse::<Timestamp>().unwrap();
    let context = Context {
        progress: &StopsEarly(cancel),
        cancel,
        now,
        clock: now,
        recorded: now.into(),
        writes: &AtomicBool::new(false),
        threads: 2,
        memory: None,
        user: "test",
        way: "test",
        key: None,
        command: "test",
    };
    run(&Workspace::open(folder).unwrap(), &context)
}

fn gifts(folder: &Path, name: &str) {
    let mut rows = String::from(
        "event_id,room_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,streak_id,gift_type,coins_each,to_user_id\n",
    );
    for number in 0..8_200 {
        rows += &format!("{name}{number},r,v{number},g,2026-11-10T12:00:00Z,1,true,{name}{number},1,0,h\n");
    }
    let file = folder.join("frames.csv");
    std::fs::write(&file, rows).unwrap();
    let never = AtomicBool::new(false);
    with(folder, &never, |workspace, context| {
        let context = Context {
            cancel: &AtomicBool::new(false),
            ..*context
        };
        import::import(workspace, Kind::GiftFrame, &[file], None, &context).unwrap()
    });
}

#[test]
fn another_copy_does_not_go_on_with_what_one_began() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    Workspace::init(&one, Purpose::Tests).unwrap();
    with(&one, &AtomicBool::new(false), |workspace, context| {
        apply::apply(workspace, "live-gifts", context).unwrap()
    });
    copy(&one, &other);
    gifts(&one, "a");
    gifts(&other, "b");
    let stopped = with(&one, &AtomicBool::new(false), |workspace, context| {
        live::book(workspace, context).unwrap_err()
    });
    assert_eq!(stopped.code, "cancelled");
    // The books as the first left them.
    for entry in std::fs::read_dir(one.join(".permille")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("books.sqlite") {
            std::fs::copy(&path, other.join(".permille").join(name)).unwrap();
        }
    }
    let refused = with(&other, &AtomicBool::new(false), |workspace, context| {
        live::book(workspace, context).unwrap_err()
    });
    assert_eq!(refused.code, "live/other-archive", "{refused:?}");
}
