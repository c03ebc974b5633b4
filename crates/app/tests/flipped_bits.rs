//! One flipped bit in a stored file: either what was decided stays the same, or there is an error that says which file.
//! Never other amounts.

use app::base::error::Error;
use app::base::progress::{Context, Silent};
use app::books::unreleased::earned;
use app::inputs::reader::Reader;
use app::inputs::{import, programs, traffic_lists};
use app::runs::{RunFile, parse_period, run_hash};
use app::settling::apply;
use app::settling::before;
use app::settling::settle::{self, Selection};
use app::workspace::{Purpose, Workspace};
use event::kind::Kind;
use event::live::{CoinPurchase, CoinRefund, Gift, GiftFrame, Redemption, RoomActivity, Subscription};
use jiff::Timestamp;
use lake::archive::{Archive, ArchiveError, StoredBefore};
use lake::live::{Commits, LiveEvent, read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Flips in every file, spread over it and each at another bit.
const FLIPS: usize = 12;

const FILES: [(Kind, &str); 13] = [
    (
        Kind::View,
        "event_id,viewer_id,video_id,occurred_at,watched_ms,country\n\
         1,11,a,2026-10-05T08:00:00Z,30000,US\ne-2,12,a,2026-10-05T09:00:00Z,20000,DE\n3,13,b,2026-10-06T10:00:00Z,40000,US\n",
    ),
    (
        Kind::Engagement,
        "event_id,viewer_id,video_id,occurred_at,engagement\n1,11,a,2026-10-05T08:00:10Z,like\n2,13,b,2026-10-06T10:00:10Z,share\n",
    ),
    (
        Kind::AdImpression,
        "event_id,video_id,occurred_at,revenue,currency,country,viewer_id\n\
         1,a,2026-10-05T08:00:00Z,12.5,USD,US,11\n2,b,2026-10-06T10:00:00Z,7.25,USD,US,13\n3,a,2026-10-05T09:00:00Z,1.1,USD,DE,12\n",
    ),
    (
        Kind::Funding,
        "program,date,payer_id,amount,currency\nfan-powered,2026-10-05,11,9.99,USD\nfan-powered,2026-10-06,13,4.99,USD\n",
    ),
    (
        Kind::Creator,
        "creator_id,effective_at,adult,followers,country\nann,2026-01-01T00:00:00Z,true,20000,US\nbob,2026-01-01T00:00:00Z,true,3000,DE\n",
    ),
    (
        Kind::Video,
        "video_id,effective_at,creator_id,original,duration_ms,music_tracks\n\
         a,2026-01-01T00:00:00Z,ann,true,60000,1\nb,2026-01-01T00:00:00Z,bob,true,40000,0\n",
    ),
    (
        Kind::GiftFrame,
        "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end\nf,r,ann,11,rose,2026-10-05T08:00:00Z,3,true\n",
    ),
    (
        Kind::CoinPurchase,
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\np,11,2026-10-05T07:00:00Z,web,100,1.40,USD\n",
    ),
    (
        Kind::CoinRefund,
        "event_id,purchase_id,viewer_id,occurred_at,reason\nr,p,11,2026-10-07T07:00:00Z,refund\n",
    ),
    (
        Kind::RoomActivity,
        "event_id,room_id,host_id,occurred_at,activity\na,r,ann,2026-10-05T07:59:00Z,start\n",
    ),
    (
        Kind::Subscription,
        "event_id,viewer_id,creator_id,occurred_at,price,currency\ns,12,ann,2026-10-05T07:00:00Z,4.99,USD\n",
    ),
    (
        Kind::Redemption,
        "event_id,creator_id,occurred_at,diamonds\nd,ann,2026-10-08T07:00:00Z,2\n",
    ),
    (
        Kind::Gift,
        "gift_id,effective_at,coins,name\nrose,2026-01-01T00:00:00Z,5,Rose\n",
    ),
];

const PROGRAMS: [&str; 3] = ["open-pool", "youtube-shorts", "fan-powered"];

struct Platform {
    workspace: Workspace,
    cancel: AtomicBool,
    writes: AtomicBool,
    _folder: tempfile::TempDir,
}

impl Platform {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform {
            workspace: Workspace::init(folder.path(), Purpose::Tests).unwrap(),
            cancel: AtomicBool::new(false),
            writes: AtomicBool::new(false),
            _folder: folder,
        };
        for (kind, text) in FILES {
            let file = platform.workspace.folder().join("input.csv");
            std::fs::write(&file, text).unwrap();
            let report =
                import::import(&platform.workspace, kind, &[file], None, &platform.context()).unwrap();
            assert_eq!(report.totals()[&kind].quarantined, 0, "{kind}");
        }
        PROGRAMS.iter().for_each(|id| {
            apply::apply(&platform.workspace, id, &platform.context()).unwrap();
        });
        platform
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

    /// The hashes of what every program would pay, and every event of LIVE.
    fn decided(&self) -> Result<Vec<String>, Error> {
        let archive = self.workspace.archive()?;
        let configured = traffic_lists::configured(&self.workspace)?;
        let bound = StoredBefore(archive.last_commit());
        let reader = Reader::new(&archive, bound, &configured.lists, &self.workspace);
        let mut found = vec![format!("{bound:?}")];
        for id in PROGRAMS {
            let program = &programs::versions_of(&self.workspace, id)?[0];
            let text = if id == "open-pool" {
                "2026-10-05"
            } else {
                "2026-10"
            };
            let period = parse_period(text, program.period)?;
            let gathered = reader.inputs(program, &period, &self.context())?;
            let books = self.workspace.books()?;
            let nothing = books.read(|tx| before::budget_spent(tx, &self.workspace, program, &period))?;
            let settlement = gathered.settle(program, &period, nothing)?;
            assert!(!settlement.lines.is_empty(), "{id}");
            found.push(run_hash(&gathered.facts.hash(), &settlement));
        }
        let live = || -> Result<Vec<String>, ArchiveError> {
            Ok(vec![
                all::<GiftFrame>(&archive)?,
                all::<CoinPurchase>(&archive)?,
                all::<CoinRefund>(&archive)?,
                all::<RoomActivity>(&archive)?,
                all::<Subscription>(&archive)?,
                all::<Redemption>(&archive)?,
                all::<Gift>(&archive)?,
            ])
        };
        let live = live().map_err(|e| Error::bad_input("archive", e.to_string()))?;
        found.extend(live);
        Ok(found)
    }
}

fn all<T: LiveEvent + std::fmt::Debug>(archive: &Archive) -> Result<String, ArchiveError> {
    Ok(format!("{:?}", read::<T>(archive, Commits::all(archive))?))
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Flips bits of a file, one at a time, and calls `look` with each: the bytes are put back afterwards.
fn flipped(path: &Path, mut look: impl FnMut(&str)) {
    let bytes = std::fs::read(path).unwrap();
    for flip in 0..FLIPS.min(bytes.len()) {
        let at = bytes.len() * flip / FLIPS.min(bytes.len());
        let bit = (flip * 5 + at) % 8;
        let mut changed = bytes.clone();
        changed[at] ^= 1 << bit;
        std::fs::write(path, &changed).unwrap();
        look(&format!("{}, bit {bit} of byte {at}", path.display()));
    }
    std::fs::write(path, &bytes).unwrap();
}

#[test]
fn a_flipped_bit_in_the_archive_never_decides_other_amounts() {
    let platform = Platform::new();
    let expected = platform.decided().unwrap();
    let archive = platform.workspace.archive().unwrap().root().to_path_buf();
    let (mut errors, mut kinds) = (0, std::collections::BTreeSet::new());
    for path in files(&archive) {
        let is_parquet = path.extension().is_some_and(|ext| ext == "parquet");
        flipped(&path, |what| match platform.decided() {
            Ok(found) => {
                assert!(!is_parquet, "{what}: nobody noticed");
                assert_eq!(found, expected, "{what}");
            }
            Err(error) => {
                errors += 1;
                assert_eq!(error.kind.name(), "bad_input", "{what}: {error}");
                if is_parquet {
                    let name = path.display().to_string();
                    assert!(error.message.contains(&name), "{what}: {error}");
                    assert!(error.message.contains("commit "), "{what}: {error}");
                }
            }
        });
        kinds.extend(path.parent().map(Path::to_path_buf));
    }
    assert!(errors > 13 * FLIPS, "{errors}");
    assert!(
        kinds.len() > 26,
        "every kind, its index, and the commits: {kinds:?}"
    );
    assert_eq!(platform.decided().unwrap(), expected);
}

#[test]
fn a_flipped_bit_in_the_index_of_ids_stores_nothing_twice() {
    let platform = Platform::new();
    let input = platform.workspace.folder().join("input.csv");
    let archive = platform.workspace.archive().unwrap().root().to_path_buf();
    for path in files(&archive.join("ids/view")) {
        flipped(&path, |what| {
            std::fs::write(&input, FILES[0].1).unwrap();
            let again = import::import(
                &platform.workspace,
                Kind::View,
                std::slice::from_ref(&input),
                None,
                &platform.context(),
            );
            let counts = again.unwrap().totals()[&Kind::View];
            assert_eq!((counts.stored, counts.duplicate), (0, 3), "{what}");
        });
    }
}

#[test]
fn a_flipped_bit_in_a_run_never_earns_other_amounts() {
    let platform = Platform::new();
    let (workspace, context) = (&platform.workspace, platform.context());
    let month = Selection::Month("2026-10".to_owned());
    let settled = settle::settle(workspace, Some("youtube-shorts"), &month, &context, |_| Ok(()));
    let settled = settled.unwrap().whole().unwrap();
    let run = &settled[0].run;
    let look = || Ok::<_, Error>(format!("{:?}", earned(run)?));
    let expected = look().unwrap();
    for file in [RunFile::Lines, RunFile::Units] {
        let path = run.place_of(file);
        flipped(&path, |what| match look() {
            Ok(found) => assert_eq!(found, expected, "{what}"),
            Err(error) => {
                assert_eq!(error.kind.name(), "bad_input", "{what}: {error}");
                let named = [path.display().to_string(), run.name()];
                assert!(
                    named.iter().all(|name| error.message.contains(name)),
                    "{what}: {error}"
                );
            }
        });
    }
    for file in RunFile::ALL {
        flipped(&run.place_of(file), |what| {
            assert!(run.must_be_whole().is_err(), "{what}: nobody noticed");
        });
    }
    assert_eq!(look().unwrap(), expected);
}
