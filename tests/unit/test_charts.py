"""Pictures of figures over time: real PNG and SVG, the same for the same points, whatever the points."""

import base64
import math
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from watcher.charts import HEIGHT, WIDTH, Line, Points, chart, sparklines

START = datetime(2016, 10, 17, tzinfo=UTC)
RISING: Points = tuple((START + timedelta(days=day), 1000.0 * day * day) for day in range(1, 9))
FLAT: Points = tuple((START + timedelta(days=day), 7.0) for day in range(3))
AT_ONCE: Points = ((START, 1.0), (START, 2.0))


@pytest.mark.parametrize("points", [RISING, FLAT, AT_ONCE, RISING[:1], ((START, 0.0), (START, 1e11))])
def test_a_sparkline_is_a_small_png_of_its_size(points: Points) -> None:
    (first,) = sparklines([points])
    assert sparklines([points]) == (first,)
    picture = base64.b64decode(first)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (2 * WIDTH, 2 * HEIGHT)
    assert len(picture) < 6_000


def test_no_points_are_no_picture() -> None:
    assert sparklines([(), RISING])[0] == ""
    assert sparklines([]) == ()


def test_a_chart_names_its_lines_and_takes_no_markup_or_formulas() -> None:
    names = ["People displaced, $x_1$ <b>Mosul</b>", "نازحون"]
    made = chart("Figures & more", [Line(name=name, points=RISING) for name in names])
    assert made == chart("Figures & more", [Line(name=name, points=RISING) for name in names])
    root = etree.fromstring(made.encode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    said = "".join(str(text) for text in root.itertext())
    assert "$x_1$ <b>Mosul</b>" in said
    assert "Figures & more" in said
    assert not root.findall(".//{http://www.w3.org/2000/svg}b")


def test_a_chart_of_nothing_is_empty_axes() -> None:
    assert str(etree.fromstring(chart("Nothing", []).encode()).tag).endswith("svg")
    assert math.isfinite(len(chart("Nothing", [Line(name="one", points=RISING[:1])])))


def test_each_series_has_a_scale_of_its_own() -> None:
    made = chart("Figures", [Line(name="many", points=RISING), Line(name="few", points=FLAT, disputed=FLAT[:1])])
    said = [str(text) for text in etree.fromstring(made.encode()).itertext() if str(text).strip()]
    assert {"many: 64,000", "few: 7", "60,000", "6"} <= set(said)


def test_of_many_series_the_rest_is_counted() -> None:
    made = chart("Figures", [Line(name=f"s{number}", points=FLAT) for number in range(15)])
    assert "Figures (and 3 more)" in made
    assert "s11: 7" in made
    assert "s12" not in made
