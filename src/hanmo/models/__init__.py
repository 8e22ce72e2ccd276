"""The model files: what is known, what is here, how it gets here, how it would be loaded."""

from hanmo.models.cpu import cpu_flags, cpu_problem, missing_cpu_flags
from hanmo.models.fit import Device
from hanmo.models.memory import available_memory, total_memory
from hanmo.models.shelf import ModelShelf

__all__ = ["Device", "ModelShelf", "available_memory", "cpu_flags", "cpu_problem", "missing_cpu_flags", "total_memory"]
