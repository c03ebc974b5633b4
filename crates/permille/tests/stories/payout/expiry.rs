//! Money below a threshold expires period by period, and what expired is not taken of the creator a second time.

use super::platform::Platform;
use serde_json::Value;

fn ads(platform: &Platform, rows: &str) {
    let text = format!("event_id,video_id,occurred_at,revenue,currency,country\n{rows}");
    let file = platform.story.file("more.csv", &text);
    platform.ok(&["import", "ad_impression", file.to_str().unwrap()]);
}

fn restate(platform: &Platform) {
    platform.ok(&["restate", "--program", "ads", "--period", "2015-10"]);
}

/// What dora has, and what has expired, in dollars.
fn stands(platform: &Platform) -> [Value; 2] {
    let posted = |kind, owner| platform.story.posted(kind, owner, None);
    [
        posted("creator-available", "dora"),
        posted("expired-income", "ads"),
    ]
}

/// Lets what is due become payable, and what may expire expire.
fn expire(platform: &Platform, now: &str) -> Vec<Value> {
    platform.ok(&["period", "close", "--due", "--now", now]);
    let all = platform.json(&["payout", "expire", "--program", "ads", "--yes", "--now", now]);
    all.as_array().unwrap().clone()
}

#[test]
fn what_expired_is_not_clawed_back() {
    let platform = Platform::new(None);
    assert_eq!(expire(&platform, "2015-11-16T12:00:00Z").len(), 1);
    let expect = |dora: &str, expired: &str| {
        assert_eq!(stands(&platform), [dora, expired]);
        platform.sound();
    };
    expect("0.000000", "49.990000");
    // Earned in October, found not to be earned, twice.
    ads(&platform, "less,v-dora,2015-10-06T00:00:00Z,-10,USD,DE\n");
    restate(&platform);
    expect("0.000000", "39.990000");
    ads(&platform, "again,v-dora,2015-10-07T00:00:00Z,-9.99,USD,DE\n");
    restate(&platform);
    expect("0.000000", "30.000000");
    // What is found later is hers, and expires when somebody says so again.
    ads(&platform, "more,v-dora,2015-10-08T00:00:00Z,5,USD,DE\n");
    restate(&platform);
    expect("5.000000", "30.000000");
    assert_eq!(expire(&platform, "2015-11-17T12:00:00Z").len(), 1);
    expect("0.000000", "35.000000");
    // More than all of it was not earned.
    ads(&platform, "all,v-dora,2015-10-09T00:00:00Z,-35,USD,DE\n");
    restate(&platform);
    expect("0.000000", "0.000000");
    let text = platform.ok(&["statement", "--creator", "dora", "--month", &super::months()[0]]);
    assert!(text.contains("expiry undone"), "{text}");
}

/// Two periods expire at once: each is a transaction of its own, the oldest first.
#[test]
fn each_period_expires_by_itself() {
    let platform = Platform::new(None);
    ads(
        &platform,
        "n,v-gus,2015-11-05T00:00:00Z,0,USD,DE\nd,v-dora,2015-11-05T00:00:00Z,0.005,USD,US\n",
    );
    platform.close_november();
    let shown = expire(&platform, "2015-12-20T12:00:00Z");
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0]["amount"], "49.995000 USD");
    let entries = platform.json(&["ledger", "entries", "expired-income:ads"]);
    let said: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.to_string())
        .collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[1].contains("USD/6/2015-10") && said[0].contains("USD/6/2015-11"),
        "{said:?}"
    );
    platform.sound();
}

/// What one period lost of American money another one had earned: they expired as one sum, and each correction takes of that.
#[test]
fn sources_of_both_signs_expire_as_one_sum() {
    let platform = Platform::new(None);
    ads(
        &platform,
        "o1,v-dora,2015-10-06T00:00:00Z,-20,USD,DE\no2,v-dora,2015-10-06T00:00:00Z,8,USD,US\n",
    );
    restate(&platform);
    ads(
        &platform,
        "g,v-gus,2015-11-05T00:00:00Z,0,USD,DE\nn1,v-dora,2015-11-05T00:00:00Z,20,USD,DE\n\
         n2,v-dora,2015-11-06T00:00:00Z,-8,USD,US\n",
    );
    platform.close_november();
    assert_eq!(expire(&platform, "2015-12-20T12:00:00Z").len(), 1);
    let expect = |dora: &str, expired: &str| {
        assert_eq!(stands(&platform), [dora, expired]);
        platform.sound();
    };
    expect("0.000000", "49.990000");
    let correct = |row: &str| {
        ads(&platform, row);
        for period in ["2015-10", "2015-11"] {
            platform.run(&["restate", "--program", "ads", "--period", period]);
        }
    };
    correct("c1,v-dora,2015-10-07T00:00:00Z,-8,USD,US\n");
    expect("0.000000", "41.990000");
    correct("c2,v-dora,2015-11-07T00:00:00Z,-40,USD,DE\n");
    expect("0.000000", "1.990000");
    // From one country to the other, and nothing less.
    correct("c3,v-dora,2015-10-08T00:00:00Z,-2,USD,DE\nc4,v-dora,2015-10-08T00:00:00Z,2,USD,US\n");
    expect("0.000000", "1.990000");
    correct("c5,v-dora,2015-10-09T00:00:00Z,-2,USD,DE\n");
    expect("-0.010000", "0.000000");
}
