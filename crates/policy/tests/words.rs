//! Shipped programs in plain words.

#[test]
fn print() {
    for name in ["creator-fund","creator-rewards","pulse","youtube-shorts","streamshare","fan-powered","capped-campaign","open-pool"] {
        let path = format!("{}/../../programs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        match policy::parse(&path, &text) { Ok(p) => println!("{}", policy::describe(&p)), Err(e) => println!("{}", policy::render_all(&e, &text)) }
    }
}
