#!/usr/bin/env bash
# Builds guest/runtime.wasm from guest/ and frame/, and records what it was built from.
#
# With --check it only compares the bytes. Only for those who change the runtime: the compiled module is part of the repository. Uses the
# wasm32-unknown-unknown target where rustup has it, else Debian's rustc-web with rust-web-src and
# the linker that rustup's toolchain ships.
set -euo pipefail
cd "$(dirname "$0")/.."

target=wasm32-unknown-unknown
out=${CARGO_TARGET_DIR:-target}/guest
flags="-Clink-arg=-zstack-size=16384 -Clink-arg=--gc-sections -Clink-arg=--strip-debug"
build_std=()
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    [ -x /usr/bin/rustc ] || { echo "install rustc-web and rust-web-src, or the target $target" >&2; exit 1; }
    linker=$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker
    build_std=(-Zbuild-std=core,alloc)
fi
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags
cargo rustc -p privet-guest --lib --crate-type cdylib --profile guest --target "$target" \
    --target-dir "$out" "${build_std[@]}"
built=$out/$target/guest/privet_guest.wasm
if [ "${1:-}" = --check ]; then
    cmp "$built" guest/runtime.wasm && echo "guest/runtime.wasm is what its sources give"
    exit
fi
cp "$built" guest/runtime.wasm

cat > guest/runtime.toml <<TOML
# What guest/runtime.wasm was built from, by guest/build.sh. A test compares the digests.
compiler = "$("${RUSTC:-rustc}" --version)"
sources = "$(bash guest/sources-digest.sh)"
module = "$(sha256sum guest/runtime.wasm | cut -d' ' -f1)"
TOML
ls -l guest/runtime.wasm
