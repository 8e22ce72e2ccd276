"""What is told of an error, and how one that nobody foresaw is logged: its kind and where it came from. Not its message: that may quote what a
user wrote."""

import logging
import traceback

from hanmo.core.errors import HanmoError
from hanmo.core.values import Problem

__all__ = ["log_fault", "problem_of"]


def problem_of(log: logging.Logger, error: BaseException, when: str) -> Problem:
    """What users are told of it; a fault of ours goes to the log."""
    if isinstance(error, HanmoError):
        return error.problem
    log_fault(log, error, when)
    return Problem("unexpected")


def log_fault(log: logging.Logger, error: BaseException, when: str) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    places = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    log.error("unexpected %s, %s\n%s", type(error).__qualname__, when, places)
