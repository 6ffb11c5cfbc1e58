"""Runs a program as if exec'ed in our place: same descriptors, group, terminal and signals, same end."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
from collections.abc import Mapping

from itt._errors import Error

# What somebody may send to us and means for the program.
FORWARDED = {
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGALRM,
    signal.SIGTSTP,
    signal.SIGCONT,
}
# Python ignores these from its start; a program expects to die of them.
IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}

# What a terminal sends, to the whole process group: then the program has it already.
OF_TERMINAL = {signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGHUP, signal.SIGCONT}
FROM_KERNEL = 0x80  # siginfo.si_code SI_KERNEL


class NotFound(Error):
    exit_code = 127


class NotExecutable(Error):
    exit_code = 126


def find(name: str) -> str:
    """The file that a shell would run."""
    found = shutil.which(name)
    if found:
        return found
    if not name:
        raise NotFound("the name of the program is empty")
    if os.sep in name or name in (".", ".."):
        if not os.path.lexists(name):
            raise NotFound(f"{name}: no such file")
        reason = "a folder" if os.path.isdir(name) else "not executable (chmod +x)"
        raise NotExecutable(f"{name}: {reason}")
    for folder in os.get_exec_path():
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            raise NotExecutable(f"{path}: not executable (chmod +x)")
    if os.path.isdir(name):
        hint = f"; ./{name} is a folder"
    else:
        hint = f"; did you mean ./{name}?" if os.path.exists(name) else ""
    place = "neither in this folder nor in PATH" if name.endswith(".py") else "not found in PATH"
    raise NotFound(f"{name}: {place}{hint}")


class Child:
    """From its start to its end the forwarded signals are blocked in this process and taken one by one."""

    def __init__(self, path: str, arguments: list[str], environ: Mapping[str, str]) -> None:
        self._watched = FORWARDED | {signal.SIGCHLD}
        # Where it was ignored, there would be nothing to wait for.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)
        try:
            self.pid = self._spawn(path, arguments, environ)
        except BaseException:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
            raise
        self._stops_with_us = False

    def _spawn(self, path: str, arguments: list[str], environ: Mapping[str, str]) -> int:
        def spawn(path: str, arguments: list[str]) -> int:
            return os.posix_spawn(
                path, arguments, environ, setsigmask=self._mask, setsigdef=IGNORED_BY_PYTHON
            )

        try:
            return spawn(path, arguments)
        except FileNotFoundError as error:
            raise NotExecutable(f"{path}: its interpreter is missing (first line, or loader)") from error
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                # A script without #!: as shells do.
                return spawn("/bin/sh", ["/bin/sh", path, *arguments[1:]])
            kind = Error if error.errno in (errno.EAGAIN, errno.ENOMEM) else NotExecutable
            raise kind(f"{path}: {os.strerror(error.errno or 0)}") from error

    def wait(self) -> int:
        """Passes signals on until the program ends; returns its wait status."""
        while True:
            info = signal.sigwaitinfo(self._watched)
            if info.si_signo == signal.SIGCHLD:
                pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
                if pid and os.WIFSTOPPED(status):
                    self._stop()
                elif pid:
                    self._release()
                    return status
            elif not self._has_it(info):
                self._stops_with_us = info.si_signo == signal.SIGTSTP
                os.kill(self.pid, info.si_signo)

    def _release(self) -> None:
        """Signals are for us again; but those that came before the program's end were for it."""
        while signal.sigtimedwait(self._watched, 0):
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    def _has_it(self, info: signal.struct_siginfo) -> bool:
        """Whether the program got the signal too, or sent it."""
        if info.si_code == FROM_KERNEL:
            return info.si_signo in OF_TERMINAL
        return info.si_pid == self.pid

    def _stop(self) -> None:
        """The program stopped: so do we, where a shell waits for that. SIGCONT wakes us, and is passed on."""
        if self._stops_with_us or _in_foreground():
            os.kill(os.getpid(), signal.SIGSTOP)


def _in_foreground() -> bool:
    """Whether this is the job that a terminal shows: a Ctrl-Z, and a shell that does job control."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def end_like(status: int) -> int:
    """The exit code of a program that ended so; does not return where a signal killed it."""
    if not os.WIFSIGNALED(status):
        return os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    # The program has dumped its core. A limit of one byte also keeps a core dump handler from being called.
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0 if hard == 0 else 1, hard))
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    return 128 + number
