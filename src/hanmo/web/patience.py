"""Guessing passwords made slow: after five failures within 15 minutes each further try waits, and twice as long each time.

A try counts as a failure from its beginning, so that a hundred at once are no way around. Failures are counted per client (IPv6: per
/64, which is one household) and for all clients together; the wait they share is short, for it holds up the owner too, and this
machine itself is not part of it: nobody on the network can lock the person at the keyboard out.
"""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_network

from hanmo.core.errors import TooManyFailures
from hanmo.web.addresses import is_loopback, parse_address, plain

__all__ = ["Patience"]

FREE_FAILURES = 5
WINDOW_S = 15 * 60.0
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = WINDOW_S
LONGEST_SHARED_WAIT_S = 60.0
_MAX_CLIENTS = 1024


class Failures:
    """The times of the last failures of one client, or of all."""

    def __init__(self, longest_wait_s: float) -> None:
        self._times: deque[float] = deque(maxlen=64)
        self._longest_wait_s = longest_wait_s

    def wait_s(self, now: float) -> float:
        """How long until the next try may begin."""
        while self._times and now - self._times[0] >= WINDOW_S:
            self._times.popleft()
        over = len(self._times) - FREE_FAILURES
        if over < 0:
            return 0.0
        return max(0.0, self._times[-1] + min(FIRST_WAIT_S * 2.0**over, self._longest_wait_s) - now)

    def add(self, now: float) -> None:
        self._times.append(now)

    def take_back(self, time_of_try: float) -> None:
        if time_of_try in self._times:
            self._times.remove(time_of_try)


class Patience:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all = Failures(LONGEST_SHARED_WAIT_S)
        self._clients: OrderedDict[str, Failures] = OrderedDict()

    def begin(self, client: str) -> float:
        """Opens a try and returns its time; `TooManyFailures("too_many_failures", seconds=…)` while there is a wait."""
        now, own = self._clock(), self._of(client)
        shared = 0.0 if is_loopback(client) else self._all.wait_s(now)
        if wait := max(own.wait_s(now), shared):
            raise TooManyFailures("too_many_failures", seconds=math.ceil(wait))
        own.add(now)
        self._all.add(now)
        return now

    def succeeded(self, client: str, time_of_try: float) -> None:
        """The client's failures are forgiven; those of others stay."""
        self._clients.pop(_household(client), None)
        self._all.take_back(time_of_try)

    def _of(self, client: str) -> Failures:
        key = _household(client)
        failures = self._clients.setdefault(key, Failures(LONGEST_WAIT_S))
        self._clients.move_to_end(key)
        if len(self._clients) > _MAX_CLIENTS:
            self._clients.popitem(last=False)
        return failures


def _household(client: str) -> str:
    address = parse_address(client)
    address = plain(address) if address else None
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else client
