"""The whole text of an article as one Markdown text, and back again: what the writer edits is the text, and the sections follow it.

Rules
  * `joined` is the text: the title, then each section that has one, by its heading. `split` reads it back, and for a text that nobody changed
    the article is what it was.
  * A first line `# …` is the title. Where the plan shows headings, each line `## …` outside code and formulas begins a section; a block that is
    never closed hides the headings of sections that are known all the same, for what follows it is not the writer's code.
  * Whose text it is: a section with the same heading keeps its id wherever it was moved to, one that was left out comes back. A heading that
    is new belongs to the section that lost its own and has the same text; else the first of them belongs to the first that lost its own
    between the same neighbours, and so on: it was renamed. What is left over is a new section, without points and as long as it is now.
  * What stands before the first heading belongs to the first section if that never had one; else it is a new section without a heading.
  * A section whose heading is gone is skipped, not removed: its points and its last text come back with its heading. Sections that are still to
    be written have no place in the text; they stay behind the section that they stood behind.
  * Where headings are not shown, the sections are told apart by their lines: where one began, it begins now (`difflib`).
  * A heading with nothing under it is a section with an empty text; in a text that is opened it is one that is still to be written.
  * A line of more than `LONGEST_HEADING` characters is no heading.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from hanmo.core.articles import Article, Assignment, Plan, Section, bare, whole_text
from hanmo.core.blocks import read_lines
from hanmo.core.briefs import LONGEST, SHORTEST
from hanmo.core.errors import InvalidRequest
from hanmo.core.text import count_words, language_of

LONGEST_HEADING = 200
MOST_SECTIONS = 200
"""Of a plan."""
USUAL, MOST_USUAL = 300, 1_000
"""Words of a section that is still to be written where no other tells, and at most."""
TITLE = re.compile(r"#[ \t]+(\S.*)")
HEADING = re.compile(r"##[ \t]+(\S.*)")


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A plan and the text of each of its sections that stands in the whole text, by id, without white space around it."""

    plan: Plan
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the text. `heading` is "" where it has none."""

    heading: str
    text: str


def shown_texts(article: Article) -> dict[str, str]:
    """What of each section stands in the whole text: its version, or what is there of one that was left in the middle."""
    shown = {}
    for section in article.plan.sections if article.plan else ():
        version = article.texts.get(section.id)
        begun = "" if article.kept(section) else article.begun.get(section.id, "")
        if not section.skipped and (version or begun):
            shown[section.id] = bare(begun or (version.text if version else ""))
    return shown


def joined(manuscript: Manuscript) -> str:
    return whole_text(manuscript.plan, manuscript.texts)


def opened(text: str, name: str, seed: int) -> tuple[Assignment, Manuscript]:
    """A text that is there already, as an article whose headings are its sections, or that is one section where they are too many. It is named
    after its title, else after the file or its first line. `InvalidRequest("manuscript_empty")`."""
    if not text.strip():
        raise InvalidRequest("manuscript_empty")
    manuscript = split(text, Manuscript(Plan("", (), headed=True), {}))
    brief = manuscript.plan.title or name.strip() or text.strip().splitlines()[0][:LONGEST_HEADING]
    if len(manuscript.plan.sections) > MOST_SECTIONS:
        manuscript = split(text, Manuscript(Plan("", (), headed=False), {}))
    manuscript = replace(manuscript, plan=_with_room(manuscript))
    return Assignment(brief, 0, language_of(text), seed), manuscript


def _with_room(manuscript: Manuscript) -> Plan:
    """The plan with the length of the sections that have no text yet: about what the others have, within what an article may have."""
    sections = manuscript.plan.sections
    there = [section.words for section in sections if manuscript.texts[section.id]]
    if len(there) == len(sections):
        return manuscript.plan
    usual = min(round(sum(there) / len(there)), MOST_USUAL) if there else USUAL
    words = max(SHORTEST, min(usual, (LONGEST - sum(there)) // (len(sections) - len(there))))
    return replace(manuscript.plan, sections=tuple(s if manuscript.texts[s.id] else replace(s, words=words) for s in sections))


def split(text: str, old: Manuscript) -> Manuscript:
    """`text` as sections; `old` is what it was made from."""
    title, body = _titled(text.replace("\r\n", "\n").replace("\r", "\n"), old.plan)
    if old.plan.headed:
        plan, texts = _by_headings(body, old)
    else:
        plan, texts = _by_lines(body, old)
    return Manuscript(replace(plan, title=title), texts)


def _titled(text: str, plan: Plan) -> tuple[str, str]:
    """The title and the rest. Where headings are not shown, a first line `# …` is one only if there was one."""
    first, _, rest = text.lstrip("\n").partition("\n")
    found = TITLE.fullmatch(first.rstrip()) if plan.headed or plan.title else None
    return (found[1], rest) if found and len(found[1]) <= LONGEST_HEADING else ("", text)


# ---------------------------------------------------------------------------------------------------------------- by headings


def _by_headings(body: str, old: Manuscript) -> tuple[Plan, dict[str, str]]:
    parts = _cut(body, {section.heading for section in old.plan.sections})
    owners = _owners(parts, old)
    sections, texts, left = list[Section](), dict[str, str](), LONGEST
    taken = old.plan
    for part, owner in zip(parts, owners, strict=True):
        if owner is None:
            words = max(SHORTEST, min(_length(part.text), left))
            section = Section(taken.next_id(), part.heading, (), words)
            taken = replace(taken, sections=(*taken.sections, section))
        else:
            own = owner.id in old.texts and owner.words == _length(old.texts[owner.id])
            words = _length(part.text) if own else owner.words
            section = replace(owner, heading=part.heading, skipped=False, words=words)
        left -= section.words
        sections.append(section)
        texts[section.id] = part.text
    return replace(old.plan, sections=_with_hidden(sections, old)), texts


def _length(text: str) -> int:
    """Of a section that nobody asked a length of: it is as long as its text is, and stays so."""
    return max(SHORTEST, count_words(text))


def _cut(body: str, known: set[str]) -> list[_Part]:
    """The pieces between the headings; the one before the first only if there is something in it."""
    starts, inside = [(0, "")], ""
    offset = 0
    for raw in body.split("\n"):
        line = next(read_lines(raw, inside=inside))
        heading = HEADING.fullmatch(raw.rstrip())
        if heading and len(heading[1]) <= LONGEST_HEADING and (not inside or heading[1] in known):
            starts.append((offset, heading[1]))
            inside = ""
        else:
            inside = line.inside
        offset += len(raw) + 1
    parts = []
    for i, (start, heading_text) in enumerate(starts):
        end = starts[i + 1][0] if i + 1 < len(starts) else len(body)
        piece = body[start:end]
        text = bare(piece.partition("\n")[2] if heading_text else piece)
        if heading_text or text:
            parts.append(_Part(heading_text, text))
    return parts


def _owners(parts: Sequence[_Part], old: Manuscript) -> list[Section | None]:
    """The section that each part belongs to, None for a new one."""
    sections = old.plan.sections
    shown = [i for i, section in enumerate(sections) if section.id in old.texts]
    hidden = [i for i in range(len(sections)) if i not in shown]
    owners: list[int | None] = [None] * len(parts)
    free = [*shown, *hidden]
    if parts and not parts[0].heading and shown and not sections[shown[0]].heading:
        owners[0] = shown[0]
        free.remove(shown[0])

    def same_heading(n: int, i: int) -> bool:
        return sections[i].heading == parts[n].heading

    def same_text(n: int, i: int) -> bool:
        return parts[n].text != "" and old.texts.get(sections[i].id) == parts[n].text

    def same_place(n: int, i: int) -> bool:
        before = max((owner for owner in owners[:n] if owner is not None), default=-1)
        behind = next((owner for owner in owners[n + 1 :] if owner is not None), len(sections))
        return sections[i].id in old.texts and before < i < behind

    for belongs in (same_heading, same_text, same_place):
        for n, part in enumerate(parts):
            if owners[n] is None and part.heading and (owner := next((i for i in free if belongs(n, i)), None)) is not None:
                owners[n] = owner
                free.remove(owner)
    return [None if owner is None else sections[owner] for owner in owners]


def _with_hidden(sections: Sequence[Section], old: Manuscript) -> tuple[Section, ...]:
    """With the sections that the text does not show, each behind the one that it stood behind; those that lost their place are skipped."""
    placed = list(sections)
    before: str | None = None
    for section in old.plan.sections:
        if all(each.id != section.id for each in placed):
            kept = replace(section, skipped=True) if section.id in old.texts else section
            at = next((i + 1 for i, each in enumerate(placed) if each.id == before), 0)
            placed.insert(at, kept)
        before = section.id
    return tuple(placed)


# ------------------------------------------------------------------------------------------------------------------- by lines


def _by_lines(body: str, old: Manuscript) -> tuple[Plan, dict[str, str]]:
    shown = [section for section in old.plan.sections if bare(old.texts.get(section.id, ""))]
    if not shown:
        return _first_text(body, old)
    blocks = [bare(old.texts[section.id]).split("\n") for section in shown]
    starts = [sum(len(block) + 1 for block in blocks[:i]) for i in range(len(blocks))]
    before, now = "\n\n".join("\n".join(block) for block in blocks).split("\n"), body.strip("\n").split("\n")
    cuts = [0, *_moved(starts[1:], before, now), len(now)]
    texts = {s.id: bare("\n".join(now[cuts[i] : cuts[i + 1]])) for i, s in enumerate(shown)}
    gone = {key for key, text in texts.items() if not text}
    sections = tuple(replace(s, skipped=True) if s.id in gone else s for s in old.plan.sections)
    return replace(old.plan, sections=sections), {key: text for key, text in texts.items() if text}


def _moved(lines: Iterable[int], before: Sequence[str], now: Sequence[str]) -> list[int]:
    """Where the lines of those numbers are now. A line that is gone has the place of what stands there instead."""
    steps = SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
    moved = []
    for line in lines:
        _, start, _, new, end = next(step for step in steps if step[1] <= line < step[2])
        moved.append(min(new + line - start, end))
    return moved


def _first_text(body: str, old: Manuscript) -> tuple[Plan, dict[str, str]]:
    """All of it is the first section's."""
    text = bare(body)
    if not text:
        return old.plan, {}
    if not old.plan.sections:
        section = Section("s1", "", (), max(SHORTEST, min(count_words(text), LONGEST)))
        return replace(old.plan, sections=(section,)), {section.id: text}
    first = replace(old.plan.sections[0], skipped=False)
    return replace(old.plan, sections=(first, *old.plan.sections[1:])), {first.id: text}
