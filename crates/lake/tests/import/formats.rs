//! Every format and compression gives the same events.

use crate::rig::Rig;
use event::kind::Kind;

const CSV: &str = "event_id,viewer_id,video_id,occurred_at,watched_ms,country\n\
    e1,7,100,2026-10-05T10:00:00Z,5000,DE\n\
    e2,u-1,100,2026-10-05 10:00:01.5,6000,\n\
    e1,7,100,2026-10-05T10:00:00Z,5000,DE\n\
    e3,7,101,yesterday,1,DE\n";

#[test]
fn rows_are_stored_duplicate_or_quarantined() {
    let mut rig = Rig::new();
    let file = rig.file("views.csv", CSV);
    assert_eq!(rig.import(Kind::View, &file), [4, 2, 1, 1]);
    let rows = rig.rows(Kind::View);
    assert_eq!(rows.len(), 2, "{rows:?}");
    let quarantine = rig.quarantine();
    assert_eq!(quarantine.len(), 1);
    assert_eq!((quarantine[0].line, quarantine[0].field.as_str()), (5, "occurred_at"));
    assert_eq!(quarantine[0].row, "e3,7,101,yesterday,1,DE");
    assert_eq!(rig.archive.last_commit(), 1);
    assert_eq!(rig.import(Kind::View, &file), [4, 0, 3, 1]);
    assert_eq!(rig.archive.last_commit(), 1, "nothing new, no commit");
    assert_eq!(rig.quarantine().len(), 1);
}
