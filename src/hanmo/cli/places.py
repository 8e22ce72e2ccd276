"""In which row of the hardware table this machine stands, and what its graphics card and its processor could do."""

from collections.abc import Collection, Sequence
from pathlib import Path

from hanmo.cli.lines import Line
from hanmo.cli.output import hear
from hanmo.config import Settings
from hanmo.core.hardware import Place, as_the_measure, estimate_tokens_per_second, place_of
from hanmo.engine import list_devices
from hanmo.engine.graphics import build_command, graphics_cards
from hanmo.engine.own_build import leaves_unused, own_build_command
from hanmo.models import cpu_flags, missing_cpu_flags, total_memory
from hanmo.models.cpu import CPUINFO
from hanmo.tuned import Tuned


def standing(settings: Settings) -> Line:
    """From what `hanmo bench` measured here, else from cores, memory and the processor's instructions, and then said to be an estimate."""
    from hanmo.app import default_threads, tuned_here  # the whole house: not for every command

    tuned = tuned_here(settings)
    place = place_here(tuned, default_threads())
    text = place_text(place)
    if newest := tuned.newest:
        choice = newest.choice
        drafts = hear("bench.drafts.of", draft=choice.speculation.draft) if choice.speculation else hear("bench.drafts.none")
        text += hear("doctor.standing.measured", name=newest.name, threads=newest.threads, kv_type=choice.kv_type, drafts=drafts)
    else:
        text += hear("doctor.standing.estimated")
    if place.name == "below":
        return Line("standing", "note", text, hear("doctor.standing.next"))
    return Line("standing", "ok", text)


def place_here(tuned: Tuned, cores: int) -> Place:
    newest = tuned.newest
    if newest:
        return place_of(as_the_measure(newest.written_per_second, newest.size_bytes), total_memory())
    return place_of(estimate_tokens_per_second(cores, runs_engine=not missing_cpu_flags()), total_memory(), cores)


def place_text(place: Place) -> str:
    """The row, and what it means for the 4B."""
    row, held_by = hear(f"hardware.{place.name}"), hear(f"hardware.held_by.{place.held_by}")
    return hear("hardware.text", row=row, speed=f"{place.tokens_per_second:.1f}", n_ctx=place.n_ctx, held_by=held_by)


def graphics(root: Path = Path("/")) -> Line:
    """The cards are looked for below `root`. Blocks about half a second: the engine's devices are asked of a child process."""
    cards = graphics_cards(root)
    used = [device.name for device in list_devices() if device.kind == "gpu"]
    if used:
        return Line("graphics", "ok", hear("doctor.graphics.used", names=", ".join(used)))
    if not cards:
        return Line("graphics", "ok", hear("doctor.graphics.none"))
    text = hear("doctor.graphics.unused", names=", ".join(dict.fromkeys(card.vendor for card in cards)))
    command = build_command(cards[0])
    step = hear("doctor.graphics.next", command=command) if command else hear("doctor.graphics.no_build")
    return Line("graphics", "note", text, step)


def engine_line(devices: Sequence[str], used: Collection[str], cpuinfo: Path = CPUINFO) -> Line:
    """What the engine computes with, and what it leaves unused of a processor that computes alone. `used` as in `list_instructions`."""
    text = ", ".join(devices)
    command = own_build_command()
    if command is None or len(devices) > 1 or not leaves_unused(cpu_flags(cpuinfo), used):
        return Line("engine", "ok", text)
    return Line(
        "engine", "note", text + hear("doctor.join") + hear("doctor.engine.unused"), hear("doctor.engine.own", command=command)
    )
