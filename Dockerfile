# syntax=docker/dockerfile:1
# The engine alone: its dashboard, memory in files, nothing else needed. See docs/operating.md.
#   docker build -t aios .
#   docker run --init -e AIOS_TOKEN=… -p 127.0.0.1:8765:8765 -v aios-data:/var/lib/aios aios
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
COPY dashboard ./dashboard
RUN npm run build

FROM ${NODE_IMAGE}
WORKDIR /opt/aios
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional
COPY --from=build /build/dist ./dist
COPY playbooks ./playbooks
COPY deploy/docker/aios.config.json /etc/aios/aios.config.json
# 1000 is the base image's user `node`; as a number, orchestrators can see that it is not root.
RUN install -d -m 0700 -o 1000 -g 1000 /var/lib/aios
ENV NODE_ENV=production \
    AIOS_CONFIG_PATH=/etc/aios/aios.config.json \
    AIOS_DATA_DIR=/var/lib/aios
USER 1000:1000
VOLUME ["/var/lib/aios"]
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.AIOS_PORT || 8765}/healthz`).then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/aios/dist/main.js"]
CMD ["start"]
