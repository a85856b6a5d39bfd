#!/usr/bin/env bash
# Installs what building and testing muckwatch needs, says what it does, and does nothing when all is there.
set -eu

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need cc build-essential
need python3 python3
need chromium chromium
need curl curl
need redis-server redis-server
need setpriv util-linux
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk fontconfig)

# Debian starts a service as it installs it, unless this file says no. Ours goes again; one that was there stays.
quietly_install() {
    local policy=/usr/sbin/policy-rc.d ours=
    if [ ! -e "$policy" ]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    keep_off "$@"
}

# What we installed does not start at the next boot either.
keep_off() {
    local start
    if [[ " $* " == *" redis-server "* ]] && [ -d /run/systemd/system ]; then
        systemctl disable --quiet redis-server || echo "setup: redis-server could not be disabled; it starts at the next boot" >&2
    fi
    if [[ " $* " == *" postgresql "* ]]; then
        for start in /etc/postgresql/*/main/start.conf; do
            if [ -e "$start" ]; then sed -i 's/^auto/manual/' "$start"; fi
        done
    fi
}

if ((${#missing[@]})); then
    if [ "$(id -u)" -ne 0 ]; then
        echo "setup: please install as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    echo "setup: installing ${missing[*]} (Redis and PostgreSQL for tests and demos only: as services they are not started)"
    apt-get update -qq
    quietly_install "${missing[@]}"
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
