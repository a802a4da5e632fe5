# Linchpin. `make` alone prints this list.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BUILD := swift build --explicit-target-dependency-import-check error

.PHONY: help demo test simulate browser faults bench build format tidy docs run clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## play the main job in this terminal, against a simulated Okta (ONCE=1: play it and exit)
	@Scripts/need libpq-dev libsqlite3-dev pkg-config
	@Scripts/build-product linchpin
	@.build/debug/linchpin demo $(if $(filter 1,$(ONCE)),--once)

test: ## run every test, on SQLite and on a PostgreSQL of its own
	@Scripts/test

simulate: ## play the custody of outside tokens through a million courses (SCHEDULES=100000: so many)
	@LINCHPIN_SCHEDULES=$(or $(SCHEDULES),1000000) swift test --filter SimulationTests

browser: ## play the console in a real Chromium (LOOK=folder keeps pictures)
	@Scripts/browser

faults: ## kill hubs a thousand times under load (KILLS=50: so many; SEED=7: with these dice)
	@Scripts/need libpq-dev libsqlite3-dev pkg-config postgresql
	@LINCHPIN_KILLS=$(or $(KILLS),1000) $(if $(SEED),LINCHPIN_SEED=$(SEED)) \
		Scripts/with-postgres swift test --filter KillTests

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
