"""What a user may not want to send: ID numbers, bank cards, phones, keys and passwords. What is found is never repeated in a message.

A number is told of only where its own check digit agrees or its form is unmistakable; a key by its form, or where a name stands before it and
it is as random as keys are. A key or a password is not told of where it is plainly a blank or an example ("sk-xxxx", "your-password"). A key has
such a word anywhere by no accident; a password may, so all of it has to be one.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from hanmo.core.articles import Finding
from hanmo.core.checks.view import View

PRIVATE = ("secret_key", "password", "id_number", "bank_card", "phone_number")
ID_NUMBER = re.compile(r"(?<![\dA-Za-z.])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])")
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CARD = re.compile(r"(?<![\dA-Za-z.-])[3-6]\d{3}(?:([ -]?)\d{4}(?:\1\d{4}){1,2}(?:\1\d{1,4})?)(?![\dA-Za-z]|[-.]\d)")
CARD_DIGITS = range(15, 20)
PHONE = re.compile(
    r"(?<![\dA-Za-z.+-])(?:(?:\+?86|0086)[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}(?![\dA-Za-z]|[-.]\d)"
    r"|(?<![\dA-Za-z.+-])\+(?!86)\d{1,3}[ -]\(?\d{2,4}\)?[ -]\d{3,4}[ -]?\d{3,4}(?!\d)"
)
SECRET = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bLTAI[0-9A-Za-z]{12,24}\b|\bAIza[0-9A-Za-z_-]{35}\b"
    r"|\bsk-[A-Za-z0-9_-]{20,200}|\bgh[pousr]_[A-Za-z0-9]{36,200}\b|\bgithub_pat_[A-Za-z0-9_]{40,200}\b|\bglpat-[A-Za-z0-9_-]{20,100}"
    r"|\bxox[abeprs]-[A-Za-z0-9-]{10,200}|\bhf_[A-Za-z0-9]{30,100}\b|\b[sr]k_live_[A-Za-z0-9]{16,200}\b"
    r"|\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,1000}"
)
IS = r"[\"']?\s*(?:是|为|[：:=]|\bis\b)\s*"
NAMED = re.compile(
    rf"(?:(?P<aws>aws_?secret_?access_?key)|api[_ -]?key|access[_ -]?key|secret(?:[_ -]?key)?|token|密钥|秘钥|令牌){IS}[\"'“「]?"
    r"(?P<secret>[A-Za-z0-9_+/=.~-]{20,200})",
    re.IGNORECASE,
)
AWS_CHARACTERS = 40
TURNS = re.compile(r"(?<=\d)[A-Za-z]|(?<=[A-Za-z])\d")
FEWEST_TURNS = 3
"""Between letters and digits. Names and words that somebody made up have fewer."""
PASSWORD = re.compile(
    rf"(?:密码|口令|\bpass(?:word|wd|phrase)|\bpwd){IS}(?P<quote>[\"'](?=[^\"'\s]*[\"']))?[“「]?"
    r"(?P<secret>(?(quote)[!#-&(-~]|[!-~]){6,64})",
    re.IGNORECASE,
)
IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s/:@]{1,64}:(?P<secret>[^\s/@]{3,128})@")
BLANK_KEY = re.compile(r"x{4}|your|example|placeholder|changeme|secret|test|123456789|abcdef|\.\.\.", re.IGNORECASE)
BLANK_PASSWORD = re.compile(
    r"<[^<>]*>|\[[^\[\]]*\]|[$#]?\{+[^{}]*\}+|\$\([^()]*\)|\$[A-Z_][A-Z0-9_]*|%\w+%|%\(\w+\)s"
    r"|[a-z_][\w.]*(?:\[[^\[\]]*\]|\([^()]*\))+|.*(?:x{4}|\*{3}|•{3}|\.{3}).*|abcdef\d*|123456789\d?"
    r"|(?=.*(?:your|example|placeholder|change|secret|test))"
    r"(?:(?:your|my|the|an?|this|here|example|placeholder|change|me|secret|test|password|passwd|pass|pwd|api|key|token|user|db)[-_.]?)+"
    r"\d{0,4}",
    re.IGNORECASE,
)
"""All of it: what stands for a password, or the code that gets one."""
FEWEST_CHARACTERS = 6
"""Different ones: "sk-0000…" is a blank."""


def private_data(view: View) -> Iterator[Finding]:
    """The more certain first: what is an ID number is no phone."""
    for part in view.parts:
        taken: list[tuple[int, int]] = []
        for kind, start, end in _private(part.text):
            if not any(start < other_end and other_start < end for other_start, other_end in taken):
                taken.append((start, end))
                yield part.finding(kind, start, end)


def _private(text: str) -> Iterator[tuple[str, int, int]]:
    for found in SECRET.finditer(text):
        if found[0].startswith("-----") or not _is_blank(found[0]):
            yield "secret_key", *found.span()
    for found in NAMED.finditer(text):
        if not _is_blank(found["secret"]) and (
            (found["aws"] and len(found["secret"]) == AWS_CHARACTERS) or _is_random(found["secret"])
        ):
            yield "secret_key", *found.span("secret")
    for pattern in (IN_ADDRESS, PASSWORD):
        for found in pattern.finditer(text):
            secret = found["secret"].rstrip("\"'”」,.;，。；")
            if re.search(r"\d", secret) and not BLANK_PASSWORD.fullmatch(secret) and len(secret) >= 3:
                yield "password", found.start("secret"), found.start("secret") + len(secret)
    for found in ID_NUMBER.finditer(text):
        if _is_id(found[0]):
            yield "id_number", *found.span()
    for found in CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if len(digits) in CARD_DIGITS and len(set(digits)) > 2 and _is_card(digits):
            yield "bank_card", *found.span()
    for found in PHONE.finditer(text):
        digits = re.sub(r"\D", "", found[0])[-8:]
        if len(set(digits)) > 2 and not _counts(digits):
            yield "phone_number", *found.span()


def _is_blank(secret: str) -> bool:
    return bool(BLANK_KEY.search(secret)) or len(set(secret[3:])) < FEWEST_CHARACTERS


def _is_random(secret: str) -> bool:
    return len(TURNS.findall(secret)) >= FEWEST_TURNS


def _is_id(number: str) -> bool:
    """GB 11643-1999: the last of 18 is a check digit."""
    total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, number[:17], strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_card(digits: str) -> bool:
    """ISO/IEC 7812: the Luhn check digit."""
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _counts(digits: str) -> bool:
    """12345678, as nobody's number is."""
    return all(int(b) - int(a) == 1 for a, b in pairwise(digits))
