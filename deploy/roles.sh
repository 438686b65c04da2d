#!/bin/sh
# Run by PostgreSQL's image when the data directory is empty.
set -eu
psql -v ON_ERROR_STOP=1 -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" \
    -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f /deploy/roles.sql
