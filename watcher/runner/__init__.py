"""Who does a job, and when: a runner carries wake-ups, never the truth."""

from watcher.runner.local import Kind, LocalRunner

__all__ = ["Kind", "LocalRunner"]
