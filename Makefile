# Everything there is to do here, one word each. `make run` and `make test` set up what they need by themselves.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# A Go that was unpacked where its own instructions say is found even when PATH does not name it.
export PATH := $(PATH):/usr/local/go/bin
# A clone that belongs to somebody else, or has no git, builds all the same.
export GOFLAGS := $(filter-out -buildvcs=%,$(GOFLAGS)) -buildvcs=false

ADDR     ?= 127.0.0.1:8080
DATA     ?= data
FUZZTIME ?= 20s
SOAKTIME ?= 30m
BENCHTIME ?= 1s

# Packages with benchmarks, and those whose tests are worth repeating for hours.
BENCH := ./voting ./voting/formats ./voting/internal/committee ./funding/... ./store/bolt ./store/postgres ./store/journal ./governance ./cmd/coopspace
SOAK  := ./store/... ./governance/...

# How long the tests of a package may take: on a busy machine some need more than go's ten minutes.
LIMIT := -timeout 60m

# Suites that are about the engine and not about a driver: make drivers runs them over each.
SUITES := ./store/journal ./governance ./httpapi

# The binary says which commit it was built from, where git can tell.
STAMP := $(shell git status >/dev/null 2>&1 && echo true || echo false)

# Tests that count thousands of published elections; make golden runs them, without the race detector.
CASES := ^TestGolden(Voting|Funding)$$

TOOL := go tool -modfile=tools/go.mod
# The race detector exists on these processors only.
RACE := $(if $(filter x86_64 amd64 aarch64 arm64 ppc64le riscv64 s390x loongarch64,$(shell uname -m)),-race)

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## start the binary on ./data with a demonstration space, and print its address
	@mkdir -p $(DATA)
	exec ./bin/coopspace serve --addr $(ADDR) --data $(DATA)/coop.db --demo --dev

.PHONY: test
test: setup lint race drivers agree trial planted arm64 golden ## everything that must hold: lint, tests under the race detector, second counts, trials, planted faults, the arm64 build, the golden cases

.PHONY: race
race: setup
	CGO_ENABLED=1 go test $(RACE) $(LIMIT) -shuffle=on -skip '$(CASES)' ./...

.PHONY: drivers
drivers: setup ## the engine's suites over a file and over PostgreSQL (under the race detector they run in memory)
	@for store in bolt postgres; do echo "over $$store:"; COOPSPACE_TEST_STORE=$$store go test $(LIMIT) -count=1 $(SUITES); done

.PHONY: agree
agree: modules ## count random elections twice: by the methods, and straight from their definitions (2,000 of each under CI=true)
	go test $(LIMIT) -count=1 -skip '$(CASES)' ./voting/... ./funding/...

.PHONY: trial
trial: modules ## kill servers while people vote, let 64 vote at once, live through anything (docs/trials.md)
	go test $(LIMIT) -count=1 ./internal/trial

.PHONY: planted
planted: modules ## plant faults, each of which the trials must notice
	@tools/planted

.PHONY: golden
golden: modules ## compare with other people's results, in COOPSPACE_DATA or ../shared/data
	@tools/golden

.PHONY: bench
bench: modules ## measure, in ratios between things of one run (BENCHTIME=1s)
	go test -run '^$$' -bench . -benchtime $(BENCHTIME) -timeout 60m $(BENCH)

.PHONY: fuzz
fuzz: modules ## let every fuzz target look for trouble for FUZZTIME (20s) each
	@FUZZTIME=$(FUZZTIME) tools/fuzz

.PHONY: lint
lint: modules ## gofumpt, go vet and staticcheck, at the versions pinned in tools/go.mod
	@unformatted=$$($(TOOL) gofumpt -l .); if [ -n "$$unformatted" ]; then \
		echo "not in gofumpt's form (make format):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(TOOL) staticcheck ./...

.PHONY: format
format: modules ## bring every file into gofumpt's form
	$(TOOL) gofumpt -w .

.PHONY: cover
cover: modules ## which lines the tests reach: bin/cover.html, and the total
	@mkdir -p bin
	go test -coverpkg=./... -coverprofile=bin/cover.out ./...
	@go tool cover -html=bin/cover.out -o bin/cover.html
	@go tool cover -func=bin/cover.out | tail -n 1

.PHONY: build
build: modules ## build bin/coopspace, one static binary
	CGO_ENABLED=0 go build -trimpath -buildvcs=$(STAMP) -o bin/coopspace ./cmd/coopspace

.PHONY: arm64
arm64: modules ## build everything for a Raspberry Pi, statically
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build ./...

.PHONY: soak
soak: setup ## repeat the storage and engine tests with new seeds and ten times the random cases, and the long trials, for SOAKTIME (30m)
	@SOAKTIME=$(SOAKTIME) TESTFLAGS="$(RACE)" CGO_ENABLED=1 tools/soak $(SOAK)

# What `make run` and `make test` rest on.

.PHONY: setup
setup: modules
	@tools/need gcc curl
	@[ -n "$(COOPSPACE_TEST_POSTGRES)" ] || tools/need --if-possible postgresql # the tests start a cluster of their own
	@tools/need --if-possible haproxy nginx systemd-analyze # they read the settings that docs/operations.md shows

.PHONY: modules
modules:
	@tools/need go certificates
	@go mod download
	@go mod download -modfile=tools/go.mod
