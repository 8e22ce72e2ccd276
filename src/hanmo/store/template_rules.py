"""What every store decides in the same way about templates."""

from collections.abc import Iterable, Sequence

from hanmo.core.templates import Template
from hanmo.store.article_rules import checked

REMOVED_STAY_S = 30 * 24 * 3600
"""A removed template can be restored for so long."""


def checked_all(templates: Sequence[Template]) -> tuple[Template, ...]:
    """Them, or the error for the first text in them that cannot be stored."""
    return tuple(checked(template) for template in templates)


def without_known(wanted: Iterable[Template], known: Iterable[Template], *, skip: bool) -> list[Template]:
    """Those that are to be kept: with `skip` each once, and none that is known."""
    if not skip:
        return list(wanted)
    there = set(known)
    return [template for template in dict.fromkeys(wanted) if template not in there]
