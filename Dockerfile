# helpdesk-api with an outside PostgreSQL. With one of its own inside:
#   docker build --build-arg REQUIREMENTS=requirements.lock .
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ARG REQUIREMENTS=requirements-production.lock
WORKDIR /build
COPY requirements-build.lock ${REQUIREMENTS} ./
# /app gets no pip of its own: nothing in it can install or build.
RUN python -m venv /builder && python -m venv --without-pip /app
ENV PATH=/builder/bin:$PATH
RUN pip install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements-build.lock \
    && pip --python /app/bin/python install --no-cache-dir --require-hashes --only-binary :all: \
        --requirement "${REQUIREMENTS}"
COPY LICENSE README.md pyproject.toml ./
COPY alembic alembic
COPY src src
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir dist . \
    && pip --python /app/bin/python install --no-cache-dir --no-deps dist/*.whl

FROM python:${PYTHON}-slim
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="helpdesk-api" \
    org.opencontainers.image.description="One helpdesk service that speaks three documented ticket APIs" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.licenses="MIT"
# The account has a name because initdb asks for one, where the image has a PostgreSQL of its own.
RUN groupadd --gid 10001 helpdesk \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin helpdesk \
    && install --directory --owner=helpdesk --group=helpdesk --mode=0750 /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HELPDESK_HOST=0.0.0.0 \
    HELPDESK_PORT=8000 \
    HELPDESK_DATA_DIR=/data \
    HELPDESK_LOG_FORMAT=json
USER 10001:10001
WORKDIR /app
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# By its address: /healthz is answered whatever HELPDESK_ALLOWED_HOSTS says.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"HELPDESK_PORT\"]}/healthz', timeout=4)"]
CMD ["helpdesk-api", "serve"]
