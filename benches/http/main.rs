//! HTTP.
fn main() {}
