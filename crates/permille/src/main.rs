//! permille
fn main() {}
