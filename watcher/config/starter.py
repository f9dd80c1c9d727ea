"""The config that `watcher init` writes: one commented file that works at once."""

from importlib.resources import files as resources
from pathlib import Path

from watcher.errors import ConfigError, Fault

STARTER: str = resources("watcher.config").joinpath("starter.yaml").read_text(encoding="utf-8")
"""The text of the starter config."""

_NAME = "watcher.yaml"


def write_starter(folder: Path) -> tuple[Path, ...]:
    """Write the starter into a folder, made where it is missing; what was written.

    Raises ConfigError where the folder holds a config already, or cannot be written.
    """
    target = folder / _NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = sorted(found for suffix in ("*.yaml", "*.yml") for found in folder.glob(suffix))
        if there:
            raise ConfigError(
                [
                    Fault(
                        message="there is a config already",
                        file=str(there[0]),
                        hint="choose another folder, or edit it",
                    )
                ]
            )
        with target.open("x", encoding="utf-8") as file:
            file.write(STARTER)
    except OSError as error:
        raise ConfigError([Fault(message=f"cannot be written: {error.strerror or error}", file=str(target))]) from error
    return (target,)
