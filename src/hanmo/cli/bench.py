"""`hanmo bench`: measures this machine with the model that is here, says what is best and why, and keeps it for the next start."""

import asyncio
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from hanmo.cli.output import err, hear, out
from hanmo.cli.places import place_text
from hanmo.cli.serve import Ctx, DataDirOption, Model, Threads
from hanmo.config import load_settings
from hanmo.core.hardware import as_the_measure, place_of
from hanmo.core.tuning import COPY_GAIN, FREE_LOSS, KV_GAIN
from hanmo.models import total_memory
from hanmo.work.model_ports import ModelEntry
from hanmo.work.tuner import BUDGET_S, Findings, Step, Trial

if TYPE_CHECKING:
    from hanmo.bench import Bench

USUAL_MINUTES, MOST_MINUTES = round(BUDGET_S / 60), 240
Minutes = Annotated[int, typer.Option("--minutes", min=1, max=MOST_MINUTES, help=hear("cli.bench.minutes"), show_default=False)]


def bench(
    as_json: Annotated[bool, typer.Option("--json", help=hear("cli.json"))] = False,
    model: Model = None,
    ctx: Ctx = None,
    threads: Threads = None,
    minutes: Minutes = USUAL_MINUTES,
    data_dir: DataDirOption = None,
) -> None:
    from hanmo.bench import bench as measure  # the whole house: not for every command

    settings = load_settings(model=model, data_dir=data_dir, ctx=ctx, threads=threads)
    if settings.engine_url is not None:
        err.print(hear("cli.bench.this_machine"), markup=False)
    done = asyncio.run(measure(settings, 60.0 * minutes, partial(_on_start, minutes), _on_step))
    if as_json:
        out.print_json(json.dumps(_report(done), ensure_ascii=False))
        return
    found = done.found
    out.print(_trials(found))
    out.print(_sizes(found))
    for line in (*_limits(done), *_chosen(found), *_missed(found, minutes), *_end(done)):
        out.print(line, markup=False)


def _on_start(minutes: int, model: ModelEntry) -> None:
    err.print(hear("bench.start", name=model.name, size_bytes=model.size_bytes, minutes=minutes), markup=False)


def _on_step(step: Step, label: str) -> None:
    err.print(f"[dim]{hear(f'bench.step.{step}', label=_label(label))} …[/]")


def _label(label: str) -> str:
    return Path(label).name


def _report(done: "Bench") -> dict[str, Any]:
    """As `--json` prints it: tokens a second, bytes, seconds."""
    found = done.found
    place = place_of(as_the_measure(found.speed.written, done.model.size_bytes), total_memory())
    return {
        "model": done.model.id,
        "memory_bytes_per_second": round(found.bytes_per_second),
        "bytes_per_token": round(done.bytes_per_token),
        "limit_tokens_per_second": found.limit,
        "speed": asdict(found.speed),
        "beside_a_busy_process": found.beside,
        "reading": [{"tokens": size, "tokens_per_second": rate} for size, rate in found.reads.items()],
        "steps": [{"tokens": size, "seconds": seconds} for size, seconds in found.steps.items()],
        "trials": [asdict(trial) for trial in found.trials],
        "skipped": found.skipped,
        "undecided": sorted(found.undecided),
        "broken": [{"kind": kind, "label": label} for kind, label in found.broken],
        "choice": asdict(found.choice),
        "standing": asdict(place),
        "seconds": found.seconds,
        "kept_at": str(done.kept_at) if done.kept_at else None,
    }


def _trials(found: Findings) -> Table:
    table = Table(*(hear(f"bench.column.{name}") for name in ("setting", "read", "written", "copied")), "")
    for trial in found.trials:
        label, speed = hear(f"bench.step.{trial.kind}", label=_label(trial.label)), trial.speed
        copied = f"{speed.copied:.1f}" if speed.copied else "—"
        table.add_row(label, f"{speed.read:.1f}", f"{speed.written:.1f}", copied, "✓" if _is_chosen(trial, found) else "")
    return table


def _is_chosen(trial: Trial, found: Findings) -> bool:
    plan, drafts = found.setup.plan, found.setup.plan.speculation
    chosen = {"threads": str(found.setup.threads), "kv": plan.kv_type, "drafts": f"{drafts.match}/{drafts.draft}" if drafts else ""}
    return trial.kind not in found.undecided and trial.label == chosen.get(trial.kind)


def _sizes(found: Findings) -> Table:
    """Prompts of several lengths, and steps of several tokens against as many steps of one."""
    table = Table(hear("bench.column.what"), hear("bench.column.rate"), hear("bench.column.times"))
    for size, rate in found.reads.items():
        table.add_row(hear("bench.prompt", tokens=size), f"{rate:.1f}", "")
    one = found.steps.get(1, 0.0)
    for size, seconds in found.steps.items():
        table.add_row(hear("bench.at_once", tokens=size), f"{size / seconds:.1f}", f"{size * one / seconds:.2f}")
    return table


def _limits(done: "Bench") -> list[str]:
    found = done.found
    written, lines = f"{found.speed.written:.1f}", []
    if found.limit:
        share, rate = found.speed.written / found.limit, f"{found.bytes_per_second / 1e9:.1f}"
        reached = "bench.reached" if share <= 1 else "bench.disturbed"
        lines.append(hear("bench.limit", rate=rate, token_bytes=done.bytes_per_token, limit=f"{found.limit:.1f}"))
        lines.append(hear(reached, written=written, percent=round(100 * share)))
    else:
        lines.append(hear("bench.on_card", written=written))
    if found.beside and found.trials[0].speed.written:
        percent = round(100 * found.beside / found.trials[0].speed.written)
        lines.append(hear("bench.beside", written=f"{found.beside:.1f}", percent=percent))
    return lines


def _chosen(found: Findings) -> list[str]:
    """Each choice and its reason."""
    lines = [_threads(found)]
    if len(found.tried("kv")) > 1:
        lines.append(hear(f"bench.chose.{found.setup.plan.kv_type}", percent=round(100 * (KV_GAIN - 1))))
    elif found.kv_hope is not None and found.kv_hope < KV_GAIN:
        lines.append(hear("bench.chose.kv_hopeless", hope=f"{100 * (found.kv_hope - 1):.1f}", percent=round(100 * (KV_GAIN - 1))))
    if found.tried("file"):
        lines.append(hear("bench.chose.file"))
    lines.append(_drafts(found))
    if found.tried("model"):
        lines.append(hear("bench.chose.model_idle" if found.choice.idle_draft else "bench.chose.model"))
    return lines


def _missed(found: Findings, minutes: int) -> list[str]:
    """What did not load, and what there was no time for."""
    lines = [hear("bench.broken", what=hear(f"bench.step.{kind}", label=_label(label))) for kind, label in found.broken]
    lines += [hear("bench.skipped", what=hear(f"bench.kind.{kind}")) for kind in dict.fromkeys(found.skipped)]
    if found.skipped:
        lines.append(hear("bench.more", minutes=min(3 * minutes, MOST_MINUTES)))
    return lines


def _threads(found: Findings) -> str:
    if "threads" not in found.undecided:
        return hear("bench.chose.threads", threads=found.setup.threads)
    given = "threads" not in found.skipped and not any(kind == "threads" for kind, _ in found.broken)
    return hear("bench.chose.threads_given" if given else "bench.chose.threads_open", threads=found.setup.threads)


def _drafts(found: Findings) -> str:
    if found.drafts_hopeless:
        return hear("bench.chose.hopeless")
    if found.setup.plan.speculation:
        drafts = found.setup.plan.speculation
        return hear("bench.chose.drafts", draft=drafts.draft, match=drafts.match)
    if found.drafts_gain is None:
        return hear("bench.chose.untried" if "drafts" in found.skipped else "bench.chose.drafts_broken")
    copied, written = (f"{gain:.2f}" if gain else "—" for gain in found.drafts_gain)
    return hear("bench.chose.no_drafts", copied=copied, written=written, copy_gain=COPY_GAIN, free_loss=FREE_LOSS)


def _end(done: "Bench") -> list[str]:
    place = place_of(as_the_measure(done.found.speed.written, done.model.size_bytes), total_memory())
    standing = hear("doctor.standing") + hear("doctor.colon") + place_text(place)
    kept = hear("bench.kept", path=str(done.kept_at)) if done.kept_at else hear("bench.not_kept")
    return [standing, kept]
