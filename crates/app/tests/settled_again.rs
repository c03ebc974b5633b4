//! When inputs change, a period is settled again. What people mark invalid is an input like any other: a new list is a new run, and every run
//! replays with its own.

use app::base::progress::{Context, Silent};
use app::inputs::import;
use app::inputs::invalidate::{self, Mark, Subject};
use app::inputs::traffic_lists::{self, Configured};
use app::queries::verify;
use app::settling::apply;
use app::settling::settle::{self, Made, Outcome, Selection};
use app::workspace::{Purpose, Workspace};
use event::kind::Kind;
use jiff::Timestamp;
use std::sync::atomic::AtomicBool;

/// Ann's video is watched by two viewers, Bob's by one; of viewer 1 and Ann's video the second view is one too many.
const VIEWS: &str = "\
event_id,viewer_id,video_id,creator_id,occurred_at,watched_ms
100,1,a,ann,2026-10-05T08:00:00Z,30000
e-101,1,a,ann,2026-10-05T09:00:00Z,20000
102,2,a,ann,2026-10-05T10:00:00Z,40000
103,3,b,bob,2026-10-05T11:00:00Z,50000
";

struct Platform {
    folder: tempfile::TempDir,
    workspace: Workspace,
    cancel: AtomicBool,
    writes: AtomicBool,
}

impl Platform {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform {
            workspace: Workspace::init(folder.path(), Purpose::Tests).unwrap(),
            folder,
            cancel: AtomicBool::new(false),
            writes: AtomicBool::new(false),
        };
        platform.import(VIEWS);
        apply::apply(&platform.workspace, "open-pool", &platform.context()).unwrap();
        platform
    }

    fn import(&self, csv: &str) {
        let views = self.folder.path().join("views.csv");
        std::fs::write(&views, csv).unwrap();
        import::import(&self.workspace, Kind::View, &[views], None, &self.context()).unwrap();
    }

    fn context(&self) -> Context<'_> {
        let now = "2026-11-22T00:00:00Z".parse::<Timestamp>().unwrap();
        Context {
            progress: &Silent,
            cancel: &self.cancel,
            now,
            clock: now,
            recorded: now.into(),
            writes: &self.writes,
            threads: 2,
            memory: None,
            user: "test",
            way: "test",
            key: None,
            command: "test",
        }
    }

    fn configured(&self) -> Configured {
        traffic_lists::configured(&self.workspace).unwrap()
    }

    fn settle(&self, lists: impl Fn() -> Configured) -> Outcome {
        let period = Selection::Period("2026-10-05".to_owned());
        let (workspace, context) = (&self.workspace, self.context());
        let outcomes = settle::settle_with(
            workspace,
            &|| Ok(lists()),
            Some("open-pool"),
            &period,
            &context,
            |_| Ok(()),
        );
        outcomes.unwrap().whole().unwrap().remove(0)
    }

    fn with(&self, json: &str) -> Outcome {
        self.settle(|| self.configured().with_invalidated(json.to_owned()).unwrap())
    }

    /// Whether the list of a run is kept.
    fn keeps_list(&self, of: &Outcome) -> bool {
        let hash = of.run.record.lists.invalidated.as_ref();
        hash.is_some_and(|hash| self.workspace.blobs().path(hash).is_file())
    }
}

/// Number of the run, qualified views, invalidated views.
fn figures(outcome: &Outcome) -> (u32, u64, u64) {
    let report = &outcome.run.record.report;
    let invalidated = report
        .rejected
        .iter()
        .find(|rejected| rejected.rule == "invalidated");
    (
        outcome.run.record.number,
        report.counts.qualified_views,
        invalidated.map_or(0, |rejected| rejected.views),
    )
}

#[test]
fn a_new_list_is_a_new_run_and_every_run_replays() {
    let platform = Platform::new();
    let first = platform.settle(|| platform.configured());
    assert_eq!((figures(&first), first.what), ((1, 3, 0), Made::Settled));

    // An empty list is no list.
    let same = platform.with(r#"{"views": [], "viewers": []}"#);
    assert_eq!((figures(&same), same.what), ((1, 3, 0), Made::Unchanged));
    assert_eq!(first.run.record.lists.invalidated, None);

    // The honest second view takes the place of the first.
    let second = platform.with(r#"{"views": ["100"]}"#);
    assert_eq!((figures(&second), second.what), ((2, 3, 1), Made::SettledAgain));
    let again = platform.with(r#"{"viewers": [], "views": ["100", "100"]}"#);
    assert_eq!((figures(&again), again.what), ((2, 3, 1), Made::Unchanged));

    let viewer =
        r#"{"views": ["100", "e-101"], "viewers": [{"viewer": "2", "from": "2026-10-05T10:00:00Z"}]}"#;
    let third = platform.with(viewer);
    assert_eq!((figures(&third), third.what), ((3, 1, 3), Made::SettledAgain));
    assert!(platform.keeps_list(&second) && platform.keeps_list(&third));
    assert_ne!(second.run.record.lists, third.run.record.lists);

    let verified = verify::verify(&platform.workspace, None, &platform.context()).unwrap();
    let found: Vec<_> = verified.runs.iter().map(|run| (run.run, run.same)).collect();
    assert_eq!(found, [(1, true), (2, true), (3, true)], "{verified:?}");

    // Every mark taken back: the first result, in a run of its own.
    let back = platform.settle(|| platform.configured());
    assert_eq!((figures(&back), back.what), ((4, 3, 0), Made::SettledAgain));
    assert_eq!(back.run.record.hash, first.run.record.hash);
}

/// Two days are settled; when the first one is, another command does something and settles the second. That stands: so many lines it has.
fn another_settles_meanwhile(does: impl Fn(&Platform), lines: u64) {
    let platform = Platform::new();
    let next_day = VIEWS.replace("2026-10-05", "2026-10-06");
    platform.import(&next_day.replace("\n1", "\n2").replace("e-1", "e-2"));
    let mut others = Vec::new();
    let (workspace, context) = (&platform.workspace, platform.context());
    let settled = settle::settle(workspace, None, &Selection::Due, &context, |_| {
        if others.is_empty() {
            does(&platform);
            let day = Selection::Period("2026-10-06".to_owned());
            let other = settle::settle(workspace, Some("open-pool"), &day, &context, |_| Ok(()))?;
            others = other.whole()?;
        }
        Ok(())
    });
    let settled = settled.unwrap().whole().unwrap();
    let made: Vec<_> = settled.iter().map(|of| (figures(of).1, of.what)).collect();
    assert_eq!(made, [(3, Made::Settled), (lines, Made::Unchanged)]);
    assert_eq!(settled[1].run.record.hash, others[0].run.record.hash);
}

/// The other's run has read commits that this one's view of the archive has not.
#[test]
fn what_another_settled_meanwhile_with_newer_events_stands() {
    let view = "event_id,viewer_id,video_id,creator_id,occurred_at,watched_ms\n300,9,a,ann,2026-10-06T08:00:00Z,30000\n";
    another_settles_meanwhile(|platform| platform.import(view), 4);
}

/// So does what was settled with views that were marked meanwhile.
#[test]
fn what_another_settled_meanwhile_with_marks_stands() {
    let mark = Mark {
        subject: Subject::View("202".to_owned()),
        active: true,
        evidence: "a ring of accounts".to_owned(),
        from: None,
        until: None,
    };
    let marks = |platform: &Platform| {
        invalidate::mark(
            &platform.workspace,
            std::slice::from_ref(&mark),
            &platform.context(),
        )
        .unwrap();
    };
    another_settles_meanwhile(marks, 2);
}

#[test]
fn a_run_without_its_list_does_not_replay() {
    let platform = Platform::new();
    let run = platform.with(r#"{"views": ["102"]}"#).run;
    let hash = run.record.lists.invalidated.unwrap();
    std::fs::remove_file(platform.workspace.blobs().path(&hash)).unwrap();
    let verified = verify::verify(&platform.workspace, None, &platform.context()).unwrap();
    assert_eq!(verified.different(), 1);
    assert!(
        verified.runs[0].difference.as_ref().unwrap().contains(&hash),
        "{verified:?}"
    );
}

#[test]
fn a_list_that_is_none_is_refused() {
    let platform = Platform::new();
    let error = platform
        .configured()
        .with_invalidated(r#"{"viewers": [{"viewer": "1", "until": "soon"}]}"#.to_owned())
        .unwrap_err();
    assert!(
        error.message.contains("entry 1: `soon` is no time"),
        "{}",
        error.message
    );
}
