#!/bin/sh
# Roles and databases, once, as config.embedded_postgres.cluster makes them for the private server.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
  -v owner="$ATTUNE_OWNER_PASSWORD" -v app="$ATTUNE_APP_PASSWORD" <<'SQL'
CREATE ROLE attune_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE attune_app LOGIN PASSWORD :'app';
GRANT attune_app TO attune_owner;
GRANT SET ON PARAMETER session_replication_role TO attune_owner;
GRANT pg_checkpoint, pg_read_all_settings TO attune_owner;
\connect template1
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO attune_owner;
\connect postgres
CREATE DATABASE attune OWNER attune_owner;
CREATE DATABASE attune_broker OWNER attune_app;
SQL
