"""Changing one section of a program as the writer says: the whole of it again behind the conversation that it stands in, until it parses."""

from collections.abc import Mapping

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.flows.asks import Flow, Turn
from hanmo.core.flows.code import ROOM_LEFT, conversation, task_for, tries
from hanmo.core.flows.expand import section_heading
from hanmo.core.flows.rewrite import Rewritten
from hanmo.core.flows.room import Room, estimate_tokens
from hanmo.core.presets import PRESETS, choose_for_article
from hanmo.core.text import Language

CHANGE_ASK: dict[Language, str] = {
    "zh": "改 {path}：{said}。{only}改完把它完整地重写一遍，没有提到的地方不动，其余文件用到的名字不变。",
    "en": "Change {path}: {said}. {only}Write the whole of it again, the rest as it is, with the names that the other files use.",
}
ANEW: dict[Language, str] = {"zh": "功能不变，换一种写法", "en": "the same behaviour, written in another way"}
ONLY: dict[Language, str] = {"zh": "只改这几行：\n\n{}\n\n", "en": "Only these lines:\n\n{}\n\n"}


def change_file(
    assignment: Assignment,
    plan: Plan,
    section: Section,
    texts: Mapping[str, str],
    room: Room,
    *,
    instruction: str,
    selected: str = "",
    seed: int,
) -> Flow[Rewritten]:
    """The section's text changed as `instruction` says (in another way where it says nothing), in `selected` lines only if there are any."""
    lang, text = assignment.lang, texts[section.id]
    said = instruction.strip().rstrip("。. ") or ANEW[lang]
    only = ONLY[lang].format(selected.strip("\n")) if selected.strip() else ""
    sections = [s for s in plan.sections if not s.skipped]
    own = (
        Turn("assistant", section_heading(plan, section) + text),
        Turn("user", CHANGE_ASK[lang].format(path=section.heading, said=said, only=only)),
    )
    needed = sum(estimate_tokens(turn.text) for turn in own) + estimate_tokens(text) * 5 // 4 + ROOM_LEFT
    for n_ctx in (room.n_ctx, room.n_ctx - needed):
        asked = conversation(assignment, plan, sections, sections.index(section), texts, Room(n_ctx))
        if sum(estimate_tokens(turn.text) for turn in asked) + needed <= room.n_ctx:
            break
    usual = choose_for_article(PRESETS["code"], assignment.preset, assignment.sampling)
    tried = yield from tries(task_for(assignment, plan, section, (*asked, *own)), usual, seed, lang, room)
    if tried.best is None or tried.best.problem:
        return Rewritten(text, problem="broken")
    return Rewritten(tried.best.text, problem="unchanged" if tried.best.text == text else "")
