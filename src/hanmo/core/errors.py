"""One error tree. The class says whose fault it is and which HTTP status that means; the catalogues hold the words.

    HanmoError
    ├── CallerError                 the request cannot be met as it stands                      4xx
    │   ├── InvalidRequest          malformed, out of range, unknown field                      422
    │   ├── NotFound                an id that does not exist                                   404
    │   ├── Conflict                right request, wrong moment                                 409
    │   ├── TooLarge                body or prompt over a limit                                 413
    │   ├── UnsupportedBody         a body that is not JSON                                     415
    │   ├── QueueFull               come back later                                             429
    │   ├── TooManyFailures         wrong password too often                                    429
    │   ├── Unauthorized            no session, no key, wrong password                          401
    │   └── Forbidden               a door that is closed to this Host or Origin                403
    ├── EngineError                 tokens cannot be had
    │   ├── EngineUnavailable       not ready: no model yet, loading, given up                  503
    │   ├── EngineLost              it died or froze while it worked                            503
    │   └── EngineChanged           another model writes now: build the prompt again            503
    ├── ModelError                  a model file or its way here
    │   ├── ModelFileBad            not a GGUF, truncated, unsupported, wrong hash              422
    │   ├── DownloadFailed          no source gave the whole file                               502
    │   └── NoRoom                  disk or memory too small                                    507
    ├── StoreError                  the data directory
    │   ├── StoreDamaged, StoreNewer, StoreBusy, StoreReadOnly, StoreFull                       500/507
    ├── PageNotBuilt                an installation without its page                            503
    ├── ExportError                 a text cannot become a file
    │   ├── ExportUnavailable       a converter or a font that is not on this computer          501
    │   └── ExportFailed            a converter ended badly or took too long                    500
    └── SetupError                  this machine or this command line                           exit code 2

Every error names a catalogue entry (`error.<code>.title`, `.detail`, `.next`), so each has a next step in both languages.
"""

from hanmo.core.values import Problem


class HanmoError(Exception):
    """`code` names the catalogue entry; keyword arguments fill the blanks of its sentences."""

    status = 500

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    @property
    def problem(self) -> Problem:
        return Problem(self.code, dict(self.params))

    def __str__(self) -> str:
        blanks = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({blanks})" if blanks else self.code


class CallerError(HanmoError):
    status = 400


class InvalidRequest(CallerError):
    status = 422


class NotFound(CallerError):
    status = 404


class Conflict(CallerError):
    status = 409


class TooLarge(CallerError):
    status = 413


class UnsupportedBody(CallerError):
    status = 415


class QueueFull(CallerError):
    status = 429


class TooManyFailures(CallerError):
    status = 429


class Unauthorized(CallerError):
    status = 401


class Forbidden(CallerError):
    status = 403


class EngineError(HanmoError):
    status = 503


class EngineUnavailable(EngineError):
    pass


class EngineLost(EngineError):
    pass


class EngineChanged(EngineError):
    pass


class ModelError(HanmoError):
    status = 500


class ModelFileBad(ModelError):
    status = 422


class DownloadFailed(ModelError):
    status = 502


class NoRoom(ModelError):
    status = 507


class StoreError(HanmoError):
    status = 500


class StoreDamaged(StoreError):
    pass


class StoreNewer(StoreError):
    pass


class StoreBusy(StoreError):
    pass


class StoreReadOnly(StoreError):
    pass


class StoreFull(StoreError):
    status = 507


class PageNotBuilt(HanmoError):
    status = 503


class ExportError(HanmoError):
    status = 500


class ExportUnavailable(ExportError):
    status = 501


class ExportFailed(ExportError):
    pass


class SetupError(HanmoError):
    """A command line or a machine that cannot work as asked: exit code 2."""
