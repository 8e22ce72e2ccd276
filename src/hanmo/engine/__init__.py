"""Where tokens come from: llama.cpp in a child process, and a fake of it."""

from hanmo.engine.devices import EngineDevice, list_devices
from hanmo.engine.embedded import EmbeddedEngine, Watch
from hanmo.engine.fake import FakeEngine
from hanmo.engine.supervisor import EngineOptions

__all__ = ["EmbeddedEngine", "EngineDevice", "EngineOptions", "FakeEngine", "Watch", "list_devices"]
