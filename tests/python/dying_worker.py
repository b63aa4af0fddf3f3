"""The worker of plugins/file_check.py, which dies of files by their names: no writer here makes such files.

`segfault` in a name: the process crashes. `endless`: it works without an end. `internal`: DuckDB's database goes out of
order, as after its internal errors.
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "plugins"))
import duckdb
import file_check_worker

file_check_worker.CPU_SECONDS = 2


class Worker(file_check_worker.Worker):
    def query(self, sql, files, parameters=None):
        names = " ".join(Path(file["name"]).name for file in files)
        if "segfault" in names and sql != file_check_worker.FOOTERS:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "endless" in names:
            file_check_worker.limit_cpu(file_check_worker.CPU_SECONDS)
            while True:
                pass
        if "internal" in names:
            self.connection.close()
            raise duckdb.InternalException("INTERNAL Error: made by the test")
        return super().query(sql, files, parameters)


if __name__ == "__main__":
    file_check_worker.Worker = Worker
    file_check_worker.main()
