"""Before a message is sent: what exactly would be sent, what is missing, and what can be set."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from hanmo.core.articles import Assignment, Format
from hanmo.core.brief_fields import COLON, fields_language, is_empty, to_text
from hanmo.core.briefs import LONGEST
from hanmo.core.clarify import Gap, Target, gaps
from hanmo.core.constraints import ConstraintKind, Constraints
from hanmo.core.errors import InvalidRequest
from hanmo.core.knobs import KNOBS
from hanmo.core.lint import Caution, Mend
from hanmo.core.presets import PRESETS, choose_sampling
from hanmo.core.text import Language
from hanmo.core.values import Role
from hanmo.i18n import problem_words, words
from hanmo.web.api.articles import NewArticle, assignment_of
from hanmo.web.api.brief_shapes import TEXT_CHARACTERS, BriefOrText, read_asked, read_fields
from hanmo.web.api.conversations import Id, PresetName
from hanmo.web.api.costs import CostJson, cost_json
from hanmo.web.problems import language_of
from hanmo.web.services import Services
from hanmo.work.ports import EngineState
from hanmo.work.preview import Preview, Said
from hanmo.work.warmup import NEW_ARTICLE, ArticleDraft, Draft

NO_SUBJECT = {"no_task", "vague_task"}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PromptToPreview(_Body):
    """A message as it would be sent to `/api/conversations/{id}/messages`; without `conversation_id`, to a new conversation. With `beside_id`, as
    another version of that question."""

    conversation_id: Id | None = None
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] | None = None
    brief: BriefOrText | None = None
    preset: PresetName | None = None
    sampling: dict[str, Any] | None = None
    parent_id: Id | None = None
    beside_id: Id | None = None


class PromptToAskAbout(_Body):
    """`article`: it is to become an article, of this `format`. `words`: a length that is given beside the brief. `anyway`: the writer wants to be
    asked, of a short text too."""

    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] | None = None
    brief: BriefOrText | None = None
    article: bool = False
    format: Format = "prose"
    words: Annotated[int, Field(ge=1, le=LONGEST)] | None = None
    anyway: bool = False


class SaidJson(TypedDict):
    role: Role
    text: str


class MendJson(TypedDict):
    """What one click changes: whole new values of fields of the brief (`text` is the free text), or parameters."""

    code: str
    label: str
    fields: Mapping[str, str | None]
    sampling: Mapping[str, int]


class WarningJson(TypedDict):
    """`field` is the one it is about, "" for the whole. Each of the `mends` mends it; there are none where only the writer can. What an order would
    be refused for stands first, with the code of the refusal."""

    code: str
    text: str
    params: Mapping[str, str | int]
    field: str
    mends: list[MendJson]


class ConstraintJson(TypedDict):
    """One demand in the writer's own words; `conflicts_with` are places in the same list."""

    kind: ConstraintKind
    text: str
    conflicts_with: list[int]


class PreviewJson(CostJson):
    """`messages` would be sent as they stand here, `dropped` are those of the history that do not fit. Counts are null while no model is ready;
    the seconds are null until this machine's speed was measured; `seconds_to_end` is for `words`, where a length is asked for. `constraints`
    stand in the order of their priority; `unlisted` is what the requirements hold besides, as code. `preset` is the one that the text suggests,
    null for the usual one."""

    messages: list[SaidJson]
    dropped: list[SaidJson]
    prompt: str | None
    constraints: list[ConstraintJson]
    unlisted: str
    warnings: list[WarningJson]
    preset: str | None


class QuestionJson(TypedDict):
    """`text` asks in the language of the reader; `label` and `answers` are in that of the brief, as an answer becomes part of it. It goes to
    `field`: the audience, the words, or a line of the requirements behind the `label`."""

    code: str
    text: str
    label: str
    answers: list[str]
    field: Target


class QuestionsAnswer(BaseModel):
    questions: list[QuestionJson]


class PresetJson(TypedDict):
    id: str
    name: str
    note: str
    sampling: dict[str, int | float | None]


class ParameterJson(TypedDict):
    """From `low` to `high` it is allowed, from `safe_low` to `safe_high` it does no harm; `whole`: only whole numbers."""

    name: str
    text: str
    low: float
    high: float
    safe_low: float
    safe_high: float
    step: float
    whole: bool


class PresetsJson(TypedDict):
    default: str
    presets: list[PresetJson]
    parameters: list[ParameterJson]


def prompt_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["prompt"])

    @router.post("/prompt/preview")
    async def preview_prompt(body: PromptToPreview, request: Request) -> PreviewJson:
        """What would be sent, what it would cost, and what may be wrong with it. Nothing is stored and nothing is generated."""
        text, fields = read_asked(body.text, body.brief)
        preview = await services.previewer.preview(
            text,
            fields,
            choose_sampling(body.preset, body.sampling),
            services.speeds(),
            conversation_id=body.conversation_id,
            parent_id=body.parent_id,
            beside_id=body.beside_id,
        )
        return _preview_json(preview, services.engine.status().state, language_of(request.scope))

    @router.post("/prompt/preview/article")
    async def preview_article(body: NewArticle, request: Request) -> PreviewJson:
        """The same of an article: what the model would be asked first, for its plan or for a text of one piece. `resume` means nothing here."""
        _, fields = read_asked(body.text, body.brief)
        order: Assignment | InvalidRequest
        try:
            order = assignment_of(body)
        except InvalidRequest as refusal:
            order = refusal
        preview = await services.article_previewer.preview(fields, order, services.speeds())
        return _preview_json(preview, services.engine.status().state, language_of(request.scope))

    @router.post("/prompt/warm", status_code=202)
    async def read_ahead(body: PromptToPreview) -> None:
        """Reads the prompt into the cache while nobody else needs the engine, so that the answer begins at once when it is sent. Answers at
        once; the newest text counts. An empty one ends what is being read of that conversation, or of that question."""
        fields = read_fields(body.text, body.brief)
        text = to_text(fields, fields_language(fields))
        room = choose_sampling(body.preset, body.sampling).max_new_tokens
        services.warm_up.read(Draft(text, body.conversation_id, room, body.parent_id, body.beside_id))

    @router.post("/prompt/warm/article", status_code=202)
    async def read_article_ahead(body: NewArticle) -> None:
        """The same of the brief of an article that is not made yet. `resume` means nothing here."""
        if is_empty(read_fields(body.text, body.brief)):
            services.warm_up.emptied(NEW_ARTICLE)
        else:
            services.warm_up.read(ArticleDraft(assignment_of(body)))

    @router.post("/prompt/questions")
    async def ask_back(body: PromptToAskAbout, request: Request) -> QuestionsAnswer:
        """Up to three short questions about what a long text needs and its brief leaves out; none for a quick answer."""
        _, fields = read_asked(body.text, body.brief)
        lang = fields_language(fields)
        missing = gaps(fields, lang, article=body.article, form=body.format, words=body.words, anyway=body.anyway)
        return QuestionsAnswer(questions=[_question_json(gap, lang, language_of(request.scope)) for gap in missing])

    @router.get("/presets")
    async def list_presets(request: Request) -> PresetsJson:
        """The presets, and every parameter with what it does and its safe range."""
        said = words(language_of(request.scope))
        presets = [
            PresetJson(
                id=name, name=said.text(f"ui.preset.{name}"), note=said.text(f"ui.preset.{name}.note"), sampling=asdict(sampling)
            )
            for name, sampling in PRESETS.items()
        ]
        parameters = [
            cast("ParameterJson", asdict(knob) | {"text": said.text(f"parameter.{knob.name}"), "whole": knob.whole})
            for knob in KNOBS
        ]
        return PresetsJson(default="chat", presets=presets, parameters=parameters)

    return router


def _preview_json(preview: Preview, engine: EngineState, lang: Language) -> PreviewJson:
    review = preview.review
    return PreviewJson(
        messages=_said(preview.messages),
        dropped=_said(preview.dropped),
        prompt=preview.prompt,
        **cost_json(engine, preview.cost),
        constraints=_constraints_json(review.constraints),
        unlisted=review.constraints.unlisted,
        warnings=_warnings_json(preview, lang),
        preset=preview.preset,
    )


def _said(messages: tuple[Said, ...]) -> list[SaidJson]:
    return [SaidJson(role=said.role, text=said.text) for said in messages]


def _constraints_json(constraints: Constraints) -> list[ConstraintJson]:
    apart: dict[int, list[int]] = {}
    for i, j in constraints.conflicts:
        apart.setdefault(i, []).append(j)
        apart.setdefault(j, []).append(i)
    return [
        ConstraintJson(kind=item.kind, text=item.text, conflicts_with=apart.get(i, [])) for i, item in enumerate(constraints.items)
    ]


def _warnings_json(preview: Preview, lang: Language) -> list[WarningJson]:
    """That the order names no subject is said by the caution too, which can be mended."""
    warnings = [_warning_json(caution, lang) for caution in preview.review.cautions]
    refusal = preview.refusal
    if refusal and not (refusal.code == "brief_without_task" and NO_SUBJECT & {warning["code"] for warning in warnings}):
        _, detail, _ = problem_words(refusal.code, refusal.params, lang)
        warnings.insert(0, WarningJson(code=refusal.code, text=detail, params={}, field="", mends=[]))
    return warnings


def _warning_json(caution: Caution, lang: Language) -> WarningJson:
    said = words(lang)
    return WarningJson(
        code=caution.kind,
        text=said.text(f"caution.{caution.kind}", **caution.params),
        params=caution.params,
        field=caution.about,
        mends=[_mend_json(mend, said.text(f"caution.mend.{mend.code}", **caution.params)) for mend in caution.mends],
    )


def _mend_json(mend: Mend, label: str) -> MendJson:
    return MendJson(code=mend.code, label=label, fields=mend.fields, sampling=mend.sampling)


def _question_json(gap: Gap, brief_lang: Language, page_lang: Language) -> QuestionJson:
    key, said = f"question.{gap.kind}.{gap.name}", words(brief_lang)
    return QuestionJson(
        code=f"{gap.kind}.{gap.name}",
        text=words(page_lang).text(key),
        label=said.text(f"{key}.label") + COLON[brief_lang],
        answers=said.text(f"{key}.answers").split("|"),
        field=gap.target,
    )
