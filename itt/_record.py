"""itt.record: a recording from inside the program, where it was not started by `itt record`."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from itt import RecordError, _analysis, _itt, _outcome, _parts, _recording, _silent
from itt._analysis import DETACHED, STOPPED
from itt._errors import count, error_text
from itt._limits import Limits, checked, parse, stop_text

if TYPE_CHECKING:
    from typing_extensions import Self

DISABLE = "ITT_DISABLE"
PATIENCE = 2.0  # seconds: other threads are in the midst of writing when the recording ends

_lock = threading.RLock()
_busy = False  # a start or stop is under way, in the thread that has the lock
_running: Recording | None = None


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One start or stop at a time. A signal handler in the midst of one must not wait for its own thread."""
    global _busy
    with _lock:
        if _busy:
            raise RecordError("a recording is being started or stopped by what this call interrupts")
        _busy = True
        try:
            yield
        finally:
            _busy = False


class Recording:
    """A recording of this process and those it starts, from start() to stop(), or as a `with` block.

    Made by itt.record(). When it was stopped it can be started again: that is another recording.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        force: bool = False,
        start_paused: bool = False,
        sync: bool = False,
        cmdline: bool = True,
        max_size: int | str | None = None,
        ring: int | str | None = None,
    ) -> None:
        given = _path_argument(path)
        self._path = self._fixed = None if given is None else _recording.absolute(given)
        self._force = bool(force)
        self._start_paused = bool(start_paused)
        self._sync = bool(sync)
        self._cmdline = bool(cmdline)
        self._limits = _limits_argument(max_size, ring)
        self._environ: dict[str, tuple[str | None, str]] = {}
        self._run = ""
        self._pid = 0
        self._state = "not started"

    @property
    def path(self) -> str | None:
        """The absolute path of the file: inside another recording that one's; None before one is chosen."""
        return self._path

    @property
    def active(self) -> bool:
        """Whether it was started and not yet stopped; with ITT_DISABLE set it never is."""
        return self._state in ("recording", "joined")

    def start(self) -> Self:
        global _running
        with _alone():
            if _running is not None and _running._pid == os.getpid():
                raise RecordError(f"already recording into {_running._path}: stop() that recording first")
            if _is_disabled():
                self._state = "disabled"
            else:
                self._begin()
            self._pid = os.getpid()
            _running = self
        try:
            self._name_silent()
        except BaseException:  # a warning that is to be an error
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends the recording and sets its file in order; does nothing where none is under way."""
        global _running
        with _alone():
            if _running is not self:
                return
            _running = None
            state, self._state = self._state, "stopped"
            if state != "recording" or self._pid != os.getpid():
                return  # another one's, which goes on: in a forked child that of its parent
            self._end()
        problem = self._settle()
        if problem:
            warnings.warn(f"itt.record: {problem}", RuntimeWarning, stacklevel=_stacklevel())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        said = self._state
        if said == "stopped" and self._run and self._path:
            try:
                counts = _analysis.recording_counts(self._path)
                said = f"{counts['events']:,} events, {counts['lost']:,} lost"
            except OSError:
                said = "the file is gone"
        return f"<itt.record {self._path or 'without a name yet'}: {said}>"

    def _begin(self) -> None:
        there = os.environ.get(_recording.COLLECTOR)
        bound = _itt._collector()
        ours = _parts.collector().name
        for other in (bound, there):
            if other and os.path.basename(other) != ours:
                raise RecordError(
                    f"another collector is at work, {other}: it has the labels;"
                    " to record with itt, run without it"
                )
        outer = os.environ.get(_recording.TRACE)
        if there and outer and _goes_on(outer, os.environ.get(_recording.RUN, "")):
            if not bound and _is_own_static_part():
                _itt._bind(there)
            self._path, self._run, self._state = outer, "", "joined"
            return
        if not _is_own_static_part():
            raise RecordError(
                f"itt.record needs itt's own static part, and this is {_itt.static_part}:"
                " use itt record, or install itt without --vtune"
            )
        if bound:
            _itt._unbind()  # from a recording that is over
        self._record()

    def _record(self) -> None:
        output = _Output(self._fixed or _free_name())
        self._path, run = output.path, _recording.new_run()
        output.check(self._force)
        slots = _recording.slots_folder()
        output.create(run, self._start_paused, slots, self._sync, self._cmdline, self._limits)
        try:
            self._set_environment(_recording.environment(output.path, run, self._start_paused))
            _itt._bind(os.environ[_recording.COLLECTOR])
            if not _analysis.recording_head(output.path)["static_parts"]:
                reason = _outcome.take_reason(run) or _why_not_bound()
                raise RecordError(f"{output.shown}: the collector cannot record: {reason}")
        except BaseException:
            _itt._unbind()
            self._restore_environment()
            output.restore()
            raise
        output.keep()
        self._run, self._state = run, "recording"

    def _name_silent(self) -> None:
        silent = _silent.libraries() if self._state == "recording" else []
        if silent:
            warnings.warn(
                f"itt.record: these libraries are not recorded: {', '.join(silent)}; they looked for"
                " a collector before: start recording before they are used, or use itt record",
                RuntimeWarning,
                stacklevel=_stacklevel(),
            )

    def _end(self) -> None:
        # For all processes of the recording, by its head; then ours lets the file go.
        _itt.detach()
        _itt._unbind()
        self._restore_environment()

    def _set_environment(self, wanted: dict[str, str]) -> None:
        self._environ = {name: (os.environ.get(name), value) for name, value in wanted.items()}
        os.environ.update(wanted)

    def _restore_environment(self) -> None:
        for name, (before, ours) in self._environ.items():
            if os.environ.get(name) != ours:
                continue  # the program has set it meanwhile
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before
        self._environ = {}

    def _settle(self) -> str | None:
        """Sets the file in order. What went wrong meanwhile, if anything did."""
        assert self._path is not None
        reason = _outcome.take_reason(self._run)
        try:
            _settle_patiently(self._path)
            head = _analysis.recording_head(self._path)
        except FileNotFoundError:
            return self._gone("the program or somebody else removed it")
        except OSError as error:
            if error.errno == errno.EBADMSG:
                return self._gone("something else is in its place")
            return f"{self._path}: {error.strerror}; the recording is there, try itt report"
        if head["run"] != int(self._run, 16):
            return self._gone("another recording replaced it")
        if head["state"] & STOPPED:
            return f"{self._path}: recording stopped: {stop_text(head)}"
        if head["failed_joins"]:
            return f"{self._path}: a process could not write: {error_text(head['join_error'])}"
        if reason:
            return f"{self._path}: a process could not write: {reason}"
        lost = head["lost_nested"] + head["lost_space"] + head["lost_depth"]
        return f"{self._path}: {count(lost, 'event')} lost" if lost else None

    def _gone(self, why: str) -> str:
        assert self._path is not None
        return _outcome.gone(self._path, self._path, self._run, why)


class _Output(_recording.Output):
    other = "choose another name"
    replace = "force=True to replace it"


def _path_argument(path: Any) -> str | None:
    if path is None:
        return None
    try:
        text = os.fspath(path)
    except TypeError:
        text = path
    if not isinstance(text, str):
        raise TypeError(
            f"record() argument 'path' must be str, os.PathLike or None, not {type(path).__name__}"
        )
    if not text or "\0" in text or not _is_encodable(text):
        raise ValueError("record() argument 'path' must be the name of a file")
    return text


def _limits_argument(max_size: Any, ring: Any) -> Limits:
    if max_size is not None and ring is not None:
        raise ValueError("record() takes max_size or ring, not both")
    return Limits(_size_argument("max_size", max_size), _size_argument("ring", ring))


def _size_argument(name: str, value: Any) -> int:
    if value is None:
        return 0
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        raise TypeError(f"record() argument {name!r} must be int, str or None, not {type(value).__name__}")
    try:
        return parse(value) if isinstance(value, str) else checked(value)
    except ValueError as error:
        raise ValueError(f"record() argument {name!r}: {error}") from None


def _is_encodable(path: str) -> bool:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True


def _is_disabled() -> bool:
    return os.environ.get(DISABLE, "0") not in ("", "0")


def _is_own_static_part() -> bool:
    return _itt.static_part.startswith("itt ")


def _goes_on(trace: str, run: str) -> bool:
    """Whether the recording that the environment names is under way, or will be at the first label."""
    try:
        head = _analysis.recording_head(trace)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return bool(head["run"] == int(run or "0", 16) and not head["state"] & DETACHED)


def _free_name() -> str:
    """As `itt record` names its files; the second of a process has a 2 in it, and so on."""
    script = sys.argv[0] if sys.argv else ""
    name = os.path.splitext(os.path.basename(script))[0]
    if name == "__main__":
        name = os.path.basename(os.path.dirname(os.path.abspath(script)))
    stem = f"{name if name.strip('-') and script != '-c' else 'python'}.{os.getpid()}"
    path, number = f"{stem}.pftrace", 2
    while os.path.lexists(path):
        path, number = f"{stem}.{number}.pftrace", number + 1
    return path


def _settle_patiently(path: str) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return _analysis.recording_settle(path)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            if time.monotonic() > end:
                return  # a process that goes on holds its slots: itt report brings them home
        time.sleep(0.001)


def _why_not_bound() -> str:
    import ctypes

    try:
        ctypes.CDLL(str(_parts.collector()))
    except OSError as error:
        return f"it cannot be loaded: {error}"
    return "another recording is under way, and its variables are not in the environment"


def _stacklevel() -> int:
    """Of the first frame that is not this file's, as the caller of warnings.warn() counts."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame, level = frame.f_back, level + 1
    return level


def _forked() -> None:
    """A thread that was starting a recording is not there in the child."""
    global _lock, _busy
    _lock = threading.RLock()
    _busy = False


os.register_at_fork(after_in_child=_forked)
