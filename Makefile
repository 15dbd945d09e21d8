# The commands of the project. Each recipe is a script, so that a person can run it by hand too.
# Variables: JDK=DIR (what flockd and the Java tests run on), DATA=DIR and LISTEN=ADDR:PORT (for run), OUT=DIR and QUICK=1 (for compare).
# Steps run one after another: two builds at once would only fight for the same cores and locks.
.NOTPARALLEL:
.DEFAULT_GOAL := help

JDK ?=
DATA ?= data
LISTEN ?= 127.0.0.1:3233
OUT ?= compare-results
QUICK ?=
export JDK DATA LISTEN OUT QUICK

.PHONY: help run build test setup setup-tests check test-jdk test-again bench compare fmt clean

help: ## prints this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

run: setup build ## installs what is missing, builds, starts flockd with all samples deployed
	@exec scripts/run.sh

build: ## builds target/release/flockd, target/release/flockctl and functions/build/jars
	@scripts/build.sh

test: setup-tests build ## installs what is missing, then checks style and runs all tests
	@scripts/test-jdk.sh all

setup: ## installs what the build needs and is missing (Debian, Ubuntu; root or sudo)
	@scripts/setup.sh

setup-tests:
	@scripts/setup.sh --tests

check: ## style: fmt, clippy and docs, warnings are errors
	@scripts/check.sh

test-jdk: build ## all tests on JDK=DIR, without the style
	@scripts/test-jdk.sh

test-again: build ## on a second JDK=DIR, only the tests that depend on it
	@scripts/test-jdk.sh again

bench: setup build ## runs the benchmarks
	@scripts/bench.sh

compare: ## measures Flock beside its peers into OUT=DIR; QUICK=1: about a minute
	@scripts/compare.sh

fmt: setup-tests ## formats the Rust code
	@scripts/fmt.sh

clean: ## removes what was built, not the data
	@scripts/clean.sh
