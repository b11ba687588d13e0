# One door to everything: `make help`. Each target does its own set-up: no sudo, no Docker, no AWS account.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
UV := $(or $(shell command -v uv),.uv/bin/uv)
# sam builds the layer with the first python3.13 on the PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := $(CURDIR):$(CURDIR)/layers/nodenet
# Nothing that runs here tells anybody that it runs.
export SAM_CLI_TELEMETRY := 0
# uv brings certificates of its own; an index inside a company is often signed by one that only the system knows.
export UV_SYSTEM_CERTS ?= 1
ARCHITECTURE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
ENVIRONMENT ?= default
JOBS ?= auto

##@ Start here
.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup build/local/template.yaml ## A cluster's nodes get their networks, in a region on this machine; under a minute
	@python -m demo

.PHONY: demo-migration
demo-migration: setup build/local/template.yaml ## Node groups move to custom networking, and serve meanwhile; about a minute
	@python -m demo.migration

.PHONY: test
test: check build/local/template.yaml ## What is checked, then the unit, contract and integration tests
	@pytest -n $(JOBS) --dist loadfile tests --ignore tests/e2e

##@ Work on it
.PHONY: setup
setup: $(VENV)/.done build/runtime/.done ## Python 3.13, every tool and the nodenet command, into this folder

.PHONY: check
check: setup ## Style, types, architecture, template, YAML and shell
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports --no-logo | tail -1
	@yamllint --strict .
	@shellcheck .ci/run node/manifests/*.sh
	@cfn-lint
	@sam validate --lint --template template.yaml >/dev/null
	@python scripts/schemas.py --check
	@python scripts/manifests.py --check
	@echo "all is well"

.PHONY: region
region: setup ## A region on this machine, for any AWS client; PORT=4566 SPEED=1
	@python -m local --port $(or $(PORT),4566) --speed $(or $(SPEED),1)

.PHONY: e2e
e2e: setup build/local/template.yaml ## Functions under sam local invoke, packets between pods, the CNI's own daemon: where Docker, root, Go are
	@pytest $(or $(TESTS),tests/e2e) -rs

.PHONY: bench
bench: setup build/local/template.yaml ## What a launch costs: calls, seconds, cold starts
	@python -m benchmarks

##@ Use it
.PHONY: build
build: setup ## What deploy sends: .aws-sam/build
	@sam build --config-env $(ENVIRONMENT)
	@$(call compile-layer,.aws-sam/build)

.PHONY: deploy
deploy: build ## The stack into the account of your credentials; ENVIRONMENT=default|local|production
	@sam deploy --config-env $(ENVIRONMENT)

.PHONY: clean
clean: ## Takes away all that make has made
	@rm -rf $(VENV) .uv build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: lock
lock: $(UV)
	@$(call compile,layer,layers/nodenet/requirements.txt)
	@$(call compile,runtime,requirements/runtime.txt)
	@$(call compile,dev,requirements/dev.txt) pyproject.toml

# No lock names a place to download from: whoever installs has an index of their own.
compile = $(UV) pip compile --quiet --upgrade --no-config --universal --python-version 3.13 --generate-hashes \
	--no-emit-index-url --no-header --group $(1) --output-file $(2)

$(VENV)/.done: requirements/dev.txt .python-version | $(UV)
	@echo "setting up $(VENV)"
	@$(UV) venv --quiet --seed --allow-existing --python "$$(cat .python-version)" $(VENV) \
		|| { echo "Python $$(cat .python-version) is not here, and uv could not fetch it: install it" >&2; exit 1; }
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

build/runtime/.done: requirements/runtime.txt $(VENV)/.done | $(UV)
	@rm -rf build/runtime
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --target build/runtime -r requirements/runtime.txt
	@touch $@

# The stack for this machine's architecture: built again when what goes into it has changed.
build/local/template.yaml: template.yaml migration.yaml $(shell find functions layers statemachines -type f -not -name '*.pyc' -not -path '*/.*') $(VENV)/.done
	@echo "building the stack"
	@mkdir -p build
	@sam build --build-dir build/local --parameter-overrides Architecture=$(ARCHITECTURE) >build/sam-build.log 2>&1 \
		|| { cat build/sam-build.log; exit 1; }
	@$(call compile-layer,build/local)

# Lambda cannot write bytecode beside a layer's files, so that without it every cold start compiles them anew.
compile-layer = python -m compileall -q --invalidation-mode unchecked-hash $(1)/Layer/python

.uv/bin/uv:
	@python3 -m venv .uv 2>/dev/null || { echo "uv is missing, and python3 cannot make an environment for it: install uv, or your distribution's python3-venv" >&2; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv
