"""Builds of one version are told apart, and parent and child name them alike."""

from importlib.metadata import FileHash, PackagePath

import pytest

from hanmo.engine import EmbeddedEngine, build, engine_build


def listed(name: str, digest: str | None, size: int) -> PackagePath:
    file = PackagePath(name)
    file.hash = FileHash(f"sha256={digest}") if digest else None
    file.size = size
    return file


@pytest.mark.parametrize(
    ("files", "fingerprint"),
    [
        ([("xllamacpp/__init__.py", "text", 900), ("xllamacpp/xllamacpp.abi3.so", "processor00", 100)], "processor0"),
        ([("xllamacpp/xllamacpp.abi3.so", "small", 100), ("xllamacpp.libs/libggml-cuda.so", "graphics", 900)], "graphics"),
        ([("xllamacpp/xllamacpp.pyd", "windows", 100)], "windows"),
        ([("xllamacpp/xllamacpp.abi3.so", None, 100)], ""),
        ([], ""),
    ],
)
def test_the_largest_library_tells_builds_apart(files: list[tuple[str, str | None, int]], fingerprint: str) -> None:
    assert build._fingerprint([listed(*file) for file in files]) == fingerprint


async def test_the_engine_process_names_itself_as_its_parent_does(real_engine: EmbeddedEngine) -> None:
    assert real_engine.status().build == (await real_engine.identity()).build == engine_build()
    assert len(engine_build().split()) == 3, "name, version and fingerprint"
