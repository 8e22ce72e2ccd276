"""A `pip` on the PATH that serves small wheels, and fails as it is told.

The executable copies `<wheels>/<name>.whl` to the place that `--dest` names, and writes its arguments to `<wheels>/calls`. A file
`<wheels>/<name>.fail` makes it fail once, `<name>.hang` makes it hang for good.
"""

import stat
import sys
import zipfile
from pathlib import Path

_SCRIPT = """#!{python}
import os, pathlib, shutil, sys, time
wheels = pathlib.Path({wheels!r})
with (wheels / "calls").open("a") as calls:
    print(*sys.argv[1:], file=calls)
if "--version" in sys.argv:
    sys.exit(0)
name = sys.argv[-1].split("==")[0]
if (wheels / (name + ".hang")).exists():
    time.sleep(600)
if (wheels / (name + ".fail")).exists():
    (wheels / (name + ".fail")).unlink()
    sys.exit("cannot connect")
dest = pathlib.Path(sys.argv[sys.argv.index("--dest") + 1])
shutil.copy(wheels / (name + ".whl"), dest / (name.replace("-", "_") + "-1.0-py3-none-any.whl"))
"""


class FakePip:
    def __init__(self, directory: Path) -> None:
        self.wheels = directory / "index"
        self.bin = directory / "bin"
        self.wheels.mkdir(parents=True)
        self.bin.mkdir()
        self.path = self.bin / "pip"
        self.path.write_text(_SCRIPT.format(python=sys.executable, wheels=str(self.wheels)))
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)

    def publish(self, body: bytes, part_bytes: int, prefix: str = "tiny-part") -> str:
        """Cuts `body` into wheels; returns the catalogue's line for it."""
        parts = [body[start : start + part_bytes] for start in range(0, len(body), part_bytes)]
        for number, part in enumerate(parts, 1):
            self.publish_part(number, {f"tiny_part{number}/data/part{number:02}.bin": part}, prefix)
        return f'wheels = {{ prefix = "{prefix}", count = {len(parts)}, version = "1.0", part_bytes = {part_bytes} }}'

    def publish_part(self, number: int, members: dict[str, bytes], prefix: str = "tiny-part") -> None:
        with zipfile.ZipFile(self.wheels / f"{prefix}{number}.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr(f"tiny_part{number}/__init__.py", "raise SystemExit('a wheel was imported')")
            for name, data in members.items():
                wheel.writestr(name, data)

    def tell(self, name: str, what: str) -> None:
        (self.wheels / f"{name}.{what}").touch()

    def forget(self, name: str, what: str) -> None:
        (self.wheels / f"{name}.{what}").unlink()

    @property
    def asked(self) -> list[str]:
        """The requirements it was asked for."""
        calls = self.wheels / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        return [line.split()[-1] for line in lines if line.startswith("download")]
