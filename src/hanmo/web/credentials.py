"""Who may come in: the password and the API keys, in `credentials.json` of the data directory. Light: the command line uses it too.

Passwords are kept as argon2id with the parameters OWASP asks for (m = 19 MiB, t = 2, p = 1; Password Storage Cheat Sheet), keys as
SHA-256 of 256 random bits, which need no slow hash. The file is 0600, replaced whole, and read again whenever it changed, so that
`hanmo password` takes hold in a running server, and voids its sessions, at once.
"""

import errno
import hashlib
import hmac
import json
import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from hanmo.core.errors import InvalidRequest, NotFound, StoreDamaged, StoreFull, StoreReadOnly
from hanmo.web.addresses import is_loopback
from hanmo.whole import write_whole

__all__ = ["MAX_PASSWORD_CHARACTERS", "ApiKey", "Credentials", "ensure_closed", "first_password", "sha256"]

MAX_PASSWORD_CHARACTERS = 256
MIN_PASSWORD_CHARACTERS = 8
_UNAMBIGUOUS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 symbols: 5 bits each
_MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key once it has been shown."""

    id: str
    name: str
    sha256: str
    created_at: float


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file's content. `encoded` is argon2's own string; empty where no password is set."""

    encoded: str = ""
    keys: tuple[ApiKey, ...] = ()


class Credentials:
    """`password`, as from `HANMO_PASSWORD`, is used instead of the one in the file; `own_key` opens the API to the same user's commands."""

    def __init__(
        self, path: Path, *, password: str | None = None, own_key: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._given = _normal(password) if password else None
        self._own_key = sha256(own_key) if own_key else None
        self._given_encoded = ""
        self._clock = clock
        self._read_state: tuple[int, int, int] | None = None
        self._kept = _Kept()

    @property
    def password_set(self) -> bool:
        return self._given is not None or bool(self._read().encoded)

    @property
    def stamp(self) -> str:
        """The fingerprint of the password; it changes whenever the password is set anew. Empty where none is."""
        encoded = self._encoded()
        return sha256(encoded)[:32] if encoded else ""

    def verify(self, password: str) -> bool:
        """Takes some 40 ms and 19 MiB: call it in a thread, few at a time."""
        from argon2.low_level import Type, verify_secret

        encoded = self._encoded()
        if not encoded or len(password) > MAX_PASSWORD_CHARACTERS:
            return False
        from argon2.exceptions import VerificationError

        try:
            return verify_secret(encoded.encode(), _normal(password).encode("utf-8", "replace"), Type.ID)
        except VerificationError:
            return False

    def set_password(self, password: str) -> None:
        if len(password) < MIN_PASSWORD_CHARACTERS:
            raise InvalidRequest("password_too_short", limit=MIN_PASSWORD_CHARACTERS)
        if len(password) > MAX_PASSWORD_CHARACTERS:
            raise InvalidRequest("password_too_long", limit=MAX_PASSWORD_CHARACTERS)
        self._write(_Kept(_hash(_normal(password), secrets.token_bytes(16)), self._read().keys))

    def new_key(self, name: str) -> str:
        """Makes a key and returns it: the only time it can be read."""
        kept = self._read()
        if len(kept.keys) >= _MAX_KEYS:
            raise InvalidRequest("too_many_keys", limit=_MAX_KEYS)
        key = "hm_" + secrets.token_urlsafe(32)
        entry = ApiKey(secrets.token_hex(4), name[:80], sha256(key), self._clock())
        self._write(_Kept(kept.encoded, (*kept.keys, entry)))
        return key

    def list_keys(self) -> tuple[ApiKey, ...]:
        return self._read().keys

    def remove_key(self, key_id: str) -> None:
        kept = self._read()
        left = tuple(key for key in kept.keys if key.id != key_id)
        if len(left) == len(kept.keys):
            raise NotFound("key_not_found", id=key_id)
        self._write(_Kept(kept.encoded, left))

    def knows_key(self, key: str) -> bool:
        """Looks at every key, whichever fits."""
        digest = sha256(key)
        known = [entry.sha256 for entry in self._read().keys] + ([self._own_key] if self._own_key else [])
        return sum(hmac.compare_digest(entry, digest) for entry in known) > 0

    def _encoded(self) -> str:
        if self._given is None:
            return self._read().encoded
        if not self._given_encoded:
            # the salt is fixed so that a restart with the same HANMO_PASSWORD keeps the sessions; this string is never stored
            self._given_encoded = _hash(self._given, hashlib.sha256(b"hanmo: password from the environment").digest()[:16])
        return self._given_encoded

    def _read(self) -> _Kept:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._read_state, self._kept = None, _Kept()
            return self._kept
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
        if state != self._read_state:
            self._kept = _parsed(self._path)
            self._read_state = state
        return self._kept

    def _write(self, kept: _Kept) -> None:
        try:
            self._replace(kept)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise StoreFull("disk_full", path=str(self._path)) from error
            raise StoreReadOnly("data_dir_read_only", path=str(self._path.parent)) from error
        self._read_state = None

    def _replace(self, kept: _Kept) -> None:
        body = {"version": 1, "password": kept.encoded or None, "keys": [asdict(key) for key in kept.keys]}
        write_whole(self._path, json.dumps(body, ensure_ascii=False, indent=2).encode(), 0o600)


def _parsed(path: Path) -> _Kept:
    """A damaged file keeps the doors shut: it must not look like one without a password."""
    try:
        body = json.loads(path.read_text("utf-8"))
        keys = tuple(ApiKey(str(key["id"]), str(key["name"]), str(key["sha256"]), float(key["created_at"])) for key in body["keys"])
        return _Kept(str(body["password"] or ""), keys)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StoreDamaged("credentials_damaged", file=path.name) from error


def _normal(password: str) -> str:
    """The same password from another keyboard or system is the same password."""
    return unicodedata.normalize("NFKC", password)


def _hash(password: str, salt: bytes) -> str:
    from argon2.low_level import Type, hash_secret

    return hash_secret(password.encode("utf-8", "replace"), salt, 2, 19 * 1024, 1, 32, Type.ID).decode("ascii")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def first_password() -> str:
    """A random password of 80 bits that is easily read and typed: `k7wd-…`."""
    return "-".join("".join(secrets.choice(_UNAMBIGUOUS) for _ in range(4)) for _ in range(4))


def ensure_closed(host: str, credentials: Credentials) -> str | None:
    """A server that listens beyond loopback has a password from its first second: the new one, to be shown once, or None."""
    if is_loopback(host) or credentials.password_set:
        return None
    password = first_password()
    credentials.set_password(password)
    return password
