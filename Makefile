# Each target's line of help stands behind its ##.

FUZZTIME  ?= 20s
HISTORIES ?= 500
PAIRS     ?= 21
REFERRALS ?= 1000000
COMMIT    := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

.PHONY: help setup demo run build extension test check-app e2e pictures storefront-cost load-admin trust-report soak mutate fuzz lint golden clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what this machine lacks: mongod, redis-server, the Node checkers, the blocks' packages, a C compiler, a browser
	@scripts/setup mongod redis node cc blocks browser

demo: ## tell the whole story on this machine, then stay up and print the addresses to open
	@scripts/setup mongod
	go run ./cmd/twofold demo

run: ## serve and work in one process, with the variables of .env; local MongoDB and Redis where none are named
	@scripts/setup mongod
	TWOFOLD_ENV=development go run ./cmd/twofold all

build: ## bin/twofold, which knows its commit
	go build -trimpath -ldflags "-X main.commit=$(COMMIT)" -o bin/twofold ./cmd/twofold

# Where goroutines meet, and so the race detector is worth its time. The rules and the whole program's rows run without.
RACE := ./app ./funnel ./inbox ./local ./shopify ./store ./storefront ./webhooks

# Tests of jobs and of the whole program in which several workers or shoppers do the same at once: these are raced too.
MEET := AtOnce|Twice|AnyNumber

# Each job broken off at the calls that it makes, or run twice: small worlds, in each of which one goroutine works.
BROKEN := ^TestCleanupGoesOnWhereItWasBrokenOff$$|^TestEveryJobTwiceAtOnceAndBroken$$//^broken
ALONE  := ^TestEveryJobTwiceAtOnceAndBroken$$//^(broken|twice)

# What the other lanes play: the raced tests of jobs, the histories, and the attacks on money, which make e2e plays.
ELSEWHERE := AnyNumber|^TestEveryJobTwiceAtOnceAndBroken$$//^at|^TestHistories$$|^TestMoneyAttacks$$

# Tests in a browser. Those whose names begin with TestWhole take long, and are left to make e2e.
BROWSER := ./e2e/browser

test: ## vet, and all tests on real servers, with the race detector where goroutines meet; CONTRIBUTING.md has each stage's budget
	@scripts/stage 'set-up and vet' sh -c 'scripts/setup && go vet ./...'
	@scripts/stage 'race lane and rules' sh -c 'go test -race -shuffle=on -timeout 20m $(RACE) && \
		go test -race -shuffle=on -timeout 20m -run "$(MEET)" -skip "$(ALONE)" ./jobs ./e2e && \
		go test -shuffle=on -timeout 20m -skip "$(ELSEWHERE)" \
			$$(go list ./... | grep -vxF -e "$$(go list $(RACE))" -e "$$(go list ./tools/... $(BROWSER))")'
	@scripts/stage 'histories' go test -timeout 20m -run '^TestHistories$$' ./e2e
	@scripts/stage 'browser' sh -c "scripts/setup browser && go test -timeout 10m -skip '^TestWhole' $(BROWSER)"
	@scripts/stage 'third-party checkers' sh -c 'go test $$(go list ./tools/... | grep -vx twofold/tools/apptest)'

check-app: ## Shopify CLI on shopify.app.toml and the extensions, its validator on the admin's pages; mjml on the layout of mails; installs all three (380 MB)
	@scripts/setup node cli components blocks mail
	go test ./tools/apptest

e2e: ## jobs and commands raced, the attacks on money, every state of the storefront in a browser; SHOTS (a folder) keeps a picture of each
	@scripts/setup mongod redis node browser
	go test -race -timeout 20m ./cmd/twofold ./jobs
	go test -count=1 -run '^TestMoneyAttacks$$' ./e2e
	go test -count=1 -timeout 60m $(BROWSER) $(if $(SHOTS),-shots $(abspath $(SHOTS)))

pictures: ## docs/pictures anew: look at them before committing them
	@scripts/setup mongod redis node browser fonts
	go test -count=1 -timeout 20m -run '^TestWhole(Pictures|AdminPages|MailPictures)$$' $(BROWSER) -pictures

storefront-cost: ## what the widgets cost a heavy page, into docs/PERFORMANCE.md: PAIRS (21) runs of Lighthouse with and without
	@scripts/setup mongod redis node browser lighthouse
	go test -timeout 90m -run '^$$' -bench '^BenchmarkStorefrontCost$$' -benchtime $(PAIRS)x $(BROWSER) -cost

load-admin: ## the merchant's pages of a shop with REFERRALS (1,000,000) referrals among twice as many, into docs/PERFORMANCE.md; KEPT: a folder that keeps them: 12 GB for 10⁶
	@scripts/setup mongod
	go test -timeout 12h -run '^$$' -bench '^BenchmarkPages$$' -benchtime 300x ./admin -referrals $(REFERRALS) -written $(if $(KEPT),-kept $(KEPT))

trust-report: ## what docs/TRUST.md's signals hold of labelled histories: recall, false alarms and households denied, by family, level and strictness
	go test -count=1 -v -run '^TestTrustReport$$' ./trust -report

soak: ## every job broken off at every call, then random histories for hours; HISTORIES (500) of each of four kinds and three sorts
	@scripts/setup
	BREAKS=all go test -count=1 -timeout 60m -run '$(BROKEN)' ./jobs
	HISTORIES=$(HISTORIES) go test -v -timeout 0 -run '^TestHistories$$' ./e2e

mutate: ## take each rule out, and require that its named test fails
	go run ./tools/mutate

fuzz: ## every fuzz target, each for FUZZTIME (20s)
	@scripts/setup
	scripts/fuzz $(FUZZTIME)

lint: ## golangci-lint, and govulncheck where its database answers
	scripts/lint

golden: ## write the golden files anew; read the difference before committing it
	@scripts/setup
	go test $$(grep -rl --include='*_test.go' --exclude-dir=node_modules 'flag.Bool("update"' . | xargs -r -n 1 dirname | sort -u) -update

clean: ## remove all that setup and build made: bin, .cache, npm packages
	rm -rf bin .cache extension/node_modules tools/node_modules tools/cli/node_modules tools/components/node_modules tools/lighthouse/node_modules tools/mail/node_modules
