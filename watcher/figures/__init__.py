"""Reading figures: counts of people, families and dwellings, with what is said of them."""

from watcher.figures.find import find

__all__ = ["find"]
