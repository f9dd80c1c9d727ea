"""Does the learned interval find items sooner than a fixed one that asks as often? A simulated month; nothing is asked.

    python -m benchmarks.adaptive [--feeds 1000] [--days 28]

A thousand feeds with the rhythms that feeds have: from one item a week to hundreds a day, by day and by night, by the
hour, in bursts, without weekends, some that fall silent. Each is polled by `schedule.after` as the daemon would, with a
virtual clock. The same feeds are then asked at one fixed interval for all, chosen so that there are as many requests.
Delays count from an item's publication to the poll that finds it, over the whole month, learning included.
"""

import argparse
import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from watcher import schedule
from watcher.model import FeedId, FeedState, Fetched, NotModified

START = datetime(2016, 10, 3, tzinfo=UTC)
PAST = timedelta(days=30)
LISTED = 30
POLICY = schedule.Policy(
    interval=timedelta(minutes=15), min_interval=timedelta(minutes=5), max_interval=timedelta(hours=6)
)
NIGHT, MORNING = (0.15, 0.1, 0.1, 0.1, 0.2, 0.4), (0.8, 1.3, 1.6, 1.8, 1.8, 1.7)
AFTERNOON, EVENING = (1.6, 1.7, 1.8, 1.8, 1.6, 1.4), (1.1, 0.9, 0.7, 0.6, 0.4, 0.25)
DAYLIGHT = (*NIGHT, *MORNING, *AFTERNOON, *EVENING)
"""How much of its day's news a newsroom publishes in each hour, against the mean."""
HOUR = timedelta(hours=1)


def items_of(dice: random.Random, days: int) -> list[datetime]:
    """When one feed publishes, over the month and the one before."""
    a_day = math.exp(dice.gauss(math.log(8), 1.5))  # items: median 8, a tenth of the feeds above 50
    zone, weekend = dice.choice((-8, -5, 0, 1, 2, 3, 8)), dice.choice((1.0, 0.7, 0.3, 0.05))
    flat = dice.random() < 0.15  # wires and aggregators never sleep
    burst = dice.choice((1, 1, 1, 2, 5))
    silent = START + timedelta(days=dice.uniform(0, days)) if dice.random() < 0.02 else None
    found: list[datetime] = []
    moment, end = START - PAST, START + timedelta(days=days)
    while moment < end:
        local = moment + zone * HOUR
        rate = a_day / 24 / burst * (1.0 if flat else DAYLIGHT[local.hour]) * (weekend if local.weekday() > 4 else 1.0)
        if dice.random() < 1 - math.exp(-rate / 4):
            at = moment + dice.random() * HOUR / 4
            found += [at + timedelta(seconds=20 * number) for number in range(burst)]
        moment += HOUR / 4
    return sorted(at for at in found if at < end and (silent is None or at < silent))


def adaptive(items: Sequence[datetime], days: int, dice: random.Random) -> tuple[int, float, int]:
    """Requests, the sum of the delays in seconds, and how many items they are of."""
    state = FeedState(id=FeedId(1), url="https://news.example/", next_check=START)
    at, seen, end = START + timedelta(minutes=15) * dice.random(), 0, START + timedelta(days=days)
    requests, delay, count = 0, 0.0, 0
    while at < end:
        now_listed = bisect_right(items, at)
        new = items[max(seen, now_listed - LISTED) : now_listed]
        outcome = Fetched(url=state.url, status=200, headers={}, body=b"") if new else NotModified()
        delays = [(at - item).total_seconds() for item in items[seen:now_listed] if item >= START]
        delay, count, requests = delay + sum(delays), count + len(delays), requests + 1
        body = schedule.Body(dates=tuple(new), items=len(new), dated=len(new)) if new else None
        state = schedule.after(
            state,
            outcome,
            at,
            noise=dice.random(),
            policy=POLICY,
            hints=None,
            brought=len(new),
            body_hash=None,
            body=body,
        )
        seen, at = now_listed, state.next_check
    return requests, delay, count


def fixed(feeds: Sequence[Sequence[datetime]], interval: timedelta, dice: random.Random) -> tuple[float, int]:
    """The sum of the delays in seconds, and the items, where every feed is asked at this interval."""
    delay, count = 0.0, 0
    for items in feeds:
        phase = interval * dice.random()
        for item in items:
            if item >= START:
                behind = (item - START - phase) % interval
                delay, count = delay + (interval - behind).total_seconds(), count + 1
    return delay, count


def main() -> None:
    """Both, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--days", type=int, default=28)
    options = parser.parse_args()
    dice = random.Random(2016)  # noqa: S311 - a simulation
    feeds = [items_of(dice, options.days) for _ in range(options.feeds)]
    results = [adaptive(items, options.days, dice) for items in feeds]
    requests = sum(found[0] for found in results)
    ours = sum(found[1] for found in results) / sum(found[2] for found in results)
    interval = timedelta(days=options.days) * options.feeds / requests
    delay, count = fixed(feeds, interval, dice)
    theirs = delay / count
    per_feed = [found[1] / found[2] for found in results if found[2]]
    print(f"{options.feeds} feeds, {options.days} days, {count} items, {requests} requests by rhythm")
    print(f"that is one in {interval.total_seconds() / 60:.1f} min for each feed; configured: 15 min, 5 min to 6 h")
    print(f"mean delay by rhythm {ours / 60:.2f} min; fixed {theirs / 60:.2f} min; ratio {theirs / ours:.2f}")
    print(f"mean over the feeds of their mean delays, by rhythm: {sum(per_feed) / len(per_feed) / 60:.1f} min")


if __name__ == "__main__":
    main()
