# syntax=docker/dockerfile:1
# Two stages: the first installs into a virtual environment from the hash-pinned lock, the second only carries it.
ARG BASE=python:3.13-slim-bookworm

# hadolint ignore=DL3006
FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python3 -m venv /opt/watcher
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN /opt/watcher/bin/python -m pip install --quiet --require-hashes -r requirements/build.txt -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY config/ config/
COPY watcher/ watcher/
RUN /opt/watcher/bin/python -m pip install --quiet --no-build-isolation --no-deps . \
    && /opt/watcher/bin/python -m pip uninstall --quiet --yes hatchling editables pip \
    && /opt/watcher/bin/python -m compileall -q /opt/watcher/lib

# hadolint ignore=DL3006
FROM ${BASE}
LABEL org.opencontainers.image.title="Watcher" \
      org.opencontainers.image.description="Watches the news for people who must not miss it" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/watcher /opt/watcher
COPY config/ /config/
RUN groupadd --gid 10001 watcher \
    && useradd --uid 10001 --gid watcher --home-dir /data --no-create-home --shell /usr/sbin/nologin watcher \
    && install -d -o watcher -g watcher /data
ENV PATH=/opt/watcher/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TMPDIR=/data \
    WATCHER_CONFIG=/config \
    WATCHER_STORAGE=sqlite:////data/watcher.db \
    WATCHER_DIGESTS=/data/digests \
    WATCHER_LISTEN=0.0.0.0:8080
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["watcher"]
CMD ["run"]
