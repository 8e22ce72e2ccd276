"""Files that are zips: the same with some of their parts changed, and the hour that pandoc does not know in its sandbox put right."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["with_parts"]

ABOUT = ("EPUB/content.opf", "docProps/core.xml")
NEVER = "1970-01-01T00:00:00Z"
HOUR = re.compile(rf'(<dcterms:(?:created|modified)[^>]*>|property="dcterms:modified">|id="epub-date">){NEVER}')


def with_parts(file: bytes, change: Callable[[str, str], str], updated_at: float) -> bytes:
    """`change` is given the name and the text of each part that is text, and returns what it is to be."""
    hour = datetime.fromtimestamp(updated_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith((".xml", ".css", ".opf")):
                text = change(entry.filename, content.decode("utf-8"))
                content = (HOUR.sub(rf"\g<1>{hour}", text) if entry.filename in ABOUT else text).encode()
            new.writestr(entry, content)
    return made.getvalue()
