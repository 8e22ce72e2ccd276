"""How an error that nobody foresaw is logged: its kind and where it came from. Not its message: that may quote what a user wrote."""

import logging
import traceback

__all__ = ["log_fault"]


def log_fault(log: logging.Logger, error: BaseException, when: str) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    places = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    log.error("unexpected %s, %s\n%s", type(error).__qualname__, when, places)
