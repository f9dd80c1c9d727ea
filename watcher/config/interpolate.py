"""`${NAME}`, `${NAME:-default}` and `${file:PATH}` in scalars. `$name` without braces is a query's list, left alone."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAX_SECRET = 100_000
_HINT = "write `${NAME}`, `${NAME:-default}` or `${file:PATH}`; a list in a query is `$name`, without braces"
_REFERENCE = re.compile(r"\$\{([^}]*)(\}?)")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A reference that was replaced: where it stood as written, and where its value stands now."""

    raw_start: int
    raw_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """A scalar's text with its references replaced.

    `missing` tells what is unset or unreadable, `wrong` (message, hint) what is no reference; `files` were read.
    """

    text: str
    pieces: tuple[Piece, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()
    files: tuple[Path, ...] = ()

    def raw_offset(self, offset: int) -> int:
        """Where a character of the text stood as written; the start of the reference for what came from one."""
        shift = 0
        for piece in self.pieces:
            if offset < piece.start:
                break
            if offset < piece.end:
                return piece.raw_start
            shift = piece.raw_end - piece.end
        return offset + shift


def expand(text: str, env: Mapping[str, str], folder: Path) -> Expanded:
    """Replace the references of a scalar; relative paths start at `folder`."""
    if "${" not in text:
        return Expanded(text=text)
    out = ""
    last = 0
    pieces: list[Piece] = []
    missing: list[tuple[str, str]] = []
    wrong: list[tuple[str, str]] = []
    files: list[Path] = []
    for found in _REFERENCE.finditer(text):
        value, unset, fault = _resolve(found, env, folder, files)
        out += text[last : found.start()]
        pieces.append(Piece(raw_start=found.start(), raw_end=found.end(), start=len(out), end=len(out) + len(value)))
        out += value
        last = found.end()
        missing += unset
        wrong += fault
    return Expanded(
        text=out + text[last:],
        pieces=tuple(pieces),
        missing=tuple(missing),
        wrong=tuple(wrong),
        files=tuple(files),
    )


_Told = list[tuple[str, str]]


def _resolve(found: re.Match[str], env: Mapping[str, str], folder: Path, files: list[Path]) -> tuple[str, _Told, _Told]:
    """The value, what is missing, what is wrong."""
    body = found[1]
    if found[2] and re.match(r"file:\s*\S", body):
        path = folder / body.removeprefix("file:").strip()
        files.append(path)
        return _secret(path, found[0])
    variable = _VARIABLE.fullmatch(body)
    if not found[2] or not variable or "${" in body:
        return "", [], [("`${` is not closed" if not found[2] else f"`{found[0]}` is no variable", _HINT)]
    name, default = variable.groups()
    value = env.get(name)
    if default is not None and not value:
        return default, [], []
    if value is None:
        return "", [(f"the variable `{name}` is not set", f"set it, or write `${{{name}:-default}}`")], []
    return value, [], []


def _secret(path: Path, written: str) -> tuple[str, _Told, _Told]:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_SECRET:
            reason = "it is no file" if not stat.S_ISREG(about.st_mode) else f"it holds more than {MAX_SECRET} bytes"
            return "", [(f"the secret `{written}` cannot be read: {reason}", "name a small text file")], []
        return path.read_text(encoding="utf-8").rstrip("\r\n"), [], []
    except UnicodeDecodeError:
        return "", [(f"the secret `{written}` is not UTF-8 text", "save it as UTF-8")], []
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return "", [(f"the secret `{written}` cannot be read: {reason}", f"it is looked for at {path}")], []
