//! LIVE events come in like all others, and what settles views leaves them alone.

use crate::harness::Story;

const STREAM: &str = r#"{"giftId":5655,"repeatCount":1,"groupId":"9","userId":"77","repeatEnd":false,"giftType":1,"diamondCount":1,"roomId":"7291","msgId":"1","createTime":"1790000000500"}
{"giftId":5655,"repeatCount":3,"groupId":"9","userId":"77","repeatEnd":true,"giftType":1,"diamondCount":1,"roomId":"7291","msgId":"2","createTime":"1790000002500"}
{"giftId":5655,"repeatCount":3,"groupId":"9","userId":"77","repeatEnd":true,"giftType":1,"diamondCount":1,"roomId":"7291","msgId":"2","createTime":"1790000002500"}
"#;

#[test]
fn a_recorded_stream_is_imported_with_the_shipped_mapping() {
    let story = Story::new();
    story.file("stream.ndjson", STREAM);
    for kind in ["gift-frame", "gift_frame"] {
        let report = story.json(&["import", kind, "stream.ndjson", "--mapping", "tiktok-live"]);
        assert_eq!(report["kind"], "gift_frame");
        assert_eq!((&report["read"], &report["quarantined"]), (&3.into(), &0.into()));
    }
    let said = story.fails(2, &["import", "gift-box", "stream.ndjson"]);
    assert!(said.contains("unknown event kind `gift-box`"), "{said}");
}

#[test]
fn what_counts_views_refuses_a_conversion_kindly_and_settling_what_is_due_passes_it_by() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    let days = ["--from", "2026-10-01", "--to", "2026-10-31"];
    let refused: [&[&str]; 3] = [
        &["settle", "--program", "live-gifts", "--month", "2026-10"],
        &["simulate", "--program", "live-gifts"],
        &["funnel", "--program", "live-gifts"],
    ];
    for args in refused {
        let args = match args[0] {
            "simulate" => [args, &days[..]].concat(),
            _ => args.to_vec(),
        };
        let answer = story.run(&args);
        assert_ne!(answer.code, 0, "{args:?}");
        assert!(
            answer
                .stderr
                .contains("LIVE gifts are booked from gift frames: `permille live book`"),
            "{args:?}: {}",
            answer.stderr
        );
    }
    story.ok(&["settle", "--due"]);
}
