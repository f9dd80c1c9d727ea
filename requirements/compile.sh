#!/bin/sh
# Renews the locks. Takes the path of uv; names no registry, so that the locks serve with any.
set -eu
uv=$1
cd "$(dirname "$0")/.."
compile() {
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate "$@"
}
compile pyproject.toml -o requirements/runtime.txt
compile --all-extras --group dev pyproject.toml -o requirements/dev.txt
compile requirements/build.in -o requirements/build.txt
