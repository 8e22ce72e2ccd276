"""The child process that sets a PDF: typst, in a process of its own so that it can be ended, and does not hold up the server.

Rules
  * No box for a character, ever: before anything is set, each character of the text must be in a font of this computer. If one is not, the
    answer names it, and there is no PDF.
  * The families are those of `FAMILIES` that are there, the first for the text; typst takes from the others what that one lacks.

`COMMAND IN.typ OUT.pdf` writes the file and prints one line of JSON: `{"missing": "…"}`, empty where it was written. Where typst refuses the source,
it ends with 1.
"""

import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

from hanmo.export.fonts import has_glyphs

__all__ = ["COMMAND", "main", "missing_characters"]

COMMAND = (sys.executable, "-c", "from hanmo.export.typesetting import main; main()")
FAMILIES = (
    "Source Han Serif SC", "Noto Serif CJK SC", "Noto Serif SC", "Songti SC", "STSong", "SimSun", "FandolSong",
    "Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Heiti SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "AR PL UMing CN", "AR PL SungtiL GB", "SimHei", "KaiTi",
)  # fmt: skip
"""Simplified Chinese as systems name it, those with serifs first: a book is read in them."""
LATIN, MONO = "Libertinus Serif", "DejaVu Sans Mono"
"""Both come with typst."""
EMBEDDED = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x391, 0x3A1), (0x3A3, 0x3A9), (0x3B1, 0x3C9), (0x401, 0x401), (0x410, 0x44F), (0x451, 0x451),
    (0x2013, 0x2014), (0x2018, 0x201A), (0x201C, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026), (0x20AC, 0x20AC), (0x2190, 0x2193),
    (0x2200, 0x2200), (0x2208, 0x2208), (0x221E, 0x221E), (0x2260, 0x2260), (0x2264, 0x2265), (0x2610, 0x2612),
)  # fmt: skip
"""What the fonts that come with typst have for certain, from a character to a character."""
UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")
SELECTORS = range(0xFE00, 0xFE10)
MOST_NAMED = 12
BOLD = 600
"""The least weight that counts as bold. Of a family without one the lines are made thicker instead: SimSun, for instance, is there in one weight."""


def main() -> None:
    import typst

    source_path, target = Path(sys.argv[1]), Path(sys.argv[2])
    source = source_path.read_text("utf-8")
    fonts: list[Any] = list(typst.Fonts().fonts())
    lacking = sorted(missing_characters(source, [(font.family, font.path, font.index) for font in fonts]))
    if not lacking:
        families = {font.family for font in fonts}
        chosen = [name for name in FAMILIES if name in families]
        bold = not chosen or any(font.family == chosen[0] and font.weight >= BOLD for font in fonts)
        named = f"#let hanmo-bold = {str(bold).lower()}\n#let hanmo-fonts = {_tuple([LATIN, *chosen])}\n#let hanmo-mono = {_tuple([MONO, *chosen])}\n"
        source_path.write_text(named + source, "utf-8")
        folder = str(source_path.parent)
        try:
            typst.compile(str(source_path), str(target), root=folder, format="pdf", package_path=folder, package_cache_path=folder)
        except typst.TypstError:
            sys.exit(1)
    sys.stdout.write(json.dumps({"missing": "".join(lacking[:MOST_NAMED])}) + "\n")


def missing_characters(text: str, fonts: list[tuple[str, str | None, int]]) -> set[str]:
    """What no font has. `fonts`: family, path (None where it comes with typst), index in its file. Those of `FAMILIES` are looked into first."""
    wanted = {each for each in set(text) if not _is_unseen(each) and not any(a <= ord(each) <= b for a, b in EMBEDDED)}
    order = {name: i for i, name in enumerate(FAMILIES)}
    for _, path, index in sorted(fonts, key=lambda font: order.get(font[0], len(order))):
        if not wanted:
            break
        if path is not None:
            wanted -= has_glyphs(Path(path), index, wanted)
    return wanted


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in UNSEEN or ord(character) in SELECTORS


def _tuple(families: list[str]) -> str:
    """With Latin letters from the first, Han characters and their punctuation from the others."""
    first, *others = families
    covers = ', covers: "latin-in-cjk"' if others else ""
    return f'((name: "{first}"{covers}),{"".join(f" {json.dumps(name)}," for name in others)})'
