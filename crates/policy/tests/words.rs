//! Programs in plain words: one golden file for each shipped program, in `tests/words/`.

use std::fs;
use std::path::Path;

/// The golden files are rewritten when this variable is set; read the difference before it is committed.
const REWRITE: &str = "PERMILLE_REWRITE_GOLDEN";

#[test]
fn shipped_programs_say_what_they_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shipped = [
        "bits",
        "capped-campaign",
        "creator-fund",
        "creator-rewards",
        "fan-powered",
        "live-gifts",
        "open-pool",
        "pulse",
        "streamshare",
        "youtube-shorts",
    ];
    for name in shipped {
        let text =
            fs::read_to_string(root.join(format!("../../programs/{name}.toml"))).expect("a shipped program");
        let program = policy::parse(name, &text).expect("shipped programs are right");
        let words = policy::describe(&program);
        let golden = root.join(format!("tests/words/{name}.txt"));
        if std::env::var_os(REWRITE).is_some() {
            fs::create_dir_all(root.join("tests/words")).expect("a folder");
            fs::write(&golden, &words).expect("a golden file");
        }
        let expected = fs::read_to_string(&golden).expect("a golden file");
        assert_eq!(
            words, expected,
            "{name}: set {REWRITE}=1 to rewrite the golden files"
        );
    }
}
