"""Writing in many steps: each flow is a deterministic generator of requests. It does no I/O; whoever drives it answers."""

from hanmo.core.flows.article import Article, write_article
from hanmo.core.flows.asks import Answer, Ask, Flow, Limit, Turn
from hanmo.core.flows.plan import Assignment, Plan, Section, make_plan, parse_words

__all__ = ["Answer", "Article", "Ask", "Assignment", "Flow", "Limit", "Plan", "Section", "Turn", "make_plan", "parse_words", "write_article"]
