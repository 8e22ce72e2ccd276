"""Bars on a scale of tenfolds, as an SVG that reads on light and on dark ground. The same figures give the same file."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

LEFT, WIDTH, BAR, GAP, HEAD = 190, 760, 16, 4, 34
COLOURS = ("#b83a24", "#b5821f", "#6b8f71", "#4f7a94", "#7d8590")
STYLE = (
    "text{font:13px system-ui,'PingFang SC','Microsoft YaHei',sans-serif;fill:#22242a}.q{fill:#6b6f76}.l{stroke:#e3ded3}"
    "@media(prefers-color-scheme:dark){text{fill:#e8e6e1}.q{fill:#9aa0a6}.l{stroke:#2b3036}}"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """`system` chooses the colour; `note` stands behind the figure."""

    system: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Bars under one heading, in one unit."""

    title: str
    unit: str
    bars: tuple[Bar, ...]


def chart(title: str, groups: Sequence[Group]) -> str:
    """One SVG document; values of 0 have no bar."""
    systems = list(dict.fromkeys(bar.system for group in groups for bar in group.bars))
    colours = {system: COLOURS[i % len(COLOURS)] for i, system in enumerate(systems)}
    parts = [f'<text x="8" y="20" font-weight="600">{escape(title)}</text>']
    y = HEAD
    for group in groups:
        y += 22
        parts.append(f'<text x="8" y="{y}" class="q">{escape(f"{group.title}, {group.unit}")}</text>')
        low, high = _decades([bar.value for bar in group.bars if bar.value > 0])
        y += 8
        for bar in group.bars:
            parts += _bar(bar, y, low, high, colours[bar.system], group.unit)
            y += BAR + GAP
    height = y + 12
    frame = f'<line x1="{LEFT}" y1="{HEAD}" x2="{LEFT}" y2="{height - 8}" class="l"/>'
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">'
    aloud = [f'<title id="title">{escape(title)}</title>', f'<desc id="desc">{escape(_aloud(groups))}</desc>']
    return "\n".join([head, *aloud, f"<style>{STYLE}</style>", frame, *parts, "</svg>", ""])


def _aloud(groups: Sequence[Group]) -> str:
    """All figures in words, for who cannot see the bars."""
    return " ".join(f"{g.title}: " + ", ".join(f"{bar.system} {_said(bar, g.unit)}" for bar in g.bars) + "." for g in groups)


def _said(bar: Bar, unit: str) -> str:
    return f"{figure(bar.value)} {unit}{bar.note}" if bar.value > 0 else "—"


def figure(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _bar(bar: Bar, y: int, low: int, high: int, colour: str, unit: str) -> list[str]:
    room = WIDTH - LEFT - 130
    length = room * (math.log10(bar.value) - low) / (high - low) if bar.value > 0 else 0
    return [
        f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(bar.system)}</text>',
        f'<rect x="{LEFT}" y="{y}" width="{max(length, 1):.1f}" height="{BAR}" rx="2" fill="{colour}"/>',
        f'<text x="{LEFT + max(length, 1) + 6:.1f}" y="{y + 13}">{escape(_said(bar, unit))}</text>',
    ]


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Whole tenfolds around the values; the shortest bar is not nothing."""
    if not values:
        return 0, 1
    low, high = math.floor(math.log10(min(values)) - 0.15), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)
