# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Everything that a contributor types. Each target installs the Debian packages that it needs and
# that are missing, and says which (Scripts/need).

.DEFAULT_GOAL := help
.PHONY: help build run test check format bench fuzz docs clean swift-ready

LIBRARIES := pkg-config zlib1g-dev libbrotli-dev libzstd-dev libpcre2-dev libc-ares-dev \
    libssl-dev libnghttp2-dev libcrypt-dev
NODE := command:node=nodejs
NGINX := command:/usr/sbin/nginx=nginx
PYTEST := command:python3=python3 module:pytest=python3-pytest
BROWSER := command:chromium=chromium
STRACE := command:strace=strace
LOAD := command:wrk=wrk
CODERS := command:brotli=brotli command:zstd=zstd
OPENSSL := command:openssl=openssl

# Debian's own Python where the one in PATH does not have pytest.
PYTHON = $(shell python3 -c 'import pytest' 2>/dev/null && echo python3 || echo /usr/bin/python3)
RELEASE = $(shell swift build -c release --show-bin-path)
SWIFT_SOURCES := Package.swift Sources Tests $(wildcard Fuzz)
TARGET ?= FuzzRequestHead
SECONDS ?= 60

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: swift-ready ## the static, stripped executable, at bin/beranda
	@Scripts/need $(LIBRARIES)
	swift build -c release --product beranda
	@mkdir -p bin
	@cp -f "$(RELEASE)/beranda" bin/beranda.new && mv -f bin/beranda.new bin/beranda

run: build ## the demo on http://localhost:3000, with two Node processes that it starts
	@Scripts/need $(NODE)
	@Scripts/run

test: swift-ready ## every test: the modules', and the whole server's over real sockets
	@Scripts/need $(LIBRARIES) $(NODE) $(NGINX) $(PYTEST) $(BROWSER) $(STRACE) $(CODERS) $(LOAD) \
	    $(OPENSSL) libnginx-mod-stream
	swift test
	swift build --product beranda --explicit-target-dependency-import-check error
	$(PYTHON) -m pytest -q Tests/Scripts Tests/EndToEnd

check: swift-ready ## the format, the layers and the house rules
	@Scripts/need command:python3=python3
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	python3 Scripts/tidy.py

format: swift-ready ## formats the Swift sources in place
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

bench: build ## measures against nginx, and what else is installed
	@Scripts/need $(NGINX) command:wrk=wrk command:gcc=gcc command:python3=python3 \
	    command:brotli=brotli command:h2load=nghttp2-client $(OPENSSL)
	python3 Benchmarks/run.py

fuzz: swift-ready ## fuzzes one parser: make fuzz TARGET=FuzzURI SECONDS=600
	@Scripts/need $(LIBRARIES)
	Fuzz/run.sh $(TARGET) $(SECONDS)

docs: swift-ready ## writes docs/directives.md and docs/nginx.md anew from the rows
	@Scripts/need $(LIBRARIES)
	BERANDA_WRITE_REFERENCE=1 swift test --filter DirectiveReference

clean: ## removes what was built
	rm -rf .build bin

swift-ready:
	@command -v swift >/dev/null || { echo "beranda: there is no swift in PATH; install Swift 6.2" \
	    "or later as https://www.swift.org/install/linux/ says, then try again." >&2; exit 1; }
