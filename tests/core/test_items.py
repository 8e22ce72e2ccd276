"""The whole items of JSON that is still being written."""

import json

from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.flows.items import whole_items

objects = st.lists(st.dictionaries(st.text(), st.text() | st.lists(st.text()) | st.integers(), min_size=1), max_size=4)


@given(objects, st.booleans(), st.data())
def test_up_to_the_end_of_an_item_there_are_whole_items(rows: list[dict[str, object]], inside: bool, data: st.DataObject) -> None:
    whole = json.dumps({"title": "}{", "rows": rows} if inside else rows, ensure_ascii=data.draw(st.booleans()))
    cut = data.draw(st.integers(0, len(whole)))
    end, count = whole_items(whole[:cut])
    assert json.loads(whole[:end] + ("]}" if inside else "]") if end else "[]") in (
        [],
        {"title": "}{", "rows": rows[:count]},
        rows[:count],
    )
    assert whole_items(whole) == ((whole.rindex("}", 0, -1) + 1, len(rows)) if rows else (0, 0))


@given(st.text(alphabet='[]{}",\\a'))
def test_no_text_breaks_it(text: str) -> None:
    end, count = whole_items(text)
    assert (end == 0) == (count == 0)
    assert text[max(0, end - 1) : end] in ("", "}")
