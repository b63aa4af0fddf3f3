"""A folder for the files that a run writes for itself, gone when the run ends."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import weakref
from pathlib import Path


def prefix_of(warehouse):
    """Return what the names of a warehouse's folders begin with (str): another one of its name may lie elsewhere.

    warehouse: Path, absolute.
    """
    place = hashlib.sha256(os.fsencode(os.path.realpath(warehouse))).hexdigest()
    return f"{warehouse.name}.scratch-{place[:8]}-"


class ScratchFolder:
    """A folder (path: Path) of this process in the temporary directory, which is made for it.

    Removed when the process ends. What a killed process left is removed by the next one with that warehouse: a lock on
    the folder tells whether its process still lives. Raises OSError.
    """

    def __init__(self, temporary, warehouse, keeps_left=False):
        """Make the folder. temporary: Path of the directory; warehouse: Path, absolute. keeps_left: whether what killed
        processes left stays, as for one that only reads: it tells the next build that the warehouse may be damaged."""
        is_ours = not temporary.exists() or temporary.name == f"{warehouse.name}.tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        for folder in [] if keeps_left else left_folders(temporary, warehouse):
            shutil.rmtree(folder, ignore_errors=True)
        # It gets its name when it is locked, so that no other process takes it for one that was left.
        unlocked = Path(tempfile.mkdtemp(prefix="flarelane-", dir=temporary))
        lock = os.open(unlocked, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_SH)
        self.path = unlocked.rename(temporary / (prefix_of(warehouse) + unlocked.name.removeprefix("flarelane-")))
        self.removal = weakref.finalize(self, remove, self.path, lock, temporary if is_ours else None)

    def leave_note(self, name):
        """Leave the folder to the next process, with an empty file in it. name: str, of the file."""
        (self.path / name).touch()
        self.removal.detach()


def left_folders(temporary, warehouse):
    """Return the folders (list of Path) of processes that ended without removing them, as killed ones do.

    temporary: Path of the directory, which may be missing; warehouse: Path, absolute.
    """
    prefix = prefix_of(warehouse)
    try:
        folders = [path for path in temporary.iterdir() if path.name.startswith(prefix) and path.is_dir()]
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
