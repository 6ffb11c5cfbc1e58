"""itt config and make install: what a C program needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAM = """
#include <ittnotify.h>
int main(void)
{
    __itt_domain *domain = __itt_domain_create("c");
    for (int i = 0; i < 7; i++) {
        __itt_task_begin(domain, __itt_null, __itt_null, __itt_string_handle_create("task"));
        __itt_task_end(domain);
    }
    return 0;
}
"""


def compile(folder, options):
    (folder / "program.c").write_text(PROGRAM)
    cflags, libs = options
    compiler = os.environ.get("CC", "cc")
    command = f"{compiler} {cflags} -Wall -Wextra -Wpedantic -Werror program.c {libs} -o program"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "program"


def test_files_exist(cli):
    include, collector, prefix = (
        Path(cli("config", f"--{what}", check=True).stdout.rstrip("\n"))
        for what in ("include", "collector", "prefix")
    )
    assert (include / "ittnotify.h").is_file()
    assert collector.is_file()
    assert prefix in include.parents
    assert prefix in collector.parents


def test_c_program(cli, tmp_path, record, sql):
    options = [cli("config", what, check=True).stdout.strip() for what in ("--cflags", "--libs")]
    trace, process = record([compile(tmp_path, options)])
    assert "14 events, 0 lost" in process.stderr
    assert [(one.category, one.name) for one in sql(trace).slices()] == [("c", "task")] * 7


def test_several_questions_get_one_line(cli):
    both = cli("config", "--cflags", "--libs", check=True).stdout
    one_by_one = [cli("config", what, check=True).stdout.strip() for what in ("--cflags", "--libs")]
    assert both == " ".join(one_by_one) + "\n"


def test_no_question(cli):
    done = cli("config")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--cflags" in done.stderr


def test_package_without_c_parts(monkeypatch, tmp_path):
    from itt import _errors, _parts

    monkeypatch.setattr(_parts, "__file__", str(tmp_path / "_parts.py"))
    with pytest.raises(_errors.Error, match=r"libittnotify\.a is missing"):
        _parts.static_part()


@pytest.fixture(scope="module")
def installed(root, tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    build = os.environ.get("ITT_TEST_BUILD", "build")
    subprocess.run(["make", "-s", "install", f"PREFIX={prefix}", f"BUILD={build}"], cwd=root, check=True)
    return prefix


def test_make_install(installed):
    names = sorted(str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file())
    for name in (
        "include/ittnotify.h",
        "include/libittnotify.h",
        "include/legacy/ittnotify.h",
        "lib/itt/libitt_collector.so",
        "lib/libittnotify.a",
        "lib/pkgconfig/ittnotify.pc",
    ):
        assert name in names


@pytest.mark.skipif(not shutil.which("pkg-config"), reason="pkg-config is not installed")
def test_pkg_config(installed, tmp_path):
    def ask(*what):
        environ = {**os.environ, "PKG_CONFIG_PATH": str(installed / "lib/pkgconfig")}
        return subprocess.check_output(["pkg-config", *what, "ittnotify"], env=environ, text=True).strip()

    program = compile(tmp_path, (ask("--cflags"), ask("--libs")))
    collector = ask("--variable=collector")
    assert collector == str(installed / "lib/itt/libitt_collector.so")
    trace = tmp_path / "x.pftrace"
    environ = {"INTEL_LIBITTNOTIFY64": collector, "ITT_TRACE": str(trace), "ITT_RUN": "1".zfill(16)}
    assert subprocess.run([program], env={**os.environ, **environ}).returncode == 0
    assert trace.exists()


def test_destdir(root, tmp_path):
    build = os.environ.get("ITT_TEST_BUILD", "build")
    command = ["make", "-s", "install", "PREFIX=/opt/itt", f"DESTDIR={tmp_path}", f"BUILD={build}"]
    subprocess.run(command, cwd=root, check=True)
    pc = (tmp_path / "opt/itt/lib/pkgconfig/ittnotify.pc").read_text()
    assert "prefix=/opt/itt\n" in pc
    assert str(tmp_path) not in pc
