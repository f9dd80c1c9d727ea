"""A generated wire of 2,000 articles: 400 texts that four sites each copied, and 400 that only look like copies."""

import pytest

from tests.helpers.stories import Shelf, score
from tests.helpers.wire import wire


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_copies_are_found_and_nothing_else(seed: int) -> None:
    items = wire(seed, families=400, copies=4, negatives=400)
    assert len(items) == 2_000
    shelf = Shelf()
    found = score(items, [shelf.put(number, item) for number, item in enumerate(items)])
    assert found.precision >= 0.99
    assert found.recall >= 0.95


def test_the_order_in_which_copies_come_matters_little() -> None:
    items = wire(4, families=60, copies=4, negatives=60)
    for order in (items, items[::-1]):
        shelf = Shelf()
        found = score(order, [shelf.put(number, item) for number, item in enumerate(order)])
        assert found.precision >= 0.99
        assert found.recall >= 0.93
