"""File names from titles: the same on Windows, macOS and Linux, whatever somebody wrote.

Rules
  * What one of the three does not take in a name becomes a space, and so does what could not be seen: control characters, marks of direction.
  * No dot, hyphen, tilde or space at the beginning (hidden files, flags), no dot or space at the end (Windows drops them).
  * A name that Windows keeps for a device gets an underscore, also before a dot: `con.txt` is the device still.
  * At most `LONGEST_BYTES` in UTF-8, cut between characters that stand alone, so that there is room for the ending and for the folders before.
"""

import re
import unicodedata

LONGEST_BYTES = 150
FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
DEVICES = re.compile(r"(?i)(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(?:COM|LPT)[0-9¹²³])(?=\s*(?:\.|$))")
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
JOINED = ("Mn", "Me", "Mc")


def safe_stem(title: str, otherwise: str, *, also_not: str = "") -> str:
    """A name without an ending; `otherwise` where nothing is left of the title. `also_not`: more characters that may not stand in it."""
    text = unicodedata.normalize("NFC", title)
    text = "".join(" " if unicodedata.category(each) in INVISIBLE or each in also_not else each for each in text)
    text = re.sub(r"\s+", " ", FORBIDDEN.sub(" ", text)).strip().lstrip(".-~ ")
    text = _cut(text).rstrip(". ")
    if DEVICES.match(text):
        text = f"_{text}"
    return text or otherwise


def _cut(text: str) -> str:
    while len(text.encode()) > LONGEST_BYTES:
        text = text[:-1] if len(text) <= LONGEST_BYTES else text[:LONGEST_BYTES]
        while text and unicodedata.category(text[-1]) in JOINED:
            text = text[:-1]
    return text
