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
WEB := wasm32-unknown-unknown
export CC_x86_64_unknown_linux_musl := musl-gcc
WAIT := $(TARGET_DIR)/$(STATIC)/release-wait/waitwarden-wait
# What the image is for: amd64, arm64 or both. Each needs the Rust target and, for ring, a C compiler.
ARCHES ?= amd64
TARGET_amd64 := x86_64-unknown-linux-musl
TARGET_arm64 := aarch64-unknown-linux-musl
IMAGE_OF = $(TARGET_DIR)/$(TARGET_$(1))/release-wait/waitwarden-wait
CLI := $(TARGET_DIR)/release/waitwarden

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: all
all: annotated-policy.wasm wait cli ## Everything: the policy (policy.wasm, annotated-policy.wasm), the wait program, the command line

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
	@missing=; for tool in musl-gcc wasm-opt bwrap skopeo umoci crun docker-registry; do \
	  command -v $$tool >/dev/null || missing="$$missing $$tool"; \
	done; \
	[ -z "$$missing" ] || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y binaryen bubblewrap crun docker-registry musl-tools skopeo umoci; } >&2; \
	  else \
	    echo "make: missing:$$missing. musl-gcc links the wait program statically, wasm-opt makes the policy small," >&2; \
	    echo "make: bwrap and crun run the wait program as a Pod would, skopeo, umoci and docker-registry push, pull and" >&2; \
	    echo "make: unpack its image." >&2; \
	    echo "make: install them as root: apt-get install binaryen bubblewrap crun docker-registry musl-tools skopeo umoci" >&2; \
	    echo "make: (Fedora: dnf install binaryen bubblewrap crun musl-gcc skopeo, Arch: pacman -S binaryen bubblewrap crun musl skopeo;" >&2; \
	    echo "make: where umoci or docker-registry is not packaged, they are single programs of their projects' releases)" >&2; \
	    exit 1; \
	  fi; }

# Programs, the Debian packages that bring them, and what they are for.
define need
	@missing=; for tool in $(1); do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	[ -z "$$missing" ] || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $(2); } >&2; \
	  else \
	    echo "make: missing:$$missing. $(3)" >&2; \
	    echo "make: install them as root: apt-get install $(2)" >&2; \
	    exit 1; \
	  fi; }
endef

.PHONY: page-tools
page-tools:
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/$(WEB)/lib" ] || rustup target add $(WEB) || { \
	  echo "make: the Rust target $(WEB) is missing, and rustup could not add it." >&2; \
	  echo "make: run 'rustup target add $(WEB)' where its server can be reached, or install the package of your" >&2; \
	  echo "make: distribution (Debian: libstd-rust-dev-wasm32), then run make again." >&2; \
	  exit 1; }
	$(call need,node npm,nodejs npm,They bring and bundle the editor of the playground.)

.PHONY: browser
browser:
	$(call need,chromium,chromium,The playground is tested in it.)

# What the standard library for this target uses, which is what wasm-opt may use.
WASM_FEATURES := --enable-bulk-memory --enable-sign-ext --enable-mutable-globals --enable-nontrapping-float-to-int \
  --enable-multivalue --enable-reference-types

# What is given away does not say where it was built: panics name files of crates.
CRATES = for folder in $${CARGO_HOME:-$$HOME/.cargo}/registry/src/*; do printf -- '--remap-path-prefix=%s=crates ' "$$folder"; done
NAMELESS = RUSTFLAGS="$$($(CRATES))--remap-path-prefix=$(CURDIR)=."

# Cargo knows best whether it is up to date.
.PHONY: policy.wasm
policy.wasm: tools ## The policy, as Kubewarden takes it
	@$(CARGO) fetch --locked --quiet
	$(NAMELESS) $(CARGO) build --locked -p waitwarden-policy --profile release-wasm --target $(GUEST)
	@wasm-opt -Os $(WASM_FEATURES) $(TARGET_DIR)/$(GUEST)/release-wasm/waitwarden_policy.wasm -o $(TARGET_DIR)/policy.wasm
	@cmp -s $(TARGET_DIR)/policy.wasm $@ || cp $(TARGET_DIR)/policy.wasm $@

.PHONY: annotated-policy.wasm
annotated-policy.wasm: policy.wasm ## The policy with its metadata, as policy-server loads it
	@$(CARGO) run --locked --quiet -p waitwarden-module -- annotate policy.wasm policy/metadata.yml README.md $@

# The command line takes this very file in, byte for byte; a plain `cargo build` builds one of its own.
export WAITWARDEN_POLICY_WASM := $(abspath policy.wasm)

.PHONY: wait
wait: tools ## The program of the wait container, static
	@$(CARGO) fetch --locked --quiet
	$(NAMELESS) $(CARGO) build --locked -p waitwarden-wait --profile release-wait --target $(STATIC)

.PHONY: wait-arm64
# The C of ring is compiled by a cross compiler, which needs no libc of that processor; Rust links with its own.
wait-arm64: export CC_aarch64_unknown_linux_musl := aarch64-linux-gnu-gcc
wait-arm64: export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER := rust-lld
wait-arm64:
	@command -v aarch64-linux-gnu-gcc >/dev/null || { \
	  echo "make: aarch64-linux-gnu-gcc, which compiles for arm64, is missing." >&2; \
	  echo "make: install it as root: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross" >&2; exit 1; }
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/$(TARGET_arm64)/lib" ] || rustup target add $(TARGET_arm64) || { \
	  echo "make: the Rust target $(TARGET_arm64) is missing, and rustup could not add it." >&2; exit 1; }
	$(NAMELESS) $(CARGO) build --locked -p waitwarden-wait --profile release-wait --target $(TARGET_arm64)

.PHONY: image
image: wait $(if $(filter arm64,$(ARCHES)),wait-arm64) ## The image of the wait container, as an OCI layout in dist/wait; ARCHES="amd64 arm64"
	$(if $(filter-out amd64 arm64,$(ARCHES)),$(error ARCHES: expected amd64, arm64 or both, and not '$(ARCHES)'))
	$(CARGO) run --locked --quiet -p waitwarden-image -- $(if $(SOURCE_DATE_EPOCH),--created $(SOURCE_DATE_EPOCH)) \
	  $(foreach arch,$(ARCHES),--binary $(arch)=$(call IMAGE_OF,$(arch))) dist/wait

.PHONY: cli-image
# The command line with nothing around it. Only for the processor of this machine: wasmtime brings much to compile.
cli-image: policy.wasm ## The image of the command line, static, as an OCI layout in dist/cli
	$(NAMELESS) $(CARGO) build --locked --release -p waitwarden --target $(STATIC)
	$(CARGO) run --locked --quiet -p waitwarden-image -- --content cli $(if $(SOURCE_DATE_EPOCH),--created $(SOURCE_DATE_EPOCH)) \
	  --binary amd64=$(TARGET_DIR)/$(STATIC)/release/waitwarden dist/cli

.PHONY: reproducible
# Two folders with different names, neither of them this one.
reproducible: tools ## Builds the policy in two other folders, and compares it with this one's byte for byte
	@there=$$(mktemp -d) && trap 'rm -rf "$$there"' EXIT && for copy in one another/folder; do \
	  mkdir -p "$$there/$$copy" && git archive HEAD | tar -x -C "$$there/$$copy" && \
	  env -u CARGO_TARGET_DIR $(MAKE) --no-print-directory -C "$$there/$$copy" annotated-policy.wasm >&2; done && \
	for file in policy.wasm annotated-policy.wasm; do \
	  sha256sum "$$there/one/$$file" "$$there/another/folder/$$file" && \
	  cmp "$$there/one/$$file" "$$there/another/folder/$$file" || exit 1; done; \
	echo "both builds are the same, byte for byte"

VERSION = $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' Cargo.toml | head -1)
.PHONY: publish
publish: cli annotated-policy.wasm image ## Pushes the policy and the image of the wait program: REGISTRY=registry.example.com/waitwarden
	$(if $(REGISTRY),,$(error REGISTRY: expected where to push to, such as REGISTRY=registry.example.com/waitwarden))
	@policy=$$($(CLI) push policy annotated-policy.wasm registry://$(REGISTRY)/policies/waitwarden:v$(VERSION)) && \
	wait=$$($(CLI) push image dist/wait registry://$(REGISTRY)/wait:$(VERSION)) && \
	echo "pushed $$policy" >&2 && echo "pushed $$wait" >&2 && \
	echo "# Write this into the policy's manifest (deploy/); with the digests behind @ instead of the tags nothing moves." && \
	echo "spec:" && echo "  module: registry://$(REGISTRY)/policies/waitwarden:v$(VERSION)" && \
	echo "  settings:" && echo "    wait: {image: \"$(REGISTRY)/wait:$(VERSION)\"}"

.PHONY: cli
cli: policy.wasm ## The command line, with the policy inside
	$(CARGO) build --locked --release -p waitwarden

# npm keeps a copy of the lock file beside what it has installed.
PAGE := playground/page
PARTS := $(PAGE)/node_modules/.package-lock.json
$(PARTS): $(PAGE)/package-lock.json | page-tools
	npm ci --prefix $(PAGE) --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.PHONY: playground
playground: policy.wasm page-tools $(PARTS) ## The page that runs policy.wasm in a browser, into dist/playground
	@$(CARGO) fetch --locked --quiet
	$(NAMELESS) $(CARGO) build --locked -p waitwarden-playground --profile release-web --target $(WEB)
	$(CARGO) run --locked --quiet -p waitwarden-playground-build -- \
	  $(TARGET_DIR)/$(WEB)/release-web/waitwarden_playground.wasm policy.wasm dist/playground

PORT ?= 8080
.PHONY: playground-serve
playground-serve: playground ## Serves it on http://127.0.0.1:PORT/, PORT=8080
	$(CARGO) run --locked --quiet -p waitwarden-playground-build -- serve dist/playground $(PORT)

.PHONY: playground-bench
playground-bench: playground browser ## Measures its size, how long it loads, and how long a verdict takes
	$(CARGO) run --locked --quiet -p waitwarden-test-browser --example figures

.PHONY: man
man: cli ## Manual pages and completions, into dist/
	$(CLI) man dist/man/man1
	@mkdir -p dist/completions
	$(CLI) completions bash > dist/completions/waitwarden.bash
	$(CLI) completions fish > dist/completions/waitwarden.fish
	$(CLI) completions zsh > dist/completions/_waitwarden

.PHONY: demo
demo: all ## Builds everything, then judges examples/ and shows what would be injected
	@for command in "lint examples/grafana-client.yaml examples/shop examples/wrong" \
	  "lint --settings examples/after-start/settings.yaml examples/after-start"; do \
	  echo; echo "$$ waitwarden $$command"; $(CLI) $$command || [ $$? = 1 ]; done
	@echo; echo '$$ waitwarden diff examples/shop'; $(CLI) diff examples/shop
	@echo; echo '$$ waitwarden-wait --timeout=2s -- dns://localhost tcp://localhost:9'; \
	  $(WAIT) --timeout=2s -- dns://localhost tcp://localhost:9 || [ $$? = 69 ]

.PHONY: test
test: policy.wasm wait playground browser ## All tests
	WAITWARDEN_WAIT=$(abspath $(WAIT)) $(CARGO) test --locked --workspace --no-fail-fast

SECONDS := 60
TARGETS ?= grammar settings decision manifest answers module guests smith
.PHONY: fuzz
fuzz: policy.wasm ## Fuzzes each of TARGETS for SECONDS=60 and prints a table; what is found stays in fuzz/corpus and fuzz/artifacts
	@command -v c++ >/dev/null || { \
	  echo "make: c++, which compiles libFuzzer, is missing: apt-get install g++ (Fedora: dnf install gcc-c++)" >&2; exit 1; }
	@command -v cargo-fuzz >/dev/null || $(CARGO) install --locked --quiet cargo-fuzz --version 0.13.2 || { \
	  echo "make: cargo-fuzz is missing, and cargo could not install it." >&2; \
	  echo "make: run 'cargo install --locked cargo-fuzz --version 0.13.2' where a registry can be reached." >&2; exit 1; }
	@fuzz/run.sh $(SECONDS) $(TARGETS)

.PHONY: bench
bench: cli wait annotated-policy.wasm ## Measures what has a budget, beside what was committed in bench/results.json
	$(CARGO) build --locked --release -p waitwarden-bench
	@$(TARGET_DIR)/release/waitwarden-bench all $(BENCHED)

.PHONY: bench-record
bench-record: cli wait annotated-policy.wasm ## The same, and commits to the figures that do not depend on the machine
	$(CARGO) build --locked --release -p waitwarden-bench
	@$(TARGET_DIR)/release/waitwarden-bench record $(BENCHED)

BENCHED = bench/results.json $(CLI) annotated-policy.wasm $(WAIT)

# Most mutants die of the specifications and the rule pages, which build fastest; what survives those is tried again with
# every test. cargo-mutants ends with 2 where one survived, with 3 where one ran into a time-out.
MUTANTS := $(abspath $(TARGET_DIR))/mutation
MUTATE = CARGO_TARGET_DIR=$(MUTANTS)/target $(CARGO) mutants --package waitwarden-core --cargo-arg=--tests --timeout 40 \
  --colors never --output $(MUTANTS)
.PHONY: mutants
mutants: ## Mutation tests of policy/core; SHARD=0/16 takes a fair sixteenth of them
	@$(CARGO) mutants --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-mutants --version 27.1.0
	@rm -rf $(MUTANTS)/written $(MUTANTS)/every && mkdir -p $(MUTANTS)/written $(MUTANTS)/every
	$(MUTATE)/written $(if $(SHARD),--sharding round-robin --shard $(SHARD)) \
	  --test-package waitwarden-test-native || [[ $$? == [23] ]]
	@sed 's/[][\.*^$$+?(){}|&]/\\&/g; s/.*/--re=^&$$/' $(MUTANTS)/written/mutants.out/missed.txt > $(MUTANTS)/left
	@mapfile -t left < $(MUTANTS)/left; [ $${#left[@]} = 0 ] || \
	  $(MUTATE)/every "$${left[@]}" || [[ $$? == [23] ]]
	@cd $(MUTANTS) && mkdir -p every/mutants.out && touch every/mutants.out/{missed,timeout}.txt && \
	among() { grep -Fxf written/mutants.out/missed.txt every/mutants.out/$$1.txt || true; } && \
	among missed && missed=$$(among missed | wc -l) && \
	timeout=$$(($$(among timeout | wc -l) + $$(wc -l < written/mutants.out/timeout.txt))) && \
	unviable=$$(wc -l < written/mutants.out/unviable.txt) && \
	all=$$(cat written/mutants.out/{caught,missed,timeout,unviable}.txt | wc -l) && \
	echo "$$all mutants: $$((all - missed - timeout - unviable)) caught, $$missed missed, $$timeout timed out," \
	  "$$unviable unviable"

# A module with the names of its functions, otherwise the same.
.PHONY: profile
profile: cli ## Which functions of the policy take the time of an evaluation; needs Linux' perf
	@command -v perf >/dev/null || { echo "make: perf is missing: apt-get install linux-perf (Fedora: dnf install perf)" >&2; exit 1; }
	$(CARGO) build --locked --release -p waitwarden-bench
	$(CARGO) build --locked -p waitwarden-policy --profile release-wasm --target $(GUEST) \
	  --config profile.release-wasm.strip=false --target-dir $(TARGET_DIR)/named
	wasm-opt -g -Os $(WASM_FEATURES) $(TARGET_DIR)/named/$(GUEST)/release-wasm/waitwarden_policy.wasm -o $(TARGET_DIR)/named/policy.wasm
	perf record --quiet --output $(TARGET_DIR)/named/perf.data -F 1999 -- \
	  $(TARGET_DIR)/release/waitwarden-bench profile $(TARGET_DIR)/named/policy.wasm 50000
	@perf report --input $(TARGET_DIR)/named/perf.data --stdio --sort symbol --percent-limit 1 2>/dev/null | grep -v '^#' | grep .

PODS ?= 1000
MINUTES ?= 10
.PHONY: bench-load
bench-load: wait ## Counts what PODS=1000 Pods that wait for MINUTES=10 ask the API server
	$(CARGO) run --locked -q --release -p waitwarden-bench -- load $(WAIT) $(PODS) $(MINUTES)

.PHONY: deny
DENY_CHECKS ?= bans licenses sources
deny: ## What may be linked and where it may come from; with a network: DENY_CHECKS="advisories bans licenses sources"
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny --version 0.20.2
	$(CARGO) deny --locked check $(DENY_CHECKS)

.PHONY: sealed
sealed: tools ## Builds everything with no network at all: no build script reaches for one
	$(CARGO) fetch --locked
	unshare $(if $(filter-out 0,$(shell id -u)),--map-root-user) --net $(MAKE) --no-print-directory all CARGO="$(CARGO) --offline"

.PHONY: lint
lint: policy.wasm ## Formatting and clippy
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

.PHONY: fmt
fmt: ## Formats the code
	$(CARGO) fmt --all
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml

.PHONY: bless
bless: policy.wasm wait playground browser ## Takes what the tests see now as what they expect; read the diff
	TRYCMD=overwrite BLESS=1 WAITWARDEN_WAIT=$(abspath $(WAIT)) $(CARGO) test --locked --workspace --no-fail-fast

.PHONY: clean
clean: ## Removes what was built
	$(CARGO) clean
	rm -f policy.wasm annotated-policy.wasm
