"""Articles as a program sees them over HTTP."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx2

from tests.running import follow, whole_answer

BRIEF = "写一篇 800 字的散文，讲江南的山水。"
Json = dict[str, Any]


class Desk:
    """One article. `path` is its address; every call must succeed unless `client` itself is used."""

    def __init__(self, client: httpx2.Client, brief: str = BRIEF, **order: Any) -> None:
        self._take(client, client.post("/api/articles", json={"text": brief, **order}))

    @classmethod
    def opened(cls, client: httpx2.Client, text: str) -> "Desk":
        """A text that is there already."""
        desk = cls.__new__(cls)
        desk._take(client, client.post("/api/articles/open", json={"text": text}))
        return desk

    def _take(self, client: httpx2.Client, made: httpx2.Response) -> None:
        self.client = client
        self.id: str = made.raise_for_status().json()["id"]
        self.path = f"/api/articles/{self.id}"

    def now(self) -> Json:
        return dict(self.client.get(self.path).raise_for_status().json())

    def begin(self, what: str, **body: Any) -> str:
        """Starts a job; its id."""
        answer = self.client.post(f"{self.path}/{what}", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def job(self, what: str, **body: Any) -> Json:
        """Starts a job and follows it to its end, which must be a good one; the article then."""
        end = whole_answer(self.client, self.begin(what, **body))
        assert (end["finish_reason"], end["problem"]) == ("stop", None), end
        return dict(end["article"])

    def post(self, what: str, **body: Any) -> Json:
        answer = self.client.post(f"{self.path}/{what}", json=body)
        assert answer.status_code in (200, 202), answer.text
        return dict(answer.json())

    def patch(self, **changes: Any) -> Json:
        answer = self.client.patch(self.path, json=changes)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def put(self, what: str, body: Json) -> Json:
        answer = self.client.put(f"{self.path}/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def write_until(self, section: int, num_texts: int = 3) -> str:
        """Starts writing and reads until the section of that index, in a plan of our own making, has so much text; the job's id."""
        job = self.begin("write")
        wanted, seen = f"s{section + 1}", 0
        with closing(follow(self.client, job)) as events:
            for kind, _, data in events:
                assert kind != "end", data
                seen += kind == "text" and data["section"] == wanted
                if seen == num_texts:
                    return job
        raise AssertionError("the stream ended without an end")


def texts(events: Iterator[tuple[str, int | None, Json]]) -> tuple[dict[str | None, str], Json]:
    """The text of each section as a follower puts it together, and the end."""
    found: dict[str | None, str] = {}
    for kind, _, data in events:
        if kind == "text":
            found[data["section"]] = found.get(data["section"], "") + data["text"]
        elif kind == "replace":
            found[data["section"]] = data["text"]
        elif kind == "end":
            return found, data
    raise AssertionError("the stream ended without an end")
