"""A folder for the files that a run writes for itself, gone when the run ends."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path

# Between the warehouse's name and what makes a folder's name unique.
INFIX = ".scratch-"


class ScratchFolder:
    """A folder (path: Path) of this process in the temporary directory, which is made for it.

    Removed when the process ends. What a killed process left is removed by the next one with a warehouse of that name:
    a lock on the folder tells whether its process still lives. Raises OSError.
    """

    def __init__(self, temporary, name):
        """Make the folder. temporary: Path of the directory; name: str, of the warehouse."""
        is_ours = not temporary.exists() or temporary.name == f"{name}.tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        for folder in left_folders(temporary, name):
            shutil.rmtree(folder, ignore_errors=True)
        self.path = Path(tempfile.mkdtemp(prefix=f"{name}{INFIX}", dir=temporary))
        lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_SH)
        self.removal = weakref.finalize(self, remove, self.path, lock, temporary if is_ours else None)

    def leave_note(self, name):
        """Leave the folder to the next process, with an empty file in it. name: str, of the file."""
        (self.path / name).touch()
        self.removal.detach()


def left_folders(temporary, name):
    """Return the folders (list of Path) of processes that ended without removing them, as killed ones do.

    temporary: Path of the directory, which may be missing; name: str, of the warehouse.
    """
    try:
        folders = [path for path in temporary.iterdir() if path.name.startswith(f"{name}{INFIX}") and path.is_dir()]
    except OSError:
        return []
    return [folder for folder in folders if is_left(folder)]


def is_left(folder):
    """Return whether the process that made a folder (Path) has ended (bool)."""
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
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
