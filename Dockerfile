# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The demo in an image that holds one executable and the site, and nothing else:
#
#     docker build -t beranda .
#     docker run --rm -p 3000:3000 --read-only beranda
#
# Its API is not in it: /api is 502 until peers answer at the addresses that site.conf names. A site
# of your own: FROM beranda, COPY your build to /public and your site.conf to /site.conf.

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        pkg-config zlib1g-dev libbrotli-dev libzstd-dev libpcre2-dev libc-ares-dev \
        libssl-dev libcrypt-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
# The manifest names the test targets, so their folders must be there.
COPY Tests Tests
RUN swift build -c release --product beranda \
    && install -s "$(swift build -c release --show-bin-path)/beranda" /beranda
# The best encodings are made here once, not by every container that starts.
COPY public /public
RUN /beranda precompress /public

FROM scratch
COPY --from=build /beranda /beranda
COPY --from=build /public /public
COPY site.conf /site.conf
# By number, because there is no /etc/passwd to look a name up in. Nothing needs to be writable.
USER 65534:65534
EXPOSE 3000
# Graceful: requests under way are finished.
STOPSIGNAL SIGQUIT
# Without arguments it serves /site.conf, and says in the container's log what it found.
WORKDIR /
ENTRYPOINT ["/beranda"]
