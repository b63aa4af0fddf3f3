"""Random changes to an export, such as a customer's bucket goes through: arrivals, replacements, deletions, damage."""

import os
import random
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

# A file may have any of these behind its name.
ODD_ENDINGS = ["[1]", "1", "*", "?", " a", "%20", "신규", "'", "\\", "[!1]"]


class ExportMutator:
    """Plays changes on a copy of an export, the same for the same seed.

    original: root of a complete export, left alone; its files are what can arrive. root: where the changing export
    lies; it begins with about half of the files. Every change gives the files that it writes a new modification time.
    hostile: with odd names, links, permissions and other writers too. Builds must obey permissions then.
    """

    def __init__(self, original, root, seed, hostile=False):
        self.hostile, self.source = hostile, {}
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
        if path.exists():
            path.chmod(0o644)
        path.write_bytes(content)
        self.clock += 60
        os.utime(path, (self.clock, self.clock))

    def arriving(self, file):
        """Return the bytes that a file comes with."""
        return (self.original / self.source.get(file, file)).read_bytes()

    def read(self, file):
        """Return the bytes of a file, whatever its permissions."""
        path = self.root / file
        mode = path.stat().st_mode
        path.chmod(0o644)
        content = path.read_bytes()
        path.chmod(mode)
        return content

    def present(self):
        return [file for file in self.files if (self.root / file).exists()]

    def arrive(self):
        """Files that were not there yet come, into partitions old and new."""
        missing = [file for file in self.files if not (self.root / file).exists()]
        for file in self.random.sample(missing, min(len(missing), self.random.randint(1, 4))):
            self.write(file, self.arriving(file))

    def replace(self):
        """A file comes again under its name, without some of its rows."""
        file = self.random.choice(self.present())
        kept = f"hash(id, {self.random.randint(1, 9)}) % 3 > 0"
        source, copy = self.original / self.source.get(file, file), self.root.with_name("replacement.parquet")
        duckdb.execute(
            f"copy (select * from read_parquet($source, hive_partitioning = false) where {kept})"
            " to $copy (format parquet)",
            {"source": str(source), "copy": str(copy)},
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
        content = self.read(file)
        self.write(file, self.random.choice([content[: len(content) // 2], b"", b"not Parquet at all"]))

    def mend(self):
        """Every damaged file comes whole again."""
        for file in self.present():
            if self.read(file)[-4:] != b"PAR1":
                self.write(file, self.arriving(file))

    def touch(self):
        """A file is delivered again as it was."""
        file = self.random.choice(self.present())
        self.write(file, self.read(file))

    def name_oddly(self):
        """A file that was not there yet comes under an odd name."""
        missing = [file for file in self.files if not (self.root / file).exists()]
        if missing:
            file = self.random.choice(missing)
            odd = file.with_name(file.stem + self.random.choice(ODD_ENDINGS) + ".parquet")
            self.source[odd] = self.source.get(file, file)
            self.files[self.files.index(file)] = odd
            self.write(odd, self.arriving(odd))

    def name_badly(self):
        """A file comes under a name that is no UTF-8, or that stands for no data."""
        file = self.random.choice(self.present())
        name = self.random.choice([b"caf\xe9.parquet", b"_metadata.parquet", b"nan.parquet", b".part.parquet"])
        self.write(file.with_name(os.fsdecode(name)), self.read(file))

    def link(self):
        """A file goes elsewhere, and a link to it stays; or a link that leads to itself comes."""
        path = self.root / self.random.choice(self.present())
        loop = path.with_name("loop.parquet")
        if self.random.random() < 0.3 and not loop.is_symlink():
            loop.symlink_to(loop.name)
        elif not path.is_symlink():
            elsewhere = self.root.with_name(f"{self.root.name}-elsewhere") / f"{self.clock}-{path.name}"
            elsewhere.parent.mkdir(exist_ok=True)
            shutil.move(path, elsewhere)
            path.symlink_to(elsewhere)

    def close(self):
        """A file loses its permissions, with the same size and time."""
        (self.root / self.random.choice(self.present())).chmod(0)

    def reopen(self):
        """Every file has its permissions again."""
        for file in self.present():
            (self.root / file).chmod(0o644)

    def rewrite(self):
        """Another writer writes a file: its empty columns have the type null; or a number is out of range."""
        file = self.random.choice(self.present())
        content = self.read(file)
        if content[-4:] != b"PAR1":
            return
        rows = pq.read_table(pa.BufferReader(content))
        columns = {
            name: pa.nulls(len(rows)) if column.null_count == len(rows) else column
            for name, column in zip(rows.column_names, rows.columns, strict=True)
        }
        if self.random.random() < 0.3:
            columns["iam_dont_show_minutes"] = pa.array([float("nan")] * len(rows))
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(columns), sink, compression=self.random.choice(["none", "brotli", "zstd"]))
        self.write(file, sink.getvalue().to_pybytes())

    def step(self):
        """Play one to three random changes; return their names (list of str)."""
        changes = ["arrive", "replace", "delete", "delete_partition", "delete_project", "damage", "mend", "touch"]
        weights = [5, 3, 3, 2, 0.5, 1, 2, 1]
        if self.hostile:
            changes += ["name_oddly", "name_badly", "link", "close", "reopen", "rewrite"]
            weights += [4, 1, 2, 3, 2, 4]
        names = self.random.choices(changes, weights=weights, k=self.random.randint(1, 3))
        for name in names:
            if self.present():
                getattr(self, name)()
        if not self.present():
            self.arrive()
        return names
