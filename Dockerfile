# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Two images. The usual one holds one executable and the site, and nothing else:
#
#     docker build -t beranda .
#     docker run --rm -p 3000:3000 --read-only beranda
#
# Its API is not in it: /api is 502 until peers answer at the addresses that site.conf names. A site
# of your own: FROM beranda, COPY your build to /public and your site.conf to /site.conf.
#
# The other one is whole: it carries Node and the API as well, and the server starts both of its
# processes, looks after them, and ends them with the container:
#
#     docker build --target with-node -t beranda-node .
#     docker run --rm -p 3000:3000 --read-only beranda-node
#
# A site of your own: FROM beranda-node, and COPY your API as well.

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        pkg-config zlib1g-dev libbrotli-dev libzstd-dev libpcre2-dev libc-ares-dev \
        libssl-dev libnghttp2-dev libcrypt-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Scripts/no-unwinding.ld Scripts/order.txt Scripts/
COPY Sources Sources
# The manifest names the test targets, so their folders must be there.
COPY Tests Tests
RUN swift build -c release --product beranda \
    && install -s "$(swift build -c release --show-bin-path)/beranda" /beranda
# The best encodings are made here once, not by every container that starts.
COPY public /public
RUN /beranda precompress /public

FROM node:20-bookworm-slim AS with-node
COPY --from=build /beranda /usr/local/bin/beranda
COPY --from=build /public /public
COPY examples/api /examples/api
COPY examples/managed.conf /site.conf
USER 65534:65534
EXPOSE 3000
# Graceful: requests under way are finished, then the API's processes are told to end.
STOPSIGNAL SIGQUIT
WORKDIR /
# No init beside it: as process 1 it also buries what others leave behind.
ENTRYPOINT ["/usr/local/bin/beranda"]

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
