"""`python -m watcher` and the `watcher` command."""

import importlib
import signal
import sys

TERMINATED = 128 + signal.SIGTERM


def main() -> None:
    """Run the command. A signal that comes while the program still loads ends it as quietly as one that comes later."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        importlib.import_module("watcher.cli").main()
    except KeyboardInterrupt:
        sys.exit(130)


def _terminate(number: int, _: object) -> None:
    """SIGTERM before the daemon runs, or to a command: unwind, so that locks and scratch files go."""
    del number
    sys.exit(0 if "run" in sys.argv[1:] else TERMINATED)


if __name__ == "__main__":
    main()
