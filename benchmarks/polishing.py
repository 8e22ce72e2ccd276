"""Whether drafts copied from the text pay: one article polished with them and without, turn about, each on a server of its own."""

import asyncio
import hashlib
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2

from benchmarks.report import Row
from hanmo.app import default_threads, tuned_here
from hanmo.config import load_settings
from hanmo.core.tuning import Choice, Speculation
from hanmo.tuned import TunedModel, write_tuned
from tests.running import RunningHanmo, whole_answer

TRIED = Speculation(match=3, draft=4)
"""What `hanmo bench` chooses for the 1.5B on two cores."""
ROUNDS = 3
GAIN = 1.2
TEXT = """# 渡口

## 清晨

清晨的渡口它还浸在雾里，卖菜的船从芦苇的后面被摇了出来，撑船的人他把蓑衣搭在了舱口，然后又回头看了一眼。码头上面的石阶非常湿，上面长着一层很薄的青苔，走的时候要很小心地走。茶馆的伙计已经把炉子给生起来了，水壶在上面冒着白色的热气。

卖菜的妇人把担子放下来，她开始进行整理她的青菜，一边整理一边和旁边的人进行说话。她说今年的雨水比较多，所以菜长得不是很好，价格也就比去年要贵上一些。旁边的人点了点头，他表示他家里的情况也是差不多的。

## 正午

到了中午的时候太阳它终于从云的后面出来了，整个渡口一下子就变得热闹了起来。过河的人排成了一个很长的队伍，孩子们在队伍的旁边跑来跑去地跑着。摆渡的老人今年已经有七十三岁了，但是他撑起船来的动作还是非常的稳，一点也看不出来他是一个老人。

他说他在这个渡口已经撑了五十年的船，见过了三次很大的洪水。最大的那一次，水它一直涨到了茶馆的门槛上面，大家都坐在屋顶的上面等着水退下去。说到这里的时候他笑了起来，好像在说的是别人家的事情一样。
"""


@dataclass(frozen=True, slots=True)
class Polish:
    """Tokens written, and the seconds of the work with all that was read for it."""

    written: int
    seconds: float


async def polishing(directory: Path, model: Path) -> list[Row]:
    """Tokens a second of a whole polish, by what the article says it has cost."""
    plain, drafted = await asyncio.to_thread(_polishes, directory, model)
    rates = [statistics.median(one.written / one.seconds for one in found) for found in (plain, drafted)]
    return [
        Row("polishing, 1.5B, without speculation", rates[0], "tokens/s"),
        Row("the same, with four tokens copied ahead", rates[1], "tokens/s"),
        Row("polishing with speculation ÷ without", rates[1] / rates[0], "", f"≥ {GAIN}", lambda v: v >= GAIN),
    ]


def _polishes(directory: Path, model: Path) -> tuple[list[Polish], list[Polish]]:
    found: tuple[list[Polish], list[Polish]] = ([], [])
    with ExitStack() as stack:
        clients = []
        for name, drafts in (("plain", None), ("drafted", TRIED)):
            _tune(directory / name, model, drafts)
            hanmo = stack.enter_context(RunningHanmo(directory / name, model=str(model)))
            clients.append(stack.enter_context(hanmo.wait_ready().client()))
        for i in range(ROUNDS):
            for which in (0, 1) if i % 2 == 0 else (1, 0):
                found[which].append(_polish(clients[which]))
    return found


def _tune(data_dir: Path, model: Path, drafts: Speculation | None) -> None:
    """As `hanmo bench` writes its choice down."""
    data_dir.mkdir()
    with model.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    chosen = TunedModel(model.stem, model.stat().st_size, Choice(default_threads(), "f16", drafts), default_threads(), 0, 0, 0)
    write_tuned(data_dir, tuned_here(load_settings(data_dir=data_dir)).with_model(sha256, chosen, 0))


def _polish(client: httpx2.Client) -> Polish:
    article = client.post("/api/articles/open", json={"text": TEXT}).raise_for_status().json()["id"]
    job = client.post(f"/api/articles/{article}/polish", json={}).raise_for_status().json()["job_id"]
    end = whole_answer(client, job)
    if end["finish_reason"] != "stop":
        raise RuntimeError(f"the polish ended with {end['finish_reason']}")
    costs = end["costs"]
    return Polish(sum(cost["generated_tokens"] for cost in costs), sum(cost["seconds"] for cost in costs))
