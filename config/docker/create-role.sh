#!/usr/bin/env bash
# Run once by the postgres image: Odoo's role, which is no superuser.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -U postgres -d postgres -v password="$ODOO_DB_PASSWORD" \
    <<<"CREATE ROLE odoo LOGIN CREATEDB PASSWORD :'password'"
