"""The peers' side of the poll benchmark. Runs under the Python that has them; prints seconds as JSON.

python _poll_peers.py reader|rss2email|feed2exec|sfeed|newsboat SITE FEEDS FOLDER [--slow]
"""

import configparser
import json
import resource
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

Poll = Callable[[], None]


def with_reader(urls: list[str], folder: Path) -> Poll:
    """lemon24/reader, twenty workers."""
    from reader import make_reader  # type: ignore[import-not-found] # noqa: PLC0415 - only here is it installed

    feeds = make_reader(str(folder / "reader.db"))
    for url in urls:
        feeds.add_feed(url)

    def poll() -> None:
        feeds.update_feeds(workers=20, scheduled=False)

    return poll


def command(*arguments: str, folder: Path) -> Poll:
    """A program that polls all feeds once."""

    def poll() -> None:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode:
            raise SystemExit(f"{arguments[0]}: {done.stderr[-500:]}")

    return poll


def with_rss2email(urls: list[str], folder: Path) -> Poll:
    """rss2email, sending nothing."""
    config = configparser.ConfigParser()
    config["DEFAULT"] = {"from": "a@example.org", "to": "b@example.org", "feed-timeout": "30"}
    for number, url in enumerate(urls):
        config[f"feed.f{number}"] = {"url": url}
    with (folder / "r2e.cfg").open("w") as file:
        config.write(file)
    program = str(Path(sys.executable).parent / "r2e")
    return command(program, "-c", str(folder / "r2e.cfg"), "-d", str(folder / "r2e.json"), "run", "-n", folder=folder)


def with_feed2exec(urls: list[str], folder: Path) -> Poll:
    """feed2exec, its output plugins told to do nothing."""
    config = configparser.ConfigParser()
    for number, url in enumerate(urls):
        config[f"f{number}"] = {"url": url, "output": "feed2exec.plugins.null"}
    with (folder / "f2e.ini").open("w") as file:
        config.write(file)
    program = str(Path(sys.executable).parent / "feed2exec")
    place = ("--config", str(folder / "f2e.ini"), "--database", str(folder / "f2e.db"))
    return command(program, "-q", *place, "fetch", "--catchup", "--parallel", folder=folder)


def with_sfeed(urls: list[str], folder: Path) -> Poll:
    """sfeed, sixteen jobs; it always asks for the whole."""
    lines = "\n".join(f"feed 'f{number}' '{url}'" for number, url in enumerate(urls))
    (folder / "sfeedrc").write_text(f"sfeedpath='{folder}'\nmaxjobs=16\nfeeds() {{\n{lines}\n}}\n")
    return command("sfeed_update", str(folder / "sfeedrc"), folder=folder)


def with_newsboat(urls: list[str], folder: Path) -> Poll:
    """newsboat, twenty threads."""
    (folder / "urls").write_text("\n".join(urls) + "\n")
    (folder / "config").write_text("reload-threads 20\n")
    place = ("-u", str(folder / "urls"), "-C", str(folder / "config"), "-c", str(folder / "cache.db"))
    return command("newsboat", *place, "-x", "reload", folder=folder)


PEERS = {
    "reader": with_reader,
    "rss2email": with_rss2email,
    "feed2exec": with_feed2exec,
    "sfeed": with_sfeed,
    "newsboat": with_newsboat,
}


def timed(poll: Poll) -> float:
    """Seconds of one round."""
    began = time.perf_counter()
    poll()
    return time.perf_counter() - began


def peak() -> float:
    """The most memory that this process had, in MB; getrusage would count what it was forked from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Cold, unchanged, one new each and, where asked, unchanged at 200 ms an answer."""
    name, site, feeds, folder = sys.argv[1:5]
    for what in ("extra/0", "delay/0"):
        urllib.request.urlopen(f"{site}/{what}").close()  # noqa: S310 - our own site
    poll = PEERS[name]([f"{site}/feed/{number}.xml" for number in range(int(feeds))], Path(folder))
    found = {"all new": timed(poll), "unchanged": timed(poll)}
    urllib.request.urlopen(f"{site}/extra/1").close()  # noqa: S310
    found["one new each"] = timed(poll)
    if "--slow" in sys.argv:
        urllib.request.urlopen(f"{site}/delay/0.2").close()  # noqa: S310
        found["unchanged, 200 ms"] = timed(poll)
    own = name == "reader"
    found["MB"] = peak() if own else resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
