"""Texts and values that the store's tests share."""

from hanmo.core.articles import Assignment, Edit, Plan, Section
from hanmo.core.values import EngineIdentity, Sampling, Timings
from hanmo.work.article_ports import NewText

IDENTITY = EngineIdentity(model_id="qwen", model_sha256="ab" * 32, build="b7000", n_ctx=8192)
SAMPLING = Sampling(temperature=0.3, seed=7)
TIMINGS = Timings(prompt_tokens=5, cached_tokens=2, generated_tokens=3, queue_ms=0.5, ttft_ms=140.0, tokens_per_second=9.25)

TEXTS = [
    "",
    "plain",
    "第一句。第二句！",
    "😀 👨‍👩‍👧‍👦 🇨🇳",
    "e\u0301 combining",
    "before\x00after",
    "\r\n\t \u2028\ufeff",
    "𠮷野家 \U0010ffff",
    "'; DROP TABLE messages; --",
]

ASSIGNMENT = Assignment(
    "写一篇关于伞的短文。\n用第一人称。",
    300,
    "zh",
    2**40,
    format="prose",
    style="短句。",
    glossary="伞：旧物",
    characters="阿宁：修伞人",
    facts="店在桥边",
    preset="creative",
    sampling={"temperature": 0.9, "top_k": 40},
)
FIRST = Section("s1", "雨", ("下雨了", "伞坏了"), 100)
SECOND = Section("s2", "伞", ("修伞",), 120, note="慢一点")
THIRD = Section("s3", "晴", (), 80)
RAIN = "雨下了一夜。伞骨断了两根。"
MENDED = "他修好了伞。"
PLAN = Plan("一把伞", (FIRST, SECOND, THIRD), headed=True)


def new_text(section: Section, text: str, *, problem: str = "") -> NewText:
    """A text that was written for what `section` says."""
    return NewText(section.id, text, section.words, section.points, "written", problem)


def edit_of(name: str, text: str, before: str, after: str, *, section_id: str = "s1", number: int = 1) -> Edit:
    """An edit of the first `before` in `text`."""
    start = text.index(before)
    return Edit(name, section_id, number, start, start + len(before), before, after, "polish", reason="更短")
