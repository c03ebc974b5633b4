# Short names for the project's commands. `just` alone lists them.

default:
    @just --list

# Generate a platform, settle it and print what it earned
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

# Everything that CI runs
test:
    cargo xtask test

# The tests of one crate
test-crate CRATE:
    cargo nextest run -p {{CRATE}} || cargo test -p {{CRATE}}

# Only the rules of the project's structure
structure:
    cargo xtask structure

# Format everything
fmt:
    cargo fmt --all

# Lints, as CI runs them
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Time of the exact kernel: ten million weights, and formulas
speed:
    cargo run --release -p money --example allocate_bench
    cargo run --release -p formula --example formula_speed

# Read the documentation of the code
doc:
    cargo doc --workspace --no-deps --open
