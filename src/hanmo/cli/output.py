"""What commands say: in the user's language, results to stdout, everything else to stderr."""

import locale
import os

from rich.console import Console

from hanmo.core.errors import CallerError, HanmoError, ModelFileBad, SetupError
from hanmo.core.values import Problem
from hanmo.i18n import Language, choose_language, problem_words, words

out = Console(highlight=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def language() -> Language:
    """`HANMO_LANG`, else what the system says (LC_ALL, LC_MESSAGES, LANG)."""
    wish = next((value for name in ("HANMO_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), None)
    return choose_language(wish or locale.getlocale()[0])


def hear(key: str, **params: object) -> str:
    """A sentence of the catalogues."""
    return words(language()).text(key, **params)


def fail(error: HanmoError) -> int:
    """Says what went wrong and what to do next; returns the exit code."""
    tell(error.problem)
    return 2 if isinstance(error, SetupError | CallerError | ModelFileBad) else 1


def tell(problem: Problem) -> None:
    title, detail, next_step = problem_words(problem.code, problem.params, language())
    err.print(f"[bold red]{title}[/]", markup=True)
    err.print(f"{detail}\n→ {next_step}", markup=False)
