"""The price is right on machines of every kind, whatever a run, a token and a token's depth cost there in proportion."""

import pytest

from benchmarks.series import BOUND, near
from tests.benchmarks.machines import MACHINES, made_up


@pytest.mark.parametrize("kind", ["talked", "written"])
@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_made_up_is_foreseen_after_ten_runs(machine: str, kind: str) -> None:
    for seed in range(3):
        assert min(near(made_up(MACHINES[machine], kind, seed))) >= BOUND
