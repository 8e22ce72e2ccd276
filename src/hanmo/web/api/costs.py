"""What an action costs, before it is taken."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from hanmo.core.articles import Article, Plan
from hanmo.core.errors import InvalidRequest
from hanmo.core.flows.rewrite import RewriteKind
from hanmo.core.presets import choose_sampling
from hanmo.core.values import Sampling
from hanmo.web.api.articles import NewArticle, NewPlan, assignment_of, plan_sections
from hanmo.web.api.brief_shapes import TEXT_CHARACTERS, BriefOrText, read_asked
from hanmo.web.api.conversations import Id, PresetName
from hanmo.web.api.shapes import rounded
from hanmo.web.services import Services
from hanmo.work.article_costs import of_order
from hanmo.work.costs import Cost
from hanmo.work.ports import EngineState

Rounds = Literal[1, 2, 5, 10, 20]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TurnToPrice(_Body):
    """A turn of a conversation. `send`: a `text` or `brief`, beside the question `message_id` if that is given; `regenerate`: `message_id`;
    `continue`: `generation_id`; `limit`: the next turn if `rounds` went with it (null: all); `clear`: the next turn if the context was cleared;
    `change_model`: the next turn on the model `model_id`, which has read nothing of it."""

    action: Literal["send", "regenerate", "continue", "limit", "clear", "change_model"]
    conversation_id: Id | None = None
    message_id: Id | None = None
    generation_id: Id | None = None
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] | None = None
    brief: BriefOrText | None = None
    rounds: Rounds | None = None
    model_id: Annotated[str, Field(max_length=1000)] | None = None
    preset: PresetName | None = None
    sampling: dict[str, Any] | None = None


class WorkToPrice(_Body):
    """Work on an article: `article_id`, or an `order` that is not made yet. With `plan`, as if the article had that one; with
    `text`, as if `section` had that one. A rewrite names `section`, and `start` and `end` (code points of its text) where it is not of all."""

    action: Literal["plan", "write", "polish", "proofread", "title", "rewrite"]
    article_id: Annotated[str, Field(max_length=40)] | None = None
    order: NewArticle | None = None
    plan: NewPlan | None = None
    section: Annotated[str, Field(max_length=40)] | None = None
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] | None = None
    kind: RewriteKind | None = None
    instruction: Annotated[str, Field(max_length=2000)] = ""
    start: Annotated[int, Field(ge=0)] | None = None
    end: Annotated[int, Field(ge=0)] | None = None


class CostJson(TypedDict):
    """`cached_tokens` of `tokens` are read already. Seconds run from the moment when the engine begins; `seconds_to_end` is for `words`, where the
    length is known. All are null while no model is ready or there is nothing to do, the seconds until this machine was measured."""

    tokens: int | None
    cached_tokens: int | None
    seconds_to_first_token: float | None
    seconds_per_100_words: float | None
    words: int | None
    seconds_to_end: float | None
    engine: EngineState


def costs_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/costs", tags=["prompt"])

    @router.post("/turn")
    async def price_turn(body: TurnToPrice) -> CostJson:
        """What a turn of a conversation would cost, with what is in the cache counted in. Nothing is stored and nothing is generated."""
        return cost_json(services.engine.status().state, await _turn(services, body))

    @router.post("/work")
    async def price_work(body: WorkToPrice) -> CostJson:
        """What a piece of work on an article would cost, to its end where the length is ours. Nothing is stored and nothing is generated."""
        return cost_json(services.engine.status().state, await _work(services, body))

    return router


async def _turn(services: Services, body: TurnToPrice) -> Cost | None:
    costs, sampling = services.conversation_costs, choose_sampling(body.preset, body.sampling)
    if body.action == "send":
        text, fields = read_asked(body.text, body.brief)
        return await costs.send(text, sampling, body.conversation_id, beside_id=body.message_id, words=fields.words)
    conversation = _given(body.conversation_id, "conversation_id")
    if body.action == "regenerate":
        return await costs.again(conversation, _given(body.message_id, "message_id"), sampling)
    if body.action == "continue":
        return await costs.go_on(conversation, _given(body.generation_id, "generation_id"))
    if body.action == "limit":
        return await costs.limited(conversation, body.rounds, sampling)
    if body.action == "clear":
        return await costs.cleared(conversation, sampling)
    return await _on_another_model(services, conversation, sampling, _given(body.model_id, "model_id"))


async def _on_another_model(services: Services, conversation: str, sampling: Sampling, model_id: str) -> Cost | None:
    """The tokens are counted by the model that is there: another one parts a text a little otherwise."""
    cost = await services.conversation_costs.send("", sampling, conversation)
    return None if cost is None else services.conversation_costs.unread(cost, services.speed_book.of_model(model_id))


async def _work(services: Services, body: WorkToPrice) -> Cost | None:
    costs = services.article_costs
    if body.order is not None:
        article = of_order(assignment_of(body.order))
    else:
        article = await costs.article(_given(body.article_id, "article_id"))
    if body.plan is not None:
        article = costs.with_plan(article, Plan(body.plan.title.strip(), plan_sections(body.plan), body.plan.headed))
    if body.text is not None:
        article = costs.with_text(article, _given(body.section, "section"), body.text)
    if body.action == "plan":
        return await costs.plan(article)
    if body.action == "write":
        return await costs.write(article)
    if body.action == "title":
        return await costs.title(article)
    if body.action == "rewrite":
        return await _rewrite(services, article, body)
    return await costs.suggest(article, body.action, body.section)


async def _rewrite(services: Services, article: Article, body: WorkToPrice) -> Cost | None:
    version = article.texts.get(_given(body.section, "section"))
    if version is None:
        return None
    start, end = body.start or 0, len(version.text) if body.end is None else body.end
    if not 0 <= start < end <= len(version.text):
        raise InvalidRequest("selection_out_of_range", start=start, end=end, length=len(version.text))
    return await services.article_costs.rewrite(article, version, body.kind or "own", body.instruction, start, end)


def _given(value: str | None, name: str) -> str:
    if value is None:
        raise InvalidRequest("missing_field", field=name)
    return value


def cost_json(engine: EngineState, cost: Cost | None) -> CostJson:
    return CostJson(
        tokens=cost.tokens if cost else None,
        cached_tokens=cost.cached_tokens if cost else None,
        seconds_to_first_token=rounded(cost.seconds_to_first_token) if cost else None,
        seconds_per_100_words=rounded(cost.seconds_per_100_words) if cost else None,
        words=cost.words if cost else None,
        seconds_to_end=rounded(cost.seconds_to_end) if cost else None,
        engine=engine,
    )
