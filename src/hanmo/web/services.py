"""What the routes are given: the use cases and ports, joined by `app` and passed as one value."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from hanmo.core.speeds import Speeds
from hanmo.work import ports
from hanmo.work.article_costs import ArticleCosts
from hanmo.work.article_preview import ArticlePreviewer
from hanmo.work.articles import ArticleDesk
from hanmo.work.bringup import ModelDesk
from hanmo.work.conversations import Talk
from hanmo.work.costs import ConversationCosts
from hanmo.work.downloads import Downloads
from hanmo.work.exports import Exports
from hanmo.work.generations import Runner
from hanmo.work.model_ports import Models
from hanmo.work.preview import Previewer
from hanmo.work.speeds import SpeedBook
from hanmo.work.templates import TemplateLibrary
from hanmo.work.warmup import WarmUp


@dataclass(frozen=True, slots=True)
class Services:
    """`closing` is set when the server shuts down, so that streams end; `resident_bytes` is this process's own memory, `speeds` those
    of the model that is loaded."""

    version: str
    engine: ports.Engine
    conversations: ports.Conversations
    generations: ports.Generations
    search: ports.SearchIndex
    models: Models
    runner: Runner
    warm_up: WarmUp
    talk: Talk
    previewer: Previewer
    speed_book: SpeedBook
    speeds: Callable[[], Speeds]
    conversation_costs: ConversationCosts
    article_costs: ArticleCosts
    article_previewer: ArticlePreviewer
    desk: ArticleDesk
    templates: TemplateLibrary
    exports: Exports
    downloads: Downloads
    bringup: ModelDesk
    resident_bytes: Callable[[], int]
    closing: asyncio.Event
