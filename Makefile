# muckwatch: `make demo` shows it at work, `make test` checks everything. Both install what they need and work twice in a row.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
CARGO ?= cargo
DEMO ?= .demo
DEMO_CLUSTER ?= .demo-cluster
FACTOR ?= 60
SEED ?= 7
DAY ?= 2026-11-23
API ?= 127.0.0.1:8080

.PHONY: help setup web check test soak browser demo demo-cluster bench

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: ## install what building and testing needs (Debian packages with apt when root)
	@bash deploy/setup.sh

web/node_modules/.installed: web/package.json web/package-lock.json
	@echo "== web: npm ci"
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
web/dist/index.html: web/node_modules/.installed docs/openapi.json $(WEB_SOURCES)
	@echo "== web: build"
	@cd web && npm run --silent build

web: web/dist/index.html ## build the pages that the binary embeds

check: web ## everything but browser and long tests: fmt, clippy, the core alone, unit tests, tidy
	@echo "== fmt"; $(CARGO) fmt --all --check
	@echo "== clippy"; $(CARGO) clippy --quiet --workspace --all-targets -- -D warnings
	@echo "== the pure core alone"; $(CARGO) clippy --quiet --no-default-features --lib -- -D warnings
	@echo "== web: types"; cd web && npm run --silent check
	@echo "== unit tests and tidy"; $(CARGO) test --quiet --workspace --lib; $(CARGO) test --quiet --test tidy

test: setup web ## everything CI checks
	@bash deploy/test.sh

soak: setup web ## the long ones: 50 kills, 200,000 disks, 40 days, a split house's whole day and 30 runs with faults
	@MUCKWATCH_KILL_RUNS=50 MUCKWATCH_DISK_SEEDS=200000 MUCKWATCH_SEEDS=1..40 MUCKWATCH_CLUSTER_RUNS=30 $(CARGO) test --workspace -- --nocapture
	@MUCKWATCH_CLUSTER_HOURS=24 $(CARGO) test --test cluster a_split_house -- --nocapture

browser: setup web ## the pages in headless Chromium, with screenshots
	@bash deploy/browser.sh

demo: setup web ## a simulated day on a scaled clock, with the page to look at; Ctrl-C ends it
	@echo "== build"; $(CARGO) build --quiet
	@exec ./target/debug/muckwatch demo --data $(DEMO) --factor $(FACTOR) --seed $(SEED) --day $(DAY) --api $(API)

demo-cluster: setup web ## the same day through 2 gateways, 3 workers, 2 apis on a Redis Cluster and PostgreSQL
	@echo "== build"; $(CARGO) build --quiet
	@exec ./target/debug/muckwatch demo-cluster --data $(DEMO_CLUSTER) --factor $(FACTOR) --seed $(SEED) --day $(DAY) --api $(API)

bench: web ## every bench, release profile
	@for bench in decode geometry judging record durability gateway cluster; do echo "== $$bench"; $(CARGO) bench --quiet --bench $$bench; done
