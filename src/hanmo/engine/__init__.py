"""Where tokens come from: llama.cpp in a child process or on another computer, and a fake of it."""

from hanmo.engine.build import engine_build
from hanmo.engine.devices import EngineDevice, list_devices, list_draft_kinds, list_instructions
from hanmo.engine.embedded import EmbeddedEngine
from hanmo.engine.fake import FakeEngine
from hanmo.engine.remote import RemoteEngine, RemoteOptions, remote_face
from hanmo.engine.supervisor import EngineOptions
from hanmo.engine.watchdog import Watch

__all__ = [
    "EmbeddedEngine",
    "EngineDevice",
    "EngineOptions",
    "FakeEngine",
    "RemoteEngine",
    "RemoteOptions",
    "Watch",
    "engine_build",
    "list_devices",
    "list_draft_kinds",
    "list_instructions",
    "remote_face",
]
