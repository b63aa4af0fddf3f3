"""Random changes to an export, such as a customer's bucket goes through: arrivals, replacements, deletions, damage."""

import os
import random
import shutil
from pathlib import Path

import duckdb


class ExportMutator:
    """Plays changes on a copy of an export, the same for the same seed.

    original: root of a complete export, left alone; its files are what can arrive. root: where the changing export
    lies; it begins with about half of the files. Every change gives the files that it writes a new modification time.
    """

    def __init__(self, original, root, seed):
        self.random = random.Random(seed)
        self.original, self.root = Path(original), Path(root)
        self.files = sorted(path.relative_to(original) for path in Path(original).rglob("*.parquet"))
        self.clock = 1_750_000_000
        for file in self.files:
            if self.random.random() < 0.5:
                self.write(file, (self.original / file).read_bytes())

    def write(self, file, content):
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.clock += 60
        os.utime(path, (self.clock, self.clock))

    def present(self):
        return [file for file in self.files if (self.root / file).exists()]

    def arrive(self):
        """Files that were not there yet come, into partitions old and new."""
        missing = [file for file in self.files if not (self.root / file).exists()]
        for file in self.random.sample(missing, min(len(missing), self.random.randint(1, 4))):
            self.write(file, (self.original / file).read_bytes())

    def replace(self):
        """A file comes again under its name, without some of its rows."""
        file = self.random.choice(self.present())
        path = self.root / file
        kept = f"hash(id, {self.random.randint(1, 9)}) % 3 > 0"
        copy = path.with_suffix(".replacement")
        duckdb.execute(
            f"copy (select * from read_parquet('{self.original / file}', hive_partitioning = false) where {kept}) "
            f"to '{copy}' (format parquet)"
        )
        content = copy.read_bytes()
        copy.unlink()
        self.write(file, content)

    def delete(self):
        """One file is deleted."""
        (self.root / self.random.choice(self.present())).unlink()

    def delete_partition(self):
        """A partition goes, as for an erasure request."""
        shutil.rmtree((self.root / self.random.choice(self.present())).parent)

    def delete_project(self):
        """All that a project has in one table goes."""
        shutil.rmtree((self.root / self.random.choice(self.present())).parent.parent)

    def damage(self):
        """A file is cut short, emptied, or becomes something else."""
        file = self.random.choice(self.present())
        content = (self.root / file).read_bytes()
        self.write(file, self.random.choice([content[: len(content) // 2], b"", b"not Parquet at all"]))

    def mend(self):
        """Every damaged file comes whole again."""
        for file in self.present():
            if (self.root / file).read_bytes()[-4:] != b"PAR1":
                self.write(file, (self.original / file).read_bytes())

    def touch(self):
        """A file is delivered again as it was."""
        file = self.random.choice(self.present())
        self.write(file, (self.root / file).read_bytes())

    def step(self):
        """Play one to three random changes; return their names (list of str)."""
        names = self.random.choices(
            ["arrive", "replace", "delete", "delete_partition", "delete_project", "damage", "mend", "touch"],
            weights=[5, 3, 3, 2, 0.5, 1, 2, 1],
            k=self.random.randint(1, 3),
        )
        for name in names:
            if self.present():
                getattr(self, name)()
        if not self.present():
            self.arrive()
        return names
