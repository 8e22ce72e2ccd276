"""Where the items of a list end in JSON that is still being written: there a run may be left, and go on under the grammar of what is left."""


def whole_items(text: str) -> tuple[int, int]:
    """The end of the last whole item (0 where there is none), and how many there are. An item is an object in a list."""
    end = count = 0
    opened = list[str]()
    quoted = escaped = False
    for i, mark in enumerate(text):
        if quoted:
            quoted, escaped = escaped or mark != '"', mark == "\\" and not escaped
        elif mark == '"':
            quoted = True
        elif mark in "[{":
            opened.append(mark)
        elif mark in "]}" and opened:
            opened.pop()
            if mark == "}" and opened[-1:] == ["["]:
                end, count = i + 1, count + 1
    return end, count
