#!/usr/bin/env bash
# Prints the SHA-256 over the sources that guest/runtime.wasm is built from.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
for file in frame/src/abi.rs frame/src/address.rs frame/src/lib.rs frame/src/verify.rs guest/src/*.rs guest/wit/*.wit guest/build.sh; do
    printf '%s\n' "$file"
    cat "$file"
done | sha256sum | cut -d' ' -f1
