"""`make build` sets up a fresh clone: twice at once, and after a kill. Stand-ins take the place of what is slow."""

import json
import os
import re
import shutil
import signal
import subprocess

import pytest
from conftest import REPOSITORY

# Each notes when it begins and ends, so that two at once would show.
STEP = """#!/usr/bin/env python3
import os, sys, time
with open("steps.txt", "a", buffering=1) as steps:
    print("{step}", os.getppid(), "begins", file=steps)
    time.sleep(0.5)
    print("{step}", os.getppid(), "ends", file=steps)
"""


@pytest.fixture
def clone(tmp_path):
    """A folder like a fresh clone, with nothing to install and stand-ins for sample, dbt and summary (path)."""
    folder = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "setup", folder / "setup")
    shutil.copy(REPOSITORY / "Makefile", folder)
    (folder / "requirements.txt").write_text("# nothing\n")
    for package in ("sample_export", "report"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
        (folder / package / "__main__.py").write_text(STEP.replace("{step}", package))
    (folder / "report" / "layers.py").write_text(STEP.replace("{step}", "dbt"))
    return folder


def start(clone, *targets):
    """Start make in a clone, in a process group of its own (subprocess.Popen)."""
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if ".venv" not in part)
    # Not as a part of the make that runs the tests.
    ours = ("VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.Popen(
        ["make", *targets], cwd=clone, env=environment | {"PATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def test_two_builds_at_once_in_a_fresh_clone_both_end_well(clone):
    makes = [start(clone, "build"), start(clone, "build")]
    outputs = [make.communicate(timeout=240)[0] for make in makes]
    assert [make.returncode for make in makes] == [0, 0], outputs
    both = "".join(outputs)
    assert both.count("Installing the pinned requirements") == 1
    assert "Another make in this folder is installing the requirements; waiting until it has ended." in both
    steps = [line.split() for line in (clone / "steps.txt").read_text().splitlines()]
    # A build and its summary are not parted, and no step runs beside another of its kind.
    builds = [(step, when) for step, _, when in steps if step != "sample_export"]
    assert builds == [("dbt", "begins"), ("dbt", "ends"), ("report", "begins"), ("report", "ends")] * 2
    assert [when for step, _, when in steps if step == "sample_export"] == ["begins", "ends"] * 2


def test_a_killed_installation_is_made_again(clone):
    killed = start(clone, "build")
    while "Installing" not in (line := killed.stdout.readline()):
        assert line, "make ended before it installed"
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (clone / ".venv" / "installed").exists()
    (clone / ".venv" / "lib" / "half-written").write_text("")
    make = start(clone, "build")
    output = make.communicate(timeout=240)[0]
    assert make.returncode == 0, output
    assert "The last installation did not end: starting over" in output
    assert (clone / ".venv" / "installed").is_file() and not (clone / ".venv" / "lib" / "half-written").exists()
    # And it is not made a third time.
    make = start(clone, "build")
    assert "nstalling" not in make.communicate(timeout=240)[0]


def test_an_installation_that_starts_over_leaves_alone_what_a_link_leads_to(clone):
    elsewhere = clone.parent / "elsewhere"
    for folder in (elsewhere, clone / ".locks"):
        folder.mkdir()
    (elsewhere / "kept").touch()
    (clone / ".venv").symlink_to(elsewhere)
    (clone / ".locks" / "installing").touch()
    make = start(clone, "build")
    assert make.communicate(timeout=240)[0] and make.returncode == 0
    assert (clone / ".venv" / "installed").is_file() and (elsewhere / "kept").exists()


def test_the_development_container_is_the_one_of_the_container_file():
    """Nothing here can start a container: what the two files say of each other is compared instead."""
    folder = REPOSITORY / ".devcontainer"
    development = json.loads((folder / "devcontainer.json").read_text(encoding="utf-8"))
    container = (folder / development["build"]["dockerfile"]).resolve()
    text = container.read_text(encoding="utf-8")

    assert container == REPOSITORY / "Containerfile"
    assert (folder / development["build"]["context"]).resolve() == REPOSITORY
    assert re.search(rf"useradd .*--uid 1000 {development['remoteUser']}\b", text) and "\nUSER 1000\n" in text
    assert f"\nWORKDIR {development['workspaceFolder']}\n" in text
    # An image's name without a registry: whose it is, is the machine's choice.
    assert re.findall(r"^FROM (\S+)$", text, re.M) == ["python:3.11-slim-bookworm"]


def test_nothing_that_a_build_makes_gets_into_the_image():
    ignored = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [name for name in (".venv", "sample", "target", "logs", "warehouse/*.duckdb*") if name not in ignored] == []
