"""Run a command while no other holds the same lock; wait for it, and say so.

Usage: python setup/one_at_a_time.py LOCK WHAT COMMAND...; LOCK is a file, WHAT says in words what the command does.
The Makefile calls it with any Python, before the environment is there, so it needs the standard library alone. The
system frees the lock when the command and all that it started have ended, also when they are killed.
"""

import fcntl
import os
import sys
from pathlib import Path


def main(lock, what, *command):
    """Take the lock and become the command, which keeps the open file and with it the lock."""
    Path(lock).parent.mkdir(parents=True, exist_ok=True)
    file = os.open(lock, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Another make in this folder is {what}; waiting until it has ended.", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    os.set_inheritable(file, True)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
