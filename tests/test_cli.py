"""The command line as a whole: help, version, verbs, wrong use."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

VERBS = ["config", "env", "record", "report"]


def test_help_lists_the_verbs(cli):
    done = cli("--help", check=True)
    assert [line.split()[0] for line in done.stdout.split("verbs:\n")[1].splitlines()] == VERBS
    assert done.stderr == ""


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb(cli, verb):
    done = cli(verb, "--help", check=True)
    assert done.stdout.startswith(f"usage: itt {verb}")
    assert done.stderr == ""


def test_without_a_verb(cli):
    done = cli()
    assert done.returncode == 2
    assert "itt VERB" in done.stdout


def test_unknown_verb(cli):
    done = cli("recrod")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "recrod" in line
    assert "record" in line


@pytest.mark.parametrize("verb", ["config", "env", "report"])
def test_wrong_option(cli, verb):
    done = cli(verb, "--no-such-option")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"itt {verb}: ")


def test_command_is_installed():
    command = Path(sysconfig.get_path("scripts")) / "itt"
    if not command.exists():
        pytest.skip("itt is used from the checkout, not installed")
    done = subprocess.run([command, "--version"], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("itt ")


def test_version_tells_the_static_part(cli):
    import itt

    lines = cli("--version", check=True).stdout.splitlines()
    assert lines[0].startswith(f"itt {itt.__version__} ")
    assert lines[1].startswith("static part: ")
    assert not any(line.startswith("warning") for line in lines)


def test_version_notices_a_module_itt_elsewhere(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "itt.py").write_text("")
    # Behind ours, or else it would be what runs.
    code = f"import sys; sys.path.append({str(other)!r}); from itt import _cli; _cli.main(['--version'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert f"warning: another itt lies at {other / 'itt.py'}" in done.stdout


def test_version_notices_another_distribution_with_our_name(tmp_path):
    from itt import _about

    found = tmp_path / "itt-9.9.dist-info"
    found.mkdir()
    (found / "METADATA").write_text("Metadata-Version: 2.1\nName: itt\nVersion: 9.9\n")
    (found / "top_level.txt").write_text("itt\n")
    sys.path.append(str(tmp_path))
    try:
        warnings = list(_about.foreign())
    finally:
        sys.path.remove(str(tmp_path))
    assert [warning for warning in warnings if warning.startswith("itt 9.9 in ")]


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    code = "import sys; from itt._cli import main; sys.exit(main(['--help']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    with process:
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_import_is_bare(tmp_path):
    """import itt brings in none of what only the command line needs."""
    import itt

    folder = str(Path(itt.__file__).parent.parent)
    code = f"import sys; sys.path.append({folder!r}); before = set(sys.modules); import itt; "
    code += "print(*sorted(set(sys.modules) - before))"
    command = [sys.executable, "-S", "-E", "-c", code]
    assert subprocess.check_output(command, cwd=tmp_path, text=True).split() == ["itt", "itt._itt"]
