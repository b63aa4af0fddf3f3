"""A folder for the files that a run writes for itself, gone when the run ends."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path


class ScratchFolder:
    """A folder (path: Path) of this process in the temporary directory, which is made for it.

    Removed when the process ends. What a killed process left is removed by the next one with a warehouse of that name:
    a lock on the folder tells whether its process still lives. Raises OSError.
    """

    def __init__(self, temporary, name):
        """Make the folder. temporary: Path of the directory; name: str, of the warehouse."""
        is_ours = not temporary.exists() or temporary.name == f"{name}.tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        prefix = f"{name}.scratch-"
        for left in temporary.iterdir():
            if left.name.startswith(prefix) and left.is_dir():
                remove_if_left(left)
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=temporary))
        lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_SH)
        weakref.finalize(self, remove, self.path, lock, temporary if is_ours else None)


def remove_if_left(folder):
    """Remove a folder (Path) unless the process that made it still lives."""
    with contextlib.suppress(OSError):
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(lock)


def remove(folder, lock, made):
    """Remove a scratch folder (Path) that this process locked (lock: descriptor), and the folder above (made: Path or
    None) if it was made for it and is empty."""
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
    if made is not None:
        with contextlib.suppress(OSError):
            made.rmdir()
