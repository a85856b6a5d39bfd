#!/usr/bin/env bash
# Installs what building and testing muckwatch needs, says what it does, and does nothing when all is there.
set -eu

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need cc build-essential
need python3 python3
need chromium chromium
need curl curl
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk fontconfig)

if ((${#missing[@]})); then
    if [ "$(id -u)" -ne 0 ]; then
        echo "setup: please install as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    echo "setup: installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v cargo >/dev/null 2>&1; then
    echo "setup: Rust is missing; install the stable toolchain (1.95 or newer) with rustup and try again" >&2
    exit 1
fi

node_ok() { node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'; }
if ! command -v node >/dev/null 2>&1 || ! node_ok; then
    echo "setup: Node.js 20.19 or newer (or 22.12 or newer) is needed for the pages; found $(node --version 2>/dev/null || echo none)" >&2
    exit 1
fi
echo "setup: everything is there ($(cargo --version), node $(node --version), $(chromium --version 2>/dev/null | head -n 1))"
