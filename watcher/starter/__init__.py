"""The config that Watcher ships: beside this module in an installed package, in a checkout the folder `config/`."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def folder() -> Traversable:
    """Where the shipped config stands."""
    packaged = files("watcher.starter").joinpath("config")
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "config"


def texts() -> Mapping[str, str]:
    """Every file of the shipped config, by its path within the folder (`topics/mosul-offensive.yaml`)."""
    return dict(sorted(_walk(folder(), "")))


def _walk(place: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in place.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".yaml", ".yml")):
            yield prefix + entry.name, entry.read_text(encoding="utf-8")
