"""`hanmo bench`: measures this machine with the model that is here, says what is best and why, and keeps it for the next start."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from hanmo.cli.output import err, hear, out
from hanmo.cli.places import place_text
from hanmo.cli.serve import Ctx, DataDirOption, Model, Threads
from hanmo.config import load_settings
from hanmo.core.hardware import as_the_measure, place_of
from hanmo.core.tuning import COPY_GAIN, FREE_LOSS, KV_GAIN, Speed
from hanmo.models import total_memory
from hanmo.work.model_ports import ModelEntry
from hanmo.work.tuner import Findings, Step, Trial

if TYPE_CHECKING:
    from hanmo.bench import Bench


def bench(
    as_json: Annotated[bool, typer.Option("--json", help=hear("cli.json"))] = False,
    model: Model = None,
    ctx: Ctx = None,
    threads: Threads = None,
    data_dir: DataDirOption = None,
) -> None:
    from hanmo.bench import bench as measure  # the whole house: not for every command

    settings = load_settings(model=model, data_dir=data_dir, ctx=ctx, threads=threads)
    done = asyncio.run(measure(settings, _on_start, _on_step))
    if as_json:
        out.print_json(json.dumps(_report(done), ensure_ascii=False))
        return
    found = done.found
    out.print(_trials(found))
    out.print(_sizes(found))
    for line in (*_limits(done), *_chosen(found), *_end(done)):
        out.print(line, markup=False)


def _on_start(model: ModelEntry) -> None:
    err.print(hear("bench.start", name=model.name, size_bytes=model.size_bytes), markup=False)


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
    choice = found.choice
    drafts = choice.speculation
    chosen = {"threads": str(choice.threads), "kv": choice.kv_type, "drafts": f"{drafts.match}/{drafts.draft}" if drafts else ""}
    return trial.label == chosen.get(trial.kind)


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
    share = found.speed.written / found.limit if found.limit else 0.0
    beside = found.beside / found.trials[0].speed.written if found.trials and found.trials[0].speed.written else 0.0
    gigabytes = f"{found.bytes_per_second / 1e9:.1f}"
    return [
        hear("bench.limit", rate=gigabytes, token_bytes=done.bytes_per_token, limit=f"{found.limit:.1f}"),
        hear(
            "bench.reached" if share <= 1 else "bench.disturbed", written=f"{found.speed.written:.1f}", percent=round(100 * share)
        ),
        hear("bench.beside", written=f"{found.beside:.1f}", percent=round(100 * beside)),
    ]


def _chosen(found: Findings) -> list[str]:
    """Each choice and its reason, in the order in which they were made."""
    choice, kinds = found.choice, {trial.kind for trial in found.trials}
    lines = [hear("bench.chose.threads", threads=choice.threads)]
    if "kv" in kinds:
        lines.append(hear(f"bench.chose.{choice.kv_type}", percent=round(100 * (KV_GAIN - 1))))
    if "file" in kinds:
        lines.append(hear("bench.chose.file"))
    lines.append(_drafts(found))
    if "model" in kinds:
        lines.append(hear("bench.chose.model_idle" if choice.idle_draft else "bench.chose.model"))
    lines += [hear("bench.broken", what=hear(f"bench.step.{kind}", label=_label(label))) for kind, label in found.broken]
    lines += [hear("bench.skipped", what=hear(f"bench.kind.{kind}")) for kind in dict.fromkeys(found.skipped)]
    return lines


def _drafts(found: Findings) -> str:
    tried = [trial.speed for trial in found.trials if trial.kind == "drafts"]
    if found.drafts_hopeless:
        return hear("bench.chose.hopeless")
    if not tried:
        return hear("bench.chose.untried")
    if found.choice.speculation:
        drafts = found.choice.speculation
        return hear("bench.chose.drafts", draft=drafts.draft, match=drafts.match)
    best = max(tried, key=lambda speed: speed.copied)
    return hear(
        "bench.chose.no_drafts",
        copied=_ratio(best, found, "copied"),
        written=_ratio(best, found, "written"),
        copy_gain=COPY_GAIN,
        free_loss=FREE_LOSS,
    )


def _ratio(speed: Speed, found: Findings, name: str) -> str:
    without = float(getattr(found.speed, name))
    return f"{getattr(speed, name) / without:.2f}" if without else "—"


def _end(done: "Bench") -> list[str]:
    place = place_of(as_the_measure(done.found.speed.written, done.model.size_bytes), total_memory())
    standing = hear("doctor.standing") + hear("doctor.colon") + place_text(place)
    kept = hear("bench.kept", path=str(done.kept_at)) if done.kept_at else hear("bench.not_kept")
    return [standing, kept]
