"""The wire shape of findings, of articles and of free texts. Offsets count code points."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from hanmo.core.articles import Finding
from hanmo.i18n import Language, words


class PlaceJson(TypedDict):
    """`section` and `index` are null for a free text, and where it concerns the whole."""

    section: str | None
    index: int | None
    text: str
    start: int
    end: int


class FixJson(TypedDict):
    """What stands from `start` to `end` should be `text`; only where that is certain."""

    start: int
    end: int
    text: str


class FindingJson(PlaceJson):
    """`other` is the second place of a contradiction or a repetition. Without a `fix`, `action` is what would mend it: `continue`, `again`,
    `shorten`, `rephrase`, `add`, `remove`, `hide`, or nothing."""

    code: str
    other: PlaceJson | None
    fix: FixJson | None
    action: str


def finding_json(finding: Finding, lang: Language, sections: Sequence[str] = ()) -> FindingJson:
    """`sections` are the ids in the plan's order."""
    other = None if finding.other is None else _place_json(finding.other, lang, sections)
    fix = None if finding.fix is None else FixJson(start=finding.fix.start, end=finding.fix.end, text=finding.fix.text)
    return FindingJson(**_place_json(finding, lang, sections), code=finding.kind, other=other, fix=fix, action=finding.action)


def _place_json(finding: Finding, lang: Language, sections: Sequence[str]) -> PlaceJson:
    return PlaceJson(
        section=finding.section_id,
        index=sections.index(finding.section_id) if finding.section_id in sections else None,
        text=words(lang).text(f"finding.{finding.kind}", **finding.params) if finding.kind else "",
        start=finding.start,
        end=finding.end,
    )
