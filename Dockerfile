# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv
COPY requirements.lock ./
RUN python -m venv /srv/venv && /srv/venv/bin/pip install --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/srv/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    INTERLUDE_ENVIRONMENT=production INTERLUDE_HOST=0.0.0.0 INTERLUDE_PORT=8000
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin interlude
WORKDIR /srv/app
COPY --from=build /srv/venv /srv/venv
COPY alembic.ini ./
COPY migrations ./migrations
COPY content ./content
COPY app ./app
# The planner's kernel becomes machine code here and never while a plan waits for it.
ENV NUMBA_CACHE_DIR=/srv/numba
RUN mkdir /srv/numba && python -m app.planning.engine.compiled && chown -R 10001 /srv/numba
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve"]
