# Luchs. `make demo` shows it, `make test` proves it; both install what they need.

ASSETS := $(CURDIR)/target/assets
export ORT_DYLIB_PATH := $(ASSETS)/runtime/libonnxruntime.so
export LUCHS_CACHE_DIR := $(ASSETS)/cache
MODEL := $(ASSETS)/models/yolox-nano

.PHONY: help setup build models demo test test-optimise test-prune package package-arm64 package-test lint sbom advisories fuzz trixie soak soak-appliance bench bench-devices bench-peers bench-preprocess reference clean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## Debian packages, ONNX Runtime, footage (again is quick)
	@ASSETS=target/assets setup/setup.sh

build: setup ## target/release/luchs and the plug-ins beside it
	@cargo build --release --locked
	@$(MAKE) --no-print-directory models LUCHS=target/release/luchs

models: ## fetch YOLOX-Nano in floats, pinned by its digest; models/*-int8 are here already
	@$(LUCHS) model fetch --recipes models --to $(ASSETS)/models yolox-nano

demo: build ## the main job on real footage: detect, track, seal, deliver, decrypt
	@target/release/luchs-demo

test: setup test-optimise ## every test
	@cargo build --locked
	@$(MAKE) --no-print-directory models LUCHS=target/debug/luchs
	@tests/all.sh

test-optimise: ## tools/optimise: its environment, tests, formatting, types
	@setup/optimise.sh $(ASSETS)/optimise --test
	@cd tools/optimise && $(ASSETS)/optimise/bin/python -m pytest -q
	@cd tools/optimise && $(ASSETS)/optimise/bin/ruff format --check --quiet . && $(ASSETS)/optimise/bin/ruff check --quiet .
	@cd tools/optimise && $(ASSETS)/optimise/bin/mypy

test-prune: ## pruning, which needs PyTorch: its environment (Debian's packages as root), tests
	@setup/prune.sh $(ASSETS)/prune --test
	@cd tools/optimise && OMP_NUM_THREADS=1 $(ASSETS)/prune/bin/python -m pytest -q tests_torch

package: setup ## Debian packages of the last commit, built in a clean Debian 12: target/package (VERSION=, OUT=)
	@setup/package.sh

package-arm64: package ## the same for arm64, cross-compiled
	@setup/package-arm64.sh

package-test: setup ## installs them in fresh Debian 12 and 13, boots, watches a camera, kills, reboots, upgrades, purges; then an emulated computer (SUITES=)
	@tests/packages/run.sh $(SUITES)
	@tests/packages/computer.sh
	@[ -z "$$(ls target/package/luchs_*_arm64.deb 2>/dev/null)" ] || tests/packages/arm64.sh

lint: setup sbom ## formatting, clippy, licences and bans of dependencies, SBOM
	@cargo fmt --check
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@$(ASSETS)/tools/cargo-deny check bans licenses sources

sbom: ## what programs and plug-ins are made of, as CycloneDX: target/sbom
	@command -v cargo-cyclonedx >/dev/null || cargo install --quiet --locked cargo-cyclonedx@0.5.9
	@setup/sbom.sh target/sbom

advisories: setup ## known vulnerabilities of dependencies (needs access to the RustSec database)
	@$(ASSETS)/tools/cargo-deny check advisories

fuzz: setup ## every parser of foreign bytes, two at a time (SECONDS=600 each, TARGETS=)
	@fuzz/run.sh "$(or $(SECONDS),600)" $(TARGETS)

trixie: setup ## our elements among upstream's of GStreamer 1.26, and the plug-ins' tests there, in a Debian 13 of its own (as root)
	@[ -e "$(MODEL)/yolox_nano.onnx" ] || { cargo build --locked -p luchs-cli && \
	  $(MAKE) --no-print-directory models LUCHS=target/debug/luchs; }
	@tests/trixie/run.sh "$(CURDIR)/target/trixie"

soak: build ## 10,000 publishers killed, 2,000 power cuts, an outage of 200,000 events (KILLS=, STEPS=, CUTS=, EVENTS=, LIVE=, RATE=)
	@target/release/luchs-soak $(if $(KILLS),--kills $(KILLS)) $(if $(STEPS),--steps $(STEPS)) $(if $(CUTS),--cuts $(CUTS)) \
	  $(if $(EVENTS),--events $(EVENTS)) $(if $(LIVE),--live $(LIVE)) $(if $(RATE),--rate $(RATE))

soak-appliance: build ## eight cameras for two hours, one fails every minute, the broker every five (MINUTES=120, CAMERAS=8, INTERVAL=2, SEED=)
	@$(if $(SEED),LUCHS_TEST_SEED=$(SEED)) target/release/luchs-soak-appliance $(if $(MINUTES),--minutes $(MINUTES)) \
	  $(if $(CAMERAS),--cameras $(CAMERAS)) $(if $(INTERVAL),--interval $(INTERVAL))

bench: build ## kernels, then whole pipelines in turn (MODEL=, CLIP=, ROUNDS=5, SECONDS=10, SCENARIOS=, KERNELS=no)
	@[ "$(KERNELS)" = no ] || cargo bench --locked -p luchs-benches --bench vision --bench table --bench seal
	@cargo bench --locked -p luchs-benches --bench pipelines -- --model "$(MODEL)" $(if $(CLIP),--clip "$(CLIP)") \
	  $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS)) $(SCENARIOS)

bench-devices: setup ## cpu, OpenVINO and device=auto beside the stand-alone packages, in turn (MODELS=, ROUNDS=5)
	@benches/devices/run.sh "$(ASSETS)" "$(or $(ROUNDS),5)" $(or $(MODELS),$(MODEL))

PEERS_CLIP = $(or $(CLIP),$(ASSETS)/footage/vtest.avi)

bench-peers: build ## Luchs beside GStreamer's onnxinference, Python and OpenVINO (MODEL=, CLIP=, ROUNDS=5, FRAMES=150, WRITE=1)
	@target/release/luchs-peers --model "$(MODEL)" --clip "$(PEERS_CLIP)" --assets "$(ASSETS)" \
	  $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(FRAMES),--frames $(FRAMES)) $(if $(WRITE),--write docs/benchmarks.md)

bench-preprocess: setup ## pre-processing beside OpenCV's fastest ways, a few calls each in turn (ROUNDS=40)
	@benches/peers/python.sh "$(CURDIR)/target/bench/python"
	@cargo build --release --locked --quiet -p luchs-vision --example preprocess
	@target/bench/python/bin/python benches/peers/preprocess.py target/release/examples/preprocess $(if $(ROUNDS),--rounds $(ROUNDS))

reference: build ## Luchs beside pycocotools (IMAGES=, LABELS=) and py-motmetrics (VIDEO=, TRUTH=) on your data
	@tests/reference/run.sh "$(ASSETS)" "$(MODEL)" "$(IMAGES)" "$(LABELS)" "$(VIDEO)" "$(TRUTH)"

clean: ## everything that was built or fetched
	@rm -rf target examples/node/node_modules
