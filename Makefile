# Two commands do all the set-up: `make demo` and `make test`. `make help` lists the others.

CARGO ?= cargo
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# rust-toolchain.toml names the version. Where rustup may not fetch it, a stable of that version will do.
ifeq ($(shell rustc --version 2>/dev/null),)
ifneq ($(shell RUSTUP_TOOLCHAIN=stable rustc --version 2>/dev/null | grep -F ' 1.95.'),)
export RUSTUP_TOOLCHAIN := stable
endif
endif

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
GUEST := wasm32-wasip1
STATIC := x86_64-unknown-linux-musl
export CC_x86_64_unknown_linux_musl := musl-gcc
WAIT := $(TARGET_DIR)/$(STATIC)/release-wait/waitwarden-wait
CLI := $(TARGET_DIR)/release/waitwarden

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: all
all: policy.wasm wait cli ## Everything: policy.wasm, the wait program, the command line

.PHONY: tools
tools:
	@for target in $(GUEST) $(STATIC); do \
	  [ -d "$$(rustc --print sysroot)/lib/rustlib/$$target/lib" ] && continue; \
	  rustup target add "$$target" || { \
	    echo "make: the Rust target $$target is missing, and rustup could not add it." >&2; \
	    echo "make: run 'rustup target add $$target' where its server can be reached, or install the package of your" >&2; \
	    echo "make: distribution (Debian: libstd-rust-dev-wasm32, Fedora: rust-std-static-$$target), then run make again." >&2; \
	    exit 1; }; \
	done
	@command -v musl-gcc >/dev/null && command -v bwrap >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y bubblewrap musl-tools; } >&2; \
	  else \
	    echo "make: musl-gcc (links the wait program statically) or bwrap (runs it as a Pod would) is missing." >&2; \
	    echo "make: install them as root: apt-get install musl-tools bubblewrap" >&2; \
	    echo "make: (Fedora: dnf install musl-gcc bubblewrap, Arch: pacman -S musl bubblewrap)" >&2; \
	    exit 1; \
	  fi; }

# Cargo knows best whether it is up to date.
.PHONY: policy.wasm
policy.wasm: tools ## The policy, as Kubewarden takes it
	$(CARGO) build --locked -p waitwarden-policy --profile release-wasm --target $(GUEST)
	@cmp -s $(TARGET_DIR)/$(GUEST)/release-wasm/waitwarden_policy.wasm $@ || cp $(TARGET_DIR)/$(GUEST)/release-wasm/waitwarden_policy.wasm $@

.PHONY: wait
wait: tools ## The program of the wait container, static
	$(CARGO) build --locked -p waitwarden-wait --profile release-wait --target $(STATIC)

.PHONY: cli
cli: tools ## The command line, with the policy inside
	$(CARGO) build --locked --release -p waitwarden

.PHONY: man
man: cli ## Manual pages and completions, into dist/
	$(CLI) man dist/man/man1
	@mkdir -p dist/completions
	$(CLI) completions bash > dist/completions/waitwarden.bash
	$(CLI) completions fish > dist/completions/waitwarden.fish
	$(CLI) completions zsh > dist/completions/_waitwarden

.PHONY: demo
demo: all ## Builds everything, then judges examples/ and shows what would be injected
	@echo; echo '$$ waitwarden lint examples'; $(CLI) lint examples || [ $$? = 1 ]
	@echo; echo '$$ waitwarden diff examples/shop'; $(CLI) diff examples/shop
	@echo; echo '$$ waitwarden-wait --timeout=2s -- dns://localhost tcp://localhost:9'; \
	  $(WAIT) --timeout=2s -- dns://localhost tcp://localhost:9 || [ $$? = 69 ]

.PHONY: test
test: policy.wasm wait ## All tests
	WAITWARDEN_WAIT=$(abspath $(WAIT)) $(CARGO) test --locked --workspace --no-fail-fast

.PHONY: lint
lint: tools ## Formatting and clippy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

.PHONY: fmt
fmt: ## Formats the code
	$(CARGO) fmt --all

.PHONY: bless
bless: policy.wasm wait ## Takes what the tests see now as what they expect; read the diff
	TRYCMD=overwrite BLESS=1 WAITWARDEN_WAIT=$(abspath $(WAIT)) $(CARGO) test --locked --workspace --no-fail-fast

.PHONY: clean
clean: ## Removes what was built
	$(CARGO) clean
	rm -f policy.wasm annotated-policy.wasm
