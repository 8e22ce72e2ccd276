"""What of an article fits the context: nothing is left out before three quarters are full, and then so much that it rarely happens again."""

from dataclasses import dataclass

from hanmo.core.text import HAN, LATIN_WORD

FULL = 0.75
KEEP = 0.35
TOKENS_PER_HAN = 0.85
TOKENS_PER_LATIN = 1.5
TOKENS_PER_OTHER = 0.6
FOR_WORDS = 1.3
"""Tokens for one word of a text that is still to be written."""


@dataclass(frozen=True, slots=True)
class Room:
    """The size of the model's context in tokens."""

    n_ctx: int


def estimate_tokens(text: str) -> int:
    """Not too few for the models of the catalog: Han characters, Latin words and marks each at its own rate. Pure, so that flows stay
    deterministic."""
    han, latin = len(HAN.findall(text)), LATIN_WORD.findall(text)
    other = len(text) - han - sum(map(len, latin)) - text.count(" ")
    return round(han * TOKENS_PER_HAN + len(latin) * TOKENS_PER_LATIN + other * TOKENS_PER_OTHER)


def kept_from(front: str, texts: list[str], words: list[int], room: Room, digest_tokens: int = 0) -> int:
    """The first of the written sections that stands whole in the prompt. Looked at section by section, as they were written, so that the
    answer for a later section agrees with what was done for the earlier ones. `digest_tokens`: what those left out take in short."""
    sizes, fixed, first = [estimate_tokens(text) for text in texts], estimate_tokens(front), 0
    for k in range(len(texts) + 1):
        if fixed + (digest_tokens if first else 0) + sum(sizes[first:k]) + words[k] * FOR_WORDS > FULL * room.n_ctx:
            while first < k and fixed + digest_tokens + sum(sizes[first:k]) > KEEP * room.n_ctx:
                first += 1
    return first


def longest_section(front: str, room: Room) -> int:
    """Words of one section that the context still holds, with everything before it left out."""
    return max(0, round((room.n_ctx - estimate_tokens(front)) / FOR_WORDS))
