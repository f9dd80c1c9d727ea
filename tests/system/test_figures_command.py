"""`figures`, `extract --figures` and the figures in `explain`, by the real command."""

import json
from pathlib import Path

from tests.helpers.command import watcher

CAMP = "About 5,600 people fled to the camp at Debaga, the UN said on Tuesday. Nothing else was counted.\n"
FIELDS = {
    "value", "low", "high", "vague", "qualifier", "unit", "subject", "modality", "flow", "place", "source", "quote",
    "start", "end",
}  # fmt: skip


async def test_figures_answers_lines_in_order_and_names_bad_ones() -> None:
    lines = [
        json.dumps({"id": "a", "text": CAMP}),
        "{",
        json.dumps({"id": 2, "text": "Plus de 300 familles ont fui la ville.", "language": "fr"}),
        json.dumps({"id": 3}),
        json.dumps({"id": 4, "text": "It rained."}),
    ]
    ended = await watcher("figures", "--jsonl", stdin="\n".join(lines).encode())
    assert ended.code == 1
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2, 4]
    (read,) = answers[0]["figures"]
    assert set(read) == FIELDS
    assert (read["value"], read["unit"], read["subject"], read["qualifier"]) == (5600, "people", "displaced", "approx")
    assert '"value": 5600,' in ended.out
    assert CAMP[read["start"] : read["end"]] == "5,600"
    assert answers[1]["figures"][0]["unit"] == "families"
    assert answers[2]["figures"] == []
    assert "line 2: not JSON" in ended.err
    assert 'line 4: no "text"' in ended.err


async def test_figures_and_extract_read_files(tmp_path: Path) -> None:
    file = tmp_path / "camp.txt"
    file.write_text(CAMP)
    shown = await watcher("figures", file)
    assert shown.code == 0, shown.err
    assert "About 5,600 people displaced" in shown.out
    listed = json.loads((await watcher("figures", "--jsonl", file)).out)
    whole = json.loads((await watcher("extract", "--jsonl", "--figures", file)).out)
    assert listed["id"] == whole["source"] == str(file)
    assert listed["figures"] == whole["figures"] != []
    assert "figures" not in json.loads((await watcher("extract", "--jsonl", file)).out)
    assert "About 5,600 people displaced" in (await watcher("extract", "--figures", file)).out
    missing = await watcher("figures", tmp_path / "none.txt", file)
    assert missing.code == 1
    assert "none.txt" in missing.err
    assert "5,600" in missing.out


async def test_rules_on_figures_hold_in_match_test_and_explain(tmp_path: Path) -> None:
    config = tmp_path / "watcher.yaml"
    topic = {
        "query": "fled OR displaced",
        "figures": {"subject": "displaced", "unit": "people", "above": 5000, "place": "Debaga"},
        "tests": {
            "match": [CAMP, "Some 7,000 people were displaced from the villages around Dibaga."],
            "no_match": [
                "About 900 people fled to the camp at Debaga.",
                "Families fled.",
                CAMP.replace("Debaga", "Erbil"),
            ],
        },
    }
    config.write_text(json.dumps({"terms": {"debaga": ["Debaga", "Dibaga"]}, "topics": {"camp": topic}}))
    tested = await watcher("-c", config, "test")
    assert tested.code == 0, tested.out
    assert "5 passed, 0 failed" in tested.out
    few = CAMP.replace("5,600", "900")
    lines = "\n".join(json.dumps({"id": number, "text": text}) for number, text in enumerate((CAMP, few)))
    matched = await watcher("-c", config, "match", stdin=lines.encode())
    assert [json.loads(line)["topics"] for line in matched.out.splitlines()] == [["camp"], []]
    file = tmp_path / "few.txt"
    file.write_text(few)
    explained = json.loads((await watcher("-c", config, "explain", "--json", file)).out)
    (verdict,) = explained["topics"]
    assert (verdict["matched"], verdict["held"]) == (False, True)
    assert "above (1)" in verdict["excluded"][0]
    assert explained["figures"][0]["value"] == 900
    shown = (await watcher("-c", config, "explain", file)).out
    assert "left out by figures: of 1 read none meets the rule; not met: above (1)" in shown
    assert "About 900 people displaced" in shown
