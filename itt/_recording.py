"""One recording, as `itt record` and `itt env` see it: its file, its environment, and what came of it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Mapping

from itt import _analysis, _parts
from itt._errors import Error, UsageError
from itt._limits import Limits

COLLECTOR = "INTEL_LIBITTNOTIFY64"
TRACE = "ITT_TRACE"
RUN = "ITT_RUN"
START_PAUSED = "ITT_START_PAUSED"
SLOTS = "ITT_SLOTS"

KINDS = {stat.S_IFDIR: "a folder, ", stat.S_IFLNK: "a symbolic link, "}


def absolute(path: str) -> str:
    if os.path.basename(path) in ("", ".", ".."):
        raise Error(f"{path} is the name of a folder, not of a file")
    try:
        return os.path.abspath(path)
    except FileNotFoundError as error:
        raise Error(f"{path}: the current folder is gone: give an absolute path") from error


def slots_folder() -> str | None:
    """What ITT_SLOTS says."""
    folder = os.environ.get(SLOTS)
    if not folder:
        return None
    if not os.path.isabs(folder):
        raise Error(f"{SLOTS}={folder}: give an absolute path")
    if not os.path.isdir(folder):
        raise Error(f"{SLOTS}={folder}: no such folder: make it first, or unset {SLOTS}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Error(f"{SLOTS}={folder}: {_why_not_writable(folder)}: choose another folder, or unset {SLOTS}")
    return folder


def _why_not_writable(folder: str) -> str:
    read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    return "the file system is read-only" if read_only else "no permission to write there"


def new_run() -> str:
    """The id of a recording, 16 hex digits: what ties its processes together."""
    return os.urandom(8).hex()


def environment(trace: str, run: str, start_paused: bool) -> dict[str, str]:
    """What a process needs in its environment to be recorded."""
    wanted = {COLLECTOR: str(_parts.collector()), TRACE: trace, RUN: run}
    if start_paused:
        wanted[START_PAUSED] = "1"
    return wanted


def refuse_other_collector(environ: Mapping[str, str], ours_too: bool = True) -> None:
    """A program has one collector: one that is set already stays."""
    there = environ.get(COLLECTOR)
    if not there:
        return
    if os.path.basename(there) != _parts.collector().name:
        raise Error(
            f"another collector is set, {COLLECTOR}={there}: under VTune run the program itself;"
            f" to record with itt, unset {COLLECTOR}"
        )
    if ours_too:
        raise Error(
            f"already recording into {environ.get(TRACE, 'a file')}: run the program itself,"
            f" it is recorded too; for a recording of its own, unset {COLLECTOR}"
        )


class Output:
    """The file of a recording, before it is written: never replaced without being asked to."""

    other = "choose another name with -o"  # what to do about it
    replace = "-f to replace it"

    def __init__(self, path: str) -> None:
        if not path:
            raise UsageError("-o needs the name of a file")
        self.shown = path
        self.path = absolute(path)
        self._force = False
        self._made: os.stat_result | None = None
        self._aside: str | None = None  # a name of what is replaced
        self._held = -1

    def refuse(self, program: str) -> None:
        """The program, or its script, is no place to record to."""
        if os.path.exists(self.path) and os.path.exists(program) and os.path.samefile(self.path, program):
            raise Error(f"{self.path} is the program itself: {self.other}")

    def check(self, force: bool) -> None:
        self._force = force
        folder = os.path.dirname(self.path)
        if not os.path.isdir(folder):
            raise Error(f"{folder}: no such folder, make it first")
        try:
            mode = os.lstat(self.path).st_mode
        except FileNotFoundError:
            mode = stat.S_IFREG
        except OSError as error:
            raise Error(f"{self.path}: cannot write there: {error.strerror}") from error
        else:
            if stat.S_ISREG(mode) and not force:
                raise Error(f"{self.path} exists: {self.other}, or {self.replace}")
        if not stat.S_ISREG(mode):
            kind = KINDS.get(stat.S_IFMT(mode), "")
            raise Error(f"{self.path} is {kind}not a plain file: {self.other}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Error(f"{folder}: {_why_not_writable(folder)}, {self.other}")

    def create(
        self,
        run: str,
        start_paused: bool,
        slots: str | None,
        sync: bool,
        cmdline: bool,
        limits: Limits,
    ) -> None:
        """Makes the recording, in one step; a file that it replaces comes back if restore() is called."""
        made = self.path if not self._force else os.path.join(os.path.dirname(self.path), f".itt-{run}.new")
        try:
            _analysis.recording_create(made, int(run, 16), start_paused, slots, sync, cmdline, *limits)
            self._made = os.lstat(made)
            if made != self.path:
                self._replace(made, f"{made[: -len('.new')]}.old")
        except OSError as error:
            if made != self.path and self._made:
                os.unlink(made)
            if error.errno == errno.EEXIST:
                raise Error(f"{self.path} exists: {self.other}") from error
            where = f"{self.path}, or in {SLOTS}={slots}" if slots else self.path
            raise Error(f"{where}: cannot write there: {os.strerror(error.errno or 0)}") from error

    def _replace(self, made: str, aside: str) -> None:
        try:
            if not stat.S_ISREG(os.lstat(self.path).st_mode):
                raise FileExistsError(errno.EEXIST, "not a plain file")
            try:
                os.link(self.path, aside, follow_symlinks=False)
            except OSError:  # a file system without links, or another's file
                os.rename(self.path, aside)
            self._aside = aside
        except FileNotFoundError:
            pass  # nothing to replace, or not any more
        try:
            os.rename(made, self.path)
        except OSError:
            if self._aside:
                os.rename(self._aside, self.path)  # does nothing where both are one file
                self.keep()
            raise

    def restore(self) -> None:
        """Nothing was recorded, and nothing will be: as before, unless the name is another's by now."""
        try:
            ours = self._made is not None and os.path.samestat(os.lstat(self.path), self._made)
        except FileNotFoundError:
            ours = self._aside is not None
        if ours and self._aside:
            os.rename(self._aside, self.path)
            self._aside = None
        elif ours:
            self.remove()
        self.keep()

    def keep(self) -> None:
        """The recording is under way: what it replaces goes."""
        if self._aside:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._aside)
            self._aside = None

    def hold(self) -> None:
        """For bring_home()."""
        self._held = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)

    def bring_home(self) -> None:
        """Of a recording that was moved or removed meanwhile: its slots do not stay behind."""
        held = os.fstat(self._held)
        with contextlib.suppress(OSError):
            if os.path.samestat(held, os.stat(self.path)):
                return
        with contextlib.suppress(OSError):
            _analysis.recording_settle(f"/proc/self/fd/{self._held}")

    def remove(self) -> None:
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass
