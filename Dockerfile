# Control plane and agent in one image. The agent drives the host's podman and iptables, so it wants the host's namespaces:
#
#   podman build -t localhost/reflet .
#   podman run --rm --privileged --network host --pid host \
#     -v /run/netns:/run/netns:shared -v /run/podman:/run/podman -v /var/lib/reflet:/var/lib/reflet localhost/reflet up
FROM docker.io/library/node:24-bookworm-slim AS build
WORKDIR /reflet
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY daemon daemon
RUN npm install --no-save --no-audit --no-fund && npm run build && npm prune --omit=dev

FROM docker.io/library/node:24-bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends podman runc conmon iptables iproute2 conntrack util-linux git busybox-static \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /reflet
COPY --from=build /reflet/node_modules node_modules
COPY --from=build /reflet/dist dist
COPY daemon/bin/reflet.mjs daemon/bin/compile-cache.mjs daemon/bin/
COPY package.json ./
COPY schemas schemas
COPY examples examples
ENV REFLET_DATA_DIR=/var/lib/reflet
EXPOSE 6443
ENTRYPOINT ["node", "daemon/bin/reflet.mjs"]
CMD ["up"]
