# php-zd's targets: make help.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
# What a target needs of this machine comes before what it builds.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := build

PREFIX ?= /usr/local
DESTDIR ?=
lib = $(PREFIX)/lib/php-zd
doc = $(PREFIX)/share/doc/php-zd

# Where systemd looks, as it says itself. Debian 12 says /lib, which is a link to usr/lib: a tree with a directory of that name would
# take the link's place where it is unpacked, and with it every program of the host.
ask_systemd = $(patsubst /lib/%,/usr/lib/%,$(shell pkg-config --variable=$1 systemd 2>/dev/null))
systemdsystemunitdir ?= $(call ask_systemd,systemdsystemunitdir)
sysusersdir ?= $(call ask_systemd,sysusersdir)
tmpfilesdir ?= $(call ask_systemd,tmpfilesdir)
catalogdir ?= $(call ask_systemd,catalogdir)
# Where Debian's shells look; fish looks below /usr/local only where XDG_DATA_DIRS= says so.
zshcompletionsdir ?= $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
fishcompletionsdir ?= $(if $(filter /usr,$(PREFIX)),/usr/share/fish/vendor_completions.d,/etc/fish/completions)

# When make began, so that the tests can say how long it took until they began: milliseconds since 1970.
began := $(if $(filter test test-long,$(MAKECMDGOALS)),$(shell date +%s%3N))

# Folders too: their time changes when a file goes away.
sources := $(shell find src packaging -name '*.ts' -o -name '*.php' -o -name '*.html' -o -type d)
modules := node_modules/.package-lock.json
man_pages := $(wildcard man/*.5 man/*.7 man/*.8)
php_scripts = $(shell find src test -name '*.php')
lua_scripts = $(shell find src test units -name '*.lua')
perl_scripts = $(shell find test units -name '*.pl')
shell_scripts = $(shell grep -rlE '^\#!.*\bbash' --exclude='*.ts' .ci packaging test) $(wildcard units/*.sh packaging/debian/php-zd.p*)

# SOURCE:DIRECTORY. The directories are the install recipe's shell variables, so that pkg-config is asked once.
into = $(foreach file,$(wildcard $1),'$(file)':"$2")
installed = \
  $(call into,units/*.service units/*.socket units/*.timer units/*.slice,$$units) \
  $(call into,units/sysusers.d/*.conf,$$sysusers) \
  $(call into,units/tmpfiles.d/*.conf,$$tmpfiles) \
  $(call into,units/*.catalog,$$catalogs) \
  $(call into,units/haproxy.cfg units/haproxy-control.cfg units/haproxy.lua units/http.cfg units/http.lua units/*.sh units/*.pl,$(lib)) \
  $(call into,units/needrestart/*.conf,/etc/needrestart/conf.d) \
  $(call into,units/polkit/*.rules units/sudo/*.sudoers,$(doc)/examples) \
  $(call into,README.md CHANGELOG.md LICENSE,$(doc)) \
  $(call into,docs/*.md docs/*.svg,$(doc)/docs) \
  $(foreach section,5 7 8,$(call into,man/*.$(section),$(PREFIX)/share/man/man$(section)))

# What the build makes of the command line, as SOURCE:DIRECTORY; the shell finds the files, which are there only then.
made = \
  'dist/man/php-zd-*.8:$(PREFIX)/share/man/man8' \
  'dist/completion/bash/php-zd:$(PREFIX)/share/bash-completion/completions' \
  'dist/completion/zsh/_php-zd:$(zshcompletionsdir)' \
  'dist/completion/fish/php-zd.fish:$(fishcompletionsdir)'

directories = units='$(systemdsystemunitdir)' sysusers='$(sysusersdir)' tmpfiles='$(tmpfilesdir)' catalogs='$(catalogdir)'

.PHONY: build install tarball deb apt-repo sbom release uninstall man check test test-long test-unit watch demo soak bench bench-quick bench-draw bench-record bench-growth bench-growth-draw bench-growth-record fuzz lab clean help need-systemd need-check need-lab need-test

build: dist/php-zd.cjs ## bundle the program into dist/
	@packaging/addons

dist/php-zd.cjs: $(modules) package.json man/php-zd.8 $(sources)
	@node_modules/.bin/tsx packaging/build.ts

# No install scripts of other people's packages; the one addon that must be built is packaging/addons' work.
$(modules): package-lock.json
	@packaging/require --node 18.18
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	touch $@

install: build need-systemd ## install below DESTDIR=, PREFIX=/usr/local; with no DESTDIR ready to use
	@umask 022
	$(directories)
	install -d "$(DESTDIR)$(lib)" "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)/etc/php-zd/sites"
	rm -rf "$(DESTDIR)$(lib)"/code-cache "$(DESTDIR)$(lib)"/start
	install -m 644 dist/program.js dist/code-cache.cjs dist/start.cjs "$(DESTDIR)$(lib)/"
	install -m 755 dist/php-zd.cjs "$(DESTDIR)$(lib)/"
	for addon in dist/*.node; do [ ! -e "$$addon" ] || install -m 644 "$$addon" "$(DESTDIR)$(lib)/"; done
	ln -sfn ../lib/php-zd/php-zd.sh "$(DESTDIR)$(PREFIX)/bin/php-zd"
	version=$$(node -p 'require("./package.json").version')
	for pair in $(installed); do
	  to="$(DESTDIR)$${pair#*:}" from=$${pair%%:*}
	  install -d "$$to"
	  sed -e "s|@VERSION@|$$version|g" -e 's|@PROGRAM@|$(lib)/php-zd.cjs|g' -e 's|@LIBDIR@|$(lib)|g' -e 's|@DOCDIR@|$(doc)|g' -e 's|@PREFIX@|$(PREFIX)|g' "$$from" >"$$to/$${from##*/}"
	  [ ! -x "$$from" ] || chmod 755 "$$to/$${from##*/}"
	done
	chmod 755 "$(DESTDIR)$(lib)/php-zd.sh"
	for pair in $(made); do
	  install -d "$(DESTDIR)$${pair#*:}"
	  install -m 644 $${pair%%:*} "$(DESTDIR)$${pair#*:}/"
	done
	if [ -z "$(DESTDIR)" ]; then
	  node "$(lib)/code-cache.cjs"
	  for file in $(notdir $(wildcard units/sysusers.d/*.conf)); do systemd-sysusers "$$sysusers/$$file"; done
	  for file in $(notdir $(wildcard units/tmpfiles.d/*.conf)); do systemd-tmpfiles --create "$$tmpfiles/$$file"; done
	  journalctl --update-catalog
	  [ ! -d /run/systemd/system ] || systemctl daemon-reload
	  echo "Installed $$($(PREFIX)/bin/php-zd --version)."
	  echo 'Next: "php-zd init SITE" writes a first site file (or write it by "man php-zd.ini"), then "systemctl enable --now php-zd@SITE".'
	fi

# Files and links alone: what is unpacked changes no directory that is there, neither its kind nor its owner nor its mode.
tarball: build need-systemd ## dist/php-zd.tar.gz, to be unpacked on other hosts: README.md says how
	@tree=$$(mktemp -d)
	trap 'rm -rf "$$tree"' EXIT
	$(MAKE) install DESTDIR="$$tree" PREFIX=/usr
	find "$$tree" -not -type d -printf '%P\0' |
	  tar --create --gzip --file=dist/php-zd.tar.gz --directory="$$tree" --null --files-from=- --owner=root:0 --group=root:0
	echo 'Made dist/php-zd.tar.gz.'

deb: build need-systemd ## dist/php-zd_VERSION_ARCH.deb, for Debian 12 and 13
	@packaging/require debhelper dpkg-dev
	packaging/deb

apt-repo: deb ## dist/apt, a repository of the package for apt, signed with KEY=, or a key made for it
	@packaging/require apt-utils gnupg
	packaging/apt-repo

sbom: $(modules) ## dist/php-zd.cdx.json, what the program has in it, as CycloneDX
	@node --import tsx packaging/sbom.ts
	echo 'Made dist/php-zd.cdx.json.'

release: ## tag the version that is checked out; dist/release has package, bill of materials and checksums
	@packaging/release

uninstall: need-systemd ## remove what install put there; sites and their state stay
	@$(directories)
	if [ -z "$(DESTDIR)" ] && sites=$$(systemctl list-units --plain --no-legend --state=active 'php-zd@*' 2>/dev/null) && [ -n "$$sites" ]; then
	  echo "php-zd: these sites still run; stop them first, with \"systemctl disable --now\":" $$(cut -d' ' -f1 <<<"$$sites") >&2
	  exit 1
	fi
	for pair in $(installed); do from=$${pair%%:*}; rm -f "$(DESTDIR)$${pair#*:}/$${from##*/}"; done
	for pair in $(made); do from=$${pair%%:*}; rm -f "$(DESTDIR)$${pair#*:}"/$${from##*/}; done
	rm -f "$(DESTDIR)$(PREFIX)/bin/php-zd"
	rm -rf "$(DESTDIR)$(lib)" "$(DESTDIR)/var/cache/php-zd"
	rmdir "$(DESTDIR)$(doc)/examples" "$(DESTDIR)$(doc)/docs" "$(DESTDIR)$(doc)" 2>/dev/null || true # what others put there stays
	if [ -z "$(DESTDIR)" ]; then journalctl --update-catalog; fi
	if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

check: need-check $(modules) ## types, format, lint, dead code, man pages, scripts in shell, PHP, Lua and Perl
	@export PATH="$$PWD/node_modules/.bin:$$PATH"
	tsc
	biome check --error-on-warnings
	knip --no-progress
	[ -z "$(man_pages)" ] || mandoc -Tlint -Wwarning $(man_pages)
	shellcheck $(shell_scripts)
	for script in $(php_scripts); do php -n -d display_errors=stderr -l "$$script" >/dev/null; done
	luacheck -qq --no-color $(lua_scripts)
	for script in $(perl_scripts); do perl -c "$$script" 2>/dev/null || perl -c "$$script"; done

man: $(modules) ## write what the manual takes from the source anew
	@node --import tsx packaging/man.ts

test: need-test build ## all tests: unit, contract, and system on booted machines; needs root
	@packaging/addons --all
	TEST_BEGAN=$(began) node --import tsx test/run.ts unit contract system

test-long: need-test build ## every system test on both suites, every fault at every step of a roll: an hour and a half
	@TEST_SUITES=all TEST_BEGAN=$(began) node --import tsx test/run.ts system long pace

test-unit: $(modules) ## the tests that need no machine
	@packaging/require --node 20.19
	node --import tsx test/run.ts unit

# Threads start faster than processes, and these tests have nothing that a thread lacks.
watch: $(modules) ## the tests of the pure folders again and again, those that a change concerns; q ends it
	@packaging/require --node 20.19
	node node_modules/vitest/vitest.mjs watch --config test/vitest.config.ts --project unit --pool threads \
	  $(addprefix test/,base/ site/ render/ plan/ report/ golden/)

demo: need-lab build ## two rolls of a real site under load, and what was lost
	@test/demo/demo

soak: need-lab build ## ROLLS=100 rolls of every kind under load, with faults; SUITE=bookworm, SEED=
	@SUITE='$(SUITE)' ROLLS='$(ROLLS)' SEED='$(SEED)' test/soak/soak

# A time span of seconds or minutes.
fuzz: $(modules) ## odd site files, answers and state files for TIME=60s; what is found is tried again by each test
	@packaging/require --node 20.19
	seconds='$(patsubst %s,%,$(or $(TIME),60s))'
	case $$seconds in *m) seconds=$$((60 * $${seconds%m})) ;; *h) seconds=$$((3600 * $${seconds%h})) ;; esac
	node --import tsx --import ./packaging/register-text-imports.ts test/fuzz/fuzz.ts "$$seconds"

bench: need-lab build ## restarts of PHP in ten ways under five loads, half an hour: dist/bench/report.html; ROUNDS=3, SUITE=bookworm
	@mkdir -p dist/bench
	SUITE='$(SUITE)' test/bench/bench dist/bench/results.jsonl '$(or $(ROUNDS),3)'
	$(MAKE) bench-draw

bench-draw: $(modules) ## report, tables and picture anew from dist/bench/results.jsonl
	@node node_modules/tsx/dist/cli.mjs test/bench/draw.ts dist/bench
	cat dist/bench/summary.md
	echo 'Made report.html, table.md and picture.svg in dist/bench.'

bench-record: bench-draw ## put them into README.md and docs/; make bench-quick compares with them
	@node node_modules/tsx/dist/cli.mjs test/bench/record.ts dist/bench

bench-quick: need-lab build ## two minutes: what got worse since make bench-record
	@mkdir -p dist/bench-quick
	SUITE='$(SUITE)' test/bench/bench dist/bench-quick/results.jsonl 3 'restart of php-fpm;php-zd, surge 1' 'fast;saturated'
	node node_modules/tsx/dist/cli.mjs test/bench/compare.ts dist/bench-quick docs/bench.json

bench-growth: need-lab build ## 1 to 100 sites, 2 to 16 replicas, releases of up to 50,000 files, an hour: dist/bench-growth/report.html; ROUNDS=3
	@mkdir -p dist/bench-growth
	SUITE='$(SUITE)' test/bench/growth/growth dist/bench-growth/results.jsonl '$(or $(ROUNDS),3)'
	$(MAKE) bench-growth-draw

bench-growth-draw: $(modules) ## report and tables anew from dist/bench-growth/results.jsonl
	@node node_modules/tsx/dist/cli.mjs test/bench/growth/draw.ts dist/bench-growth
	cat dist/bench-growth/table.md

bench-growth-record: bench-growth-draw ## put them into docs/growth.md
	@node node_modules/tsx/dist/cli.mjs test/bench/growth/record.ts dist/bench-growth

lab: need-lab build ## a shell in a booted machine; SUITE=bookworm or trixie
	@machine=shell-$$$$
	trap 'test/lab/lab down "$$machine"' EXIT
	trap 'exit 130' INT TERM
	test/lab/lab up "$$machine" $(if $(SUITE),--suite '$(SUITE)') --owner $$$$
	test/lab/lab shell "$$machine" || true # the status of the last command typed there

clean: ## remove what was built here (the lab's roots stay in ~/.cache/php-zd)
	@rm -rf dist node_modules

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-19s %s\n", $$1, $$2 }' Makefile

need-systemd:
	@[ -n "$(and $(systemdsystemunitdir),$(sysusersdir),$(tmpfilesdir),$(catalogdir))" ] || packaging/require pkgconf systemd-dev

need-check:
	@packaging/require --node 20.19 git lua-check mandoc php-cli shellcheck

need-lab:
	@packaging/require --node 18.18 mmdebstrap systemd-container debian-archive-keyring procps util-linux pkgconf systemd-dev

# With what builds sd-notify, so that all ways to speak to systemd are tested.
need-test: need-lab
	@packaging/require --node 20.19 git g++ make python3 libsystemd-dev mandoc tmux
