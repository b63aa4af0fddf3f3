#!/usr/bin/env bash
# Install the pinned requirements into .venv, unless they are; the Makefile calls it, one at a time.
#
# Usage: setup/install.sh PYTHON. .locks/installing stands while an installation runs: found at the start, the last one
# was killed, and nothing that it left can be relied on.
set -euo pipefail

python=$1
# Not the Python of the environment that is about to be made.
PATH=${PATH#"$PWD/.venv/bin:"}
if [[ .venv/installed -nt requirements.txt ]]; then
    exit 0
fi
if [[ -e .locks/installing ]]; then
    echo "The last installation did not end: starting over"
    # Not venv's --clear, which empties the folder that a link leads to.
    rm -rf .venv
fi
touch .locks/installing
"$python" -m venv .venv
echo "Installing the pinned requirements into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
touch .venv/installed
rm .locks/installing
