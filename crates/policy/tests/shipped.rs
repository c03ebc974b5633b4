//! Every shipped program parses, says what it is in plain words, and uses the names it should.

use policy::Program;
use std::path::{Path, PathBuf};

fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs")
}

fn shipped(name: &str) -> Program {
    let path = programs().join(format!("{name}.toml"));
    let text = std::fs::read_to_string(&path).expect("a shipped program");
    policy::parse(&format!("programs/{name}.toml"), &text)
        .unwrap_or_else(|found| panic!("{}", policy::render_all(&found, &text)))
}

fn names() -> Vec<String> {
    let files = std::fs::read_dir(programs()).expect("the folder of shipped programs");
    let mut names: Vec<String> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_shipped_program_parses_and_is_called_like_its_file() {
    let names = names();
    assert_eq!(names.len(), 10, "{names:?}");
    for name in names {
        let program = shipped(&name);
        assert_eq!(program.id, name);
        assert_eq!(program.version, 1);
        assert_eq!(program.asset.to_string(), "USD/6");
    }
}

#[test]
fn look_backs_are_collected_from_conditions_and_formulas() {
    let lookbacks = |name: &str| -> Vec<String> {
        shipped(name)
            .lookbacks
            .iter()
            .map(|lookback| lookback.to_string())
            .collect()
    };
    assert_eq!(lookbacks("creator-fund"), ["creator.views_30d"]);
    assert_eq!(lookbacks("creator-rewards"), ["creator.views_30d"]);
    assert_eq!(lookbacks("pulse"), ["creator.posts_30d"]);
    assert_eq!(lookbacks("streamshare"), ["video.qualified_views_365d"]);
    assert!(lookbacks("fan-powered").is_empty());
    assert_eq!(
        lookbacks("live-gifts"),
        ["creator.views_30d", "creator.posts_30d"],
        "of the bonus on subscriptions"
    );
}

#[test]
fn live_gifts_has_the_published_figures() {
    let program = shipped("live-gifts");
    let rules = program.conversion().expect("a conversion");
    assert_eq!(rules.unit_value.to_string(), "0.005000 USD");
    assert_eq!(
        rules.redemption.minimum.units() / rules.unit_value.units(),
        10_000
    );
    // W28: cents per coin of the smallest and the largest pack.
    let cents = |tokens: u32| {
        let pack = rules.pack("app_store", "USD", tokens).expect("a pack");
        pack.price.units() / i128::from(tokens)
    };
    assert_eq!((cents(70), cents(17_500)), (14_142, 14_285));
    assert_eq!(rules.pack("web", "USD", 70), None);
    let subscription = rules.subscription(Some("gold")).expect("every tier has a share");
    assert_eq!(subscription.creator_share.to_string(), "0.7");
    assert_eq!(subscription.bonuses[0].add.to_string(), "0.2");
    assert_eq!(subscription.bonuses[0].conditions.len(), 3);
    assert_eq!(
        shipped("creator-fund").conversion().map(|rules| rules.token),
        None
    );
}
