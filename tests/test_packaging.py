"""Building and installing: with either static part, in any order, by setup.py, by pip, from an sdist."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import setuptools

IGNORE = shutil.ignore_patterns("_c", "*.so", "__pycache__", "*.pftrace")
TOOLS = ("setuptools", "pkg_resources", "_distutils_hack", "wheel", "packaging")
SAY = "import itt, itt._itt; print(itt._itt.static_part); d = itt.domain_create('d'); itt.task_begin(d, 'n')"


class Project:
    """A copy of the checkout, and a private environment to install it into."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        self.checkout = checkout
        self.python = folder / "venv" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        self.tools = folder / "tools"
        self.tools.mkdir()
        for path in Path(setuptools.__file__).parent.parent.iterdir():
            if path.name.startswith(TOOLS):  # with their metadata, by which older ones find their commands
                (self.tools / path.name).symlink_to(path)

    def run(self, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Python in the checkout, with this interpreter's setuptools."""
        env = {**os.environ, "PYTHONPATH": str(self.tools), "PYTHONWARNINGS": "ignore", "CFLAGS": "-O0"}
        done = subprocess.run(
            [self.python, *arguments], cwd=self.checkout, env=env, capture_output=True, text=True, timeout=600
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def setup(self, *arguments: str) -> str:
        return self.run("setup.py", *arguments).stdout

    def pip(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """This interpreter's pip, working on the private environment, without a network."""
        pip = [sys.executable, "-m", "pip", "--python", self.python, "--disable-pip-version-check"]
        options = ["--no-build-isolation", "--no-deps", "--no-index", "--force-reinstall"]
        env = {**os.environ, "PYTHONPATH": str(self.tools), "CFLAGS": "-O0"}
        return subprocess.run(
            [*pip, "install", *options, *arguments],
            cwd=self.checkout,
            env=env,
            capture_output=True,
            text=True,
        )

    def static_part(self) -> str:
        """What the installed module says of itself; it must work, too."""
        done = subprocess.run([self.python, "-c", SAY], cwd="/", capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return done.stdout.strip()


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """All but the collector and the analysis, which take long to build."""
    copy = tmp_path / "a checkout"
    copy.mkdir()
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "LICENSE"):
        shutil.copy(root / name, copy)
    for name in ("include", "itt", "src/ittnotify", "src/python"):
        shutil.copytree(root / name, copy / name, ignore=IGNORE)
    return copy


@pytest.fixture
def project(checkout: Path, tmp_path: Path) -> Project:
    return Project(checkout, tmp_path)


@pytest.fixture(params=["fake", "real"])
def vtune(request: pytest.FixtureRequest, root: Path, collector: Path, tmp_path: Path) -> Iterator[Path]:
    """A directory as VTune's is, made of our own header and library; and the one in ITT_TEST_VTUNE."""
    if request.param == "real":
        if "ITT_TEST_VTUNE" not in os.environ:
            pytest.skip("ITT_TEST_VTUNE names no VTune directory")
        yield Path(os.environ["ITT_TEST_VTUNE"])
        return
    folder = tmp_path / "vtune 2099"
    shutil.copytree(root / "include", folder / "include")
    (folder / "lib64").mkdir()
    shutil.copy(collector.with_name("libittnotify.a"), folder / "lib64" / "libittnotify.a")
    source = tmp_path / "version.c"
    source.write_text('const char version[] = "ITT-API-Version 3.99.1 (20990101)";')
    subprocess.run(["cc", "-c", source, "-o", tmp_path / "version.o"], check=True)
    subprocess.run(["ar", "r", folder / "lib64" / "libittnotify.a", tmp_path / "version.o"], check=True)
    yield folder


OURS = "itt 0."


def is_intels(said: str, vtune: Path) -> bool:
    return said.startswith("Intel ITT API 3.") and said.endswith(f" from {vtune}")


def test_as_the_readme_of_itt_python_says(project: Project, vtune: Path) -> None:
    project.setup("build_ext", f"--vtune={vtune}")
    project.setup("install")
    assert is_intels(project.static_part(), vtune)


def test_any_order(project: Project, vtune: Path) -> None:
    """A build is what it is told to be, whatever was built before it."""
    project.setup("install")
    assert project.static_part().startswith(OURS)
    project.setup("install", f"--vtune={vtune}")
    assert is_intels(project.static_part(), vtune)
    project.setup("install")
    assert project.static_part().startswith(OURS)
    project.setup("build_ext", f"--vtune={vtune}")
    project.setup("build")
    project.setup("install")
    assert is_intels(project.static_part(), vtune)
    project.setup("build_ext")
    project.setup("install")
    assert project.static_part().startswith(OURS)


def test_the_sdk_folder_and_another_vtune(project: Project, vtune: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(vtune / "include", other / "sdk" / "include")
    shutil.copytree(vtune / "lib64", other / "sdk" / "lib64")
    project.setup("install", f"--vtune={vtune}")
    project.setup("install", f"--vtune={other}")
    assert is_intels(project.static_part(), other)


def test_nothing_is_built_twice(project: Project, vtune: Path) -> None:
    for options in [], [f"--vtune={vtune}"]:
        project.setup("build_ext", *options)
        again = project.setup("build_ext", *options)
        assert "-shared" not in again and " -c " not in again, again
    header = project.checkout / "include" / "ittnotify.h"
    later = header.stat().st_mtime + 1000
    os.utime(header, (later, later))
    assert "-shared" in project.setup("build_ext")


@pytest.mark.parametrize("command", ["build_ext", "install"])
@pytest.mark.parametrize("wrong", ["missing", "empty", "old"])
def test_a_wrong_directory(project: Project, tmp_path: Path, command: str, wrong: str) -> None:
    """One line says what is wrong, and nothing is built."""
    folder = tmp_path / wrong
    if wrong != "missing":
        folder.mkdir()
    if wrong == "old":
        (folder / "include").mkdir()
        (folder / "include" / "ittnotify.h").touch()
        (folder / "lib64").mkdir()
        (folder / "lib64" / "libittnotify.a").write_bytes(b"!<arch>\n")
    done = project.run("setup.py", "-q", command, f"--vtune={folder}", check=False)
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if "error" in line.lower()]
    assert len(said) == 1 and said[0].startswith(f"error: --vtune={folder}: "), done.stderr
    assert not list(project.checkout.glob("build/**/*.so"))


def test_the_environment_does_not_choose(
    project: Project, vtune: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "VTUNE", "VTUNE_DIR", "VTUNE_PROFILER_DIR", "VTUNE_AMPLIFIER_XE_2018_DIR", "ITT_VTUNE":
        monkeypatch.setenv(name, str(vtune))
    project.setup("install")
    assert project.static_part().startswith(OURS)


def test_pip(project: Project, vtune: Path) -> None:
    done = project.pip(".")
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.static_part().startswith(OURS)
    project.setup("build_ext", f"--vtune={vtune}")  # is not pip's business
    assert project.pip(".").returncode == 0
    assert project.static_part().startswith(OURS)
    done = project.pip(".", f"--config-settings=--build-option=--vtune='{vtune}'")
    assert done.returncode == 0, done.stdout + done.stderr
    assert is_intels(project.static_part(), vtune)
    done = project.pip(".", "--config-settings=--build-option=--vtune=/nowhere")
    assert done.returncode != 0
    assert "error: --vtune=/nowhere: no include/ittnotify.h" in done.stdout + done.stderr


def test_pip_editable(project: Project, vtune: Path) -> None:
    done = project.pip("-e", ".")
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.static_part().startswith(OURS)
    assert (project.checkout / "itt" / "_c" / "lib" / "libittnotify.a").exists()
    assert (project.checkout / "itt" / "_c" / "include" / "ittnotify.h").exists()
    project.setup("build_ext", "--inplace", f"--vtune={vtune}")
    assert is_intels(project.static_part(), vtune)
    project.setup("build_ext", "--inplace")
    assert project.static_part().startswith(OURS)


# ---- The whole project ----


@pytest.fixture(scope="module")
def whole(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What git has, and an environment."""
    folder = tmp_path_factory.mktemp("whole")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).exists():
            (folder / "checkout" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / "checkout" / name)
    subprocess.run(["git", "init", "-q", folder / "checkout"], check=True)
    return Project(folder / "checkout", folder)


@pytest.fixture(scope="module")
def wheel(whole: Project) -> Path:
    """Made from the sdist, as a package index would have it."""
    whole.setup("-q", "sdist")
    (archive,) = (whole.checkout / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(whole.checkout.parent / "sdist")
    (unpacked,) = (whole.checkout.parent / "sdist").iterdir()
    from_sdist = Project.__new__(Project)
    from_sdist.__dict__.update(whole.__dict__, checkout=unpacked)
    from_sdist.setup("-q", "bdist_wheel", "-d", str(whole.checkout.parent / "dist"))
    (made,) = (whole.checkout.parent / "dist").glob("*.whl")
    return made


def git_status(folder: Path) -> str:
    command = [
        "git",
        "-c",
        "core.excludesFile=",
        "status",
        "--short",
        "--ignored=no",
        "--untracked-files=all",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_a_build_leaves_the_checkout_clean(whole: Project, wheel: Path) -> None:
    before = git_status(whole.checkout)
    whole.setup("-q", "build_ext", "--inplace")
    assert (whole.checkout / "itt" / "_c").exists()
    assert git_status(whole.checkout) == before
    assert not [line for line in before.splitlines() if line.endswith((".so", ".a", ".o", "PKG-INFO"))]


def test_what_is_in_the_wheel(root: Path, wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    headers = {f"itt/_c/{path.relative_to(root)}" for path in (root / "include").rglob("*.h")}
    modules = {str(path.relative_to(root)) for path in (root / "itt").rglob("*.py")}
    assert headers | modules <= names
    libraries = {"itt/_c/lib/libittnotify.a", "itt/_c/lib/libitt_collector.so"}
    assert libraries | {"itt/py.typed", "itt/_itt.pyi"} <= names
    extensions = {name.split(".")[0] for name in names if name.endswith(".so")}
    assert extensions == {"itt/_itt", "itt/_analysis", "itt/_c/lib/libitt_collector"}
    assert not [name for name in names if name.startswith(("src", "tests", "include"))]


def dynamic(library: Path) -> str:
    if not shutil.which("readelf"):
        pytest.skip("readelf is missing: binutils")
    return subprocess.run(["readelf", "-dW", library], capture_output=True, text=True, check=True).stdout


def test_what_the_libraries_need(wheel: Path, tmp_path: Path) -> None:
    """The collector is loaded into any program: libc is enough for it. Only what must be seen is."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    collector = tmp_path / "itt" / "_c" / "lib" / "libitt_collector.so"
    libc = ("libc.", "libdl.", "libm.", "libpthread.", "ld-linux", "librt.")
    for library in (tmp_path / "itt").rglob("*.so"):
        needed = [
            line.split("[")[1].rstrip("]") for line in dynamic(library).splitlines() if "NEEDED" in line
        ]
        assert all(name.startswith(libc) for name in needed), (library, needed)
    assert "PATH" not in dynamic(collector)
    assert "TLSDESC" not in dynamic(collector)
    for name in "itt/_itt", "itt/_analysis":
        (library,) = tmp_path.glob(name + ".*.so")
        symbols = subprocess.run(
            ["nm", "-D", "--defined-only", library], capture_output=True, text=True
        ).stdout
        assert [line.split()[-1] for line in symbols.splitlines()] == ["PyInit_" + name.split("/")[1]]


def test_the_wheel_works(whole: Project, wheel: Path) -> None:
    assert whole.pip(wheel).returncode == 0
    assert whole.static_part().startswith(OURS)
    done = subprocess.run(
        [whole.python.parent / "itt", "--version"], cwd="/", capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and whole.static_part() in done.stdout, done.stderr
