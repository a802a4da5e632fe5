# Linchpin. `make` alone prints this list.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BUILD := swift build --explicit-target-dependency-import-check error

.PHONY: help demo test browser bench build format tidy docs run clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## play the main job in this terminal, against a simulated Okta (ONCE=1: play it and exit)
	@Scripts/need libpq-dev libsqlite3-dev pkg-config
	@Scripts/build-product linchpin
	@.build/debug/linchpin demo $(if $(filter 1,$(ONCE)),--once)

test: ## run every test, on SQLite and on a PostgreSQL of its own
	@Scripts/test

browser: ## play the console in a real Chromium (LOOK=folder keeps pictures)
	@Scripts/browser

build: ## build everything, with the import check
	@Scripts/need libpq-dev libsqlite3-dev pkg-config
	@$(BUILD) --build-tests

format: ## format the sources in place
	@swift format -i -r -p Package.swift Sources Tests Bench

tidy: ## run the tidy test alone
	@swift test --filter TidyTests

bench: ## measure the hub beside what this machine can do (release build; ONLY="no-sql tokens": only these)
	@Scripts/bench $(ONLY)

docs: ## write the generated references anew
	@Scripts/build-product linchpin
	@.build/debug/linchpin reference Docs/reference

run: ## run a hub on loopback with the data folder ./linchpin-data
	@Scripts/need libpq-dev libsqlite3-dev pkg-config
	@Scripts/build-product linchpin
	@.build/debug/linchpin serve

clean: ## remove build products
	@rm -rf .build
