"""The index of all texts. It is written in the transaction that writes the text, so that it never says anything else.

`search_docs` has each text as it was indexed, `search_index` (FTS5 without content or positions) its terms by the same row number. A text is
found in two steps: the index gives the rows that have all terms, newest first, and `core.search.find` reads them until enough are found. FTS5
of this kind takes an entry out by its terms; these are made from the text in `search_docs` again, so `core.search.index_terms` must not
change without a migration that builds the index anew.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Connection, delete, insert, select, text, update

from hanmo.core.articles import Article
from hanmo.core.search import find, index_terms, pieces, query_terms, snippet
from hanmo.store.database import Database
from hanmo.store.tables import ArticleRow, ConversationRow, MessageRow, SearchDocRow
from hanmo.work.ports import Hit

D, C, M, A = SearchDocRow, ConversationRow, MessageRow, ArticleRow
READ_AT_ONCE = 64
_ADD = text("INSERT INTO search_index (rowid, terms) VALUES (:id, :terms)")
_TAKE_OUT = text("INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', :id, :terms)")
_CANDIDATES = text("""
SELECT d.id, d.kind, d.owner_id, d.part, coalesce(m.created_at, c.updated_at, a.updated_at) AS at
FROM search_index
JOIN search_docs AS d ON d.id = search_index.rowid
LEFT JOIN messages AS m ON d.kind = 'message' AND m.id = d.part
LEFT JOIN conversations AS c ON c.id = d.owner_id
LEFT JOIN articles AS a ON a.id = d.owner_id
WHERE search_index MATCH :query AND m.deleted_at IS NULL AND c.deleted_at IS NULL AND a.deleted_at IS NULL
ORDER BY d.kind IN ('conversation', 'article') DESC, at DESC, d.place, d.kind
""")


class StoredSearch:
    """The port `SearchIndex` over a `Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, query: str, limit: int) -> list[Hit]:
        asked = pieces(query)
        if not asked:
            return []
        return await self._database.read(lambda connection: _find(connection, asked, limit))


def _find(connection: Connection, asked: Sequence[str], limit: int) -> list[Hit]:
    candidates = connection.execute(_CANDIDATES, {"query": _match(asked)}).all()
    found: list[Hit] = []
    for first in range(0, len(candidates), READ_AT_ONCE):
        some = candidates[first : first + READ_AT_ONCE]
        texts = dict(connection.execute(select(D.id, D.text).where(D.id.in_([row.id for row in some]))).all())
        for row in some:
            if (places := find(texts[row.id], asked)) and len(found) < limit:
                start, end = places[0]
                line = snippet(texts[row.id], places)
                found.append(Hit(row.kind, row.owner_id, row.part, "", row.at, start, end, line))
        if len(found) >= limit:
            break
    return _titled(connection, found)


def _match(asked: Sequence[str]) -> str:
    """FTS5's own language: terms between quotes (a term has none), a star for how one begins."""
    return " AND ".join(f'"{term}"{" *" if begins else ""}' for term, begins in query_terms(asked))


def _titled(connection: Connection, hits: Sequence[Hit]) -> list[Hit]:
    owners = {hit.owner_id for hit in hits}
    titles = dict(connection.execute(select(C.id, C.title).where(C.id.in_(owners))).all())
    titles |= dict(connection.execute(select(D.owner_id, D.text).where(D.owner_id.in_(owners), D.kind == "article")).all())
    return [Hit(h.kind, h.owner_id, h.part, titles.get(h.owner_id, ""), h.at, h.start, h.end, h.snippet) for h in hits]


# ---------------------------------------------------------------------------------------------------------------- writing


def put(connection: Connection, kind: str, owner_id: str, words: str, *, part: str = "", place: int = 0) -> None:
    """Makes `words` the text that is found under this kind, owner and part; a blank one is not found."""
    mine = (D.owner_id == owner_id, D.kind == kind, D.part == part)
    old = connection.execute(select(D.id, D.text, D.place).where(*mine)).first()
    if old is not None and old.text == words:
        if old.place != place:
            connection.execute(update(D).where(D.id == old.id).values(place=place))
        return
    if old is not None:
        _take_out(connection, [old])
    if words.strip():
        values = {"owner_id": owner_id, "kind": kind, "part": part, "place": place, "text": words}
        (made,) = cast("tuple[int]", connection.execute(insert(D).values(**values)).inserted_primary_key)
        connection.execute(_ADD, {"id": made, "terms": " ".join(sorted(index_terms(words)))})


def put_article(connection: Connection, before: Article | None, after: Article) -> None:
    """What of an article can be found, after it was made or has changed."""
    put(connection, "article", after.id, after.title)
    if before is None:
        put(connection, "brief", after.id, after.assignment.brief)
    sections = after.plan.sections if after.plan else ()
    kept = [section.id for section in sections]
    take_out(connection, D.owner_id == after.id, D.kind.in_(("heading", "section")), D.part.not_in(kept))
    for place, section in enumerate(sections, start=1):
        text = after.texts[section.id].text if section.id in after.texts else ""
        put(connection, "heading", after.id, section.heading, part=section.id, place=place)
        put(connection, "section", after.id, text, part=section.id, place=place)


def take_out(connection: Connection, *chosen: Any) -> None:
    _take_out(connection, connection.execute(select(D.id, D.text).where(*chosen)).all())


def _take_out(connection: Connection, rows: Iterable[Any]) -> None:
    for row in rows:
        connection.execute(_TAKE_OUT, {"id": row.id, "terms": " ".join(sorted(index_terms(row.text)))})
        connection.execute(delete(D).where(D.id == row.id))
