"""The headings of articles are found: put into the index for what is there."""

import json

import sqlalchemy as sa
from alembic import op

from hanmo.core.search import index_terms

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PLANS = """
SELECT article_id, plan FROM revisions AS r
WHERE plan IS NOT NULL AND number = (SELECT max(number) FROM revisions WHERE article_id = r.article_id)
"""
DOC = "INSERT INTO search_docs (owner_id, kind, part, place, text) VALUES (:article, 'heading', :section, :place, :text)"
TERMS = "INSERT INTO search_index (rowid, terms) VALUES (:id, :terms)"


def upgrade() -> None:
    connection = op.get_bind()
    for article_id, stored in connection.execute(sa.text(PLANS)).all():
        for place, section in enumerate((json.loads(stored) or {"sections": []})["sections"], start=1):
            if heading := section["heading"].strip():
                values = {"article": article_id, "section": section["id"], "place": place, "text": section["heading"]}
                made = connection.execute(sa.text(DOC), values).lastrowid
                connection.execute(sa.text(TERMS), {"id": made, "terms": " ".join(sorted(index_terms(heading)))})
