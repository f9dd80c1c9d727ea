"""`watcher` with a clock that a file shifts and a disk that a number fills: for tests alone, outside of the product.

    python tests/helpers/launcher.py OFFSET_FILE FILE_SIZE_LIMIT ARGS…

OFFSET_FILE holds seconds that are added to the time; FILE_SIZE_LIMIT is the most bytes a file may have (0: any).
"""

import resource
import sys
from datetime import datetime, timedelta
from pathlib import Path

from watcher.__main__ import main
from watcher.clock import SystemClock


def shift(file: Path) -> None:
    """Let every clock of this process run beside the machine's."""
    true = SystemClock.now

    def now(self: SystemClock) -> datetime:
        try:
            offset = float(file.read_text() or 0)
        except (OSError, ValueError):  # it is being written
            offset = 0.0
        return true(self) + timedelta(seconds=offset)

    SystemClock.now = now  # type: ignore[method-assign]


if __name__ == "__main__":
    shift(Path(sys.argv[1]))
    if limit := int(sys.argv[2]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    sys.argv = ["watcher", *sys.argv[3:]]
    main()
