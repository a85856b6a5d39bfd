#!/usr/bin/env bash
# The pages in headless Chromium against the real binary and a simulated day.
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet
cd tests/browser
if [ ! -e node_modules/.installed ] || [ package-lock.json -nt node_modules/.installed ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    touch node_modules/.installed
fi
exec node run.mjs
