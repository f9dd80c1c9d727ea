"""Who does a job, and when: a runner carries wake-ups, never the truth."""

from watcher.runner.local import Kind, LocalRunner
from watcher.runner.queue import Hosts

__all__ = ["Hosts", "Kind", "LocalRunner"]
