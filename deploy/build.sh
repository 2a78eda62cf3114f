#!/bin/sh
# Makes a release ready to run, in its own folder: libraries, files for browsers, compiled code.
# Run as root in the folder; no process of the site may write here, so everything is compiled now.
set -eu
# /tmp of Debian 13 is memory, and some libraries are large.
export TMPDIR=/var/tmp
cd "$(dirname "$0")/.."
npm ci --omit=dev --no-audit --no-fund
python3 -m venv .venv
.venv/bin/pip install --disable-pip-version-check -c constraints.txt -e .
.venv/bin/python platform/config/dev/vendor_assets.py
.venv/bin/python -m compileall -q attune_client bridge emotion interventions platform
