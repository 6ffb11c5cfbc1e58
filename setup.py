"""Builds itt: the C parts and the Python package.

The static part is this project's own, or Intel's: `--vtune=DIR` of build_ext, install and bdist_wheel links
DIR/lib64/libittnotify.a instead. See docs/python.md.
"""

import json
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple, Optional

try:
    from setuptools import Extension, find_packages, setup
except ModuleNotFoundError:
    raise SystemExit("error: setuptools is missing: pip install setuptools") from None
from setuptools.command.build_ext import build_ext as _build_ext
from setuptools.command.install import install as _install

try:
    from setuptools.command.bdist_wheel import bdist_wheel as _bdist_wheel
except ImportError:  # before setuptools 70.1
    try:
        from wheel.bdist_wheel import bdist_wheel as _bdist_wheel
    except ImportError:
        _bdist_wheel = None

VERSION = "0.1.0"

VTUNE_OPTION = (
    "vtune=",
    None,
    "VTune's directory, whose libittnotify.a is linked in place of itt's own static part",
)
COMPILE_ARGS = ["-std=c11", "-fvisibility=hidden", "-pthread", "-Wall", "-Wextra"]
if "-O" not in os.environ.get("CFLAGS", ""):
    COMPILE_ARGS.append("-O2")
LINK_ARGS = ["-pthread"]
# Never unloaded, and no lazy binding: it takes stack that a signal handler may not have.
COLLECTOR_LINK_ARGS = ["-Wl,-z,nodelete", "-Wl,-z,now"]


class StaticPart(NamedTuple):
    """What itt._itt is compiled against and linked with."""

    include: Path
    archive: Path
    description: str


def vtune_static_part(root: Path) -> StaticPart:
    """Intel's static part in a VTune directory."""
    for base in (root, root / "sdk"):
        include, archive = base / "include", base / "lib64" / "libittnotify.a"
        if (include / "ittnotify.h").is_file() and archive.is_file():
            break
    else:
        raise SystemExit(
            f"error: --vtune={root}: no include/ittnotify.h and lib64/libittnotify.a there, nor under sdk/;"
            " give the directory of a VTune installation"
        )
    content = archive.read_bytes()
    if b"__itt_mark_pt_region_begin" not in content:
        raise SystemExit(
            f"error: --vtune={root}: {archive} is too old, it has no PT regions; give a newer VTune"
        )
    version = re.search(rb"ITT-API-Version ([\d.]+)", content)
    name = f"Intel ITT API {version.group(1).decode()}" if version else "Intel ITT API"
    return StaticPart(include, archive, f"{name} from {root}")


def with_vtune(command: type) -> type:
    """The command with an option --vtune, which build_ext reads."""

    class WithVtune(command):
        user_options = [*command.user_options, VTUNE_OPTION]

        def initialize_options(self) -> None:
            super().initialize_options()
            self.vtune = None

    WithVtune.__name__ = command.__name__
    return WithVtune


def sources(folder: str) -> list[str]:
    return sorted(str(path) for path in Path("src", folder).glob("*.c"))


def headers() -> list[str]:
    return sorted(str(path) for path in Path("include").rglob("*.h"))


def inner_headers() -> list[str]:
    return sorted(str(path) for path in Path("src").rglob("*.h"))


class build_ext(with_vtune(_build_ext)):
    """Builds the C parts that are not for Python too: itt/_c/{include,lib}."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.memory = Path(self.build_temp, "vtune")
        vtune = self.vtune_chosen()
        self.vtune_root = Path(vtune).expanduser().absolute() if vtune else None
        self.vtune_part = vtune_static_part(self.vtune_root) if self.vtune_root else None

    def vtune_chosen(self) -> Optional[str]:
        """What the command line says; `build` and `install` go on with what build_ext was told before."""
        for command in ("build_ext", "install", "bdist_wheel"):
            option = self.distribution.get_option_dict(command).get("vtune")
            if option and not option[1]:
                raise SystemExit("error: --vtune is empty: give VTune's directory, or leave the option out")
            if option:
                return option[1]
        commands = set(self.distribution.commands)
        if "build_ext" in commands or not commands & {"build", "install"} or not self.memory.exists():
            return None
        return self.memory.read_text(encoding="utf-8")

    def remember(self) -> None:
        """Only for commands of the same build directory: pip builds what it is told, and no more."""
        if "build_ext" not in self.distribution.commands:
            return
        self.mkpath(self.build_temp)
        self.memory.write_text(str(self.vtune_root or ""), encoding="utf-8")

    def build_extensions(self) -> None:
        c = Path(self.build_lib, "itt", "_c")
        shutil.rmtree(c / "include", ignore_errors=True)
        for name in headers():
            target = c / name
            self.mkpath(str(target.parent))
            self.copy_file(name, str(target))
        archive = self.build_static_part(c / "lib")
        self.build_collector(c / "lib")
        self.remember()
        self.link_static_part(self.vtune_part or StaticPart(c / "include", archive, f"itt {VERSION}"))
        super().build_extensions()

    def build_static_part(self, folder: Path) -> Path:
        target = folder / "libittnotify.a"
        if self.is_stale(target, sources("ittnotify")):
            objects = self.compile(sources("ittnotify"), "ittnotify", [])
            target.unlink(missing_ok=True)  # ar adds to what is there
            self.compiler.create_static_lib(objects, "ittnotify", output_dir=str(folder))
        return target

    def build_collector(self, folder: Path) -> None:
        """The collector needs libc only: it is loaded into programs without Python."""
        target = folder / "libitt_collector.so"
        files = sources("collector") + sources("trace")
        if sources("collector") and self.is_stale(target, files):
            objects = self.compile(files, "collector", ["-ftls-model=initial-exec"])
            # as Python links modules, but without the paths of Python's own libraries
            linker = [arg for arg in self.compiler.linker_so if not arg.startswith(("-L", "-Wl,-rpath"))]
            self.spawn([*linker, *objects, "-o", str(target), *LINK_ARGS, *COLLECTOR_LINK_ARGS, "-ldl"])

    def compile(self, files: list[str], name: str, args: list[str]) -> list[str]:
        folder = str(Path(self.build_temp, name))
        return self.compiler.compile(
            files,
            output_dir=folder,
            include_dirs=["include", "src/trace"],
            extra_postargs=[*COMPILE_ARGS, *args],
        )

    def is_stale(self, target: Path, files: list[str]) -> bool:
        if self.force or not target.exists():
            return True
        made = target.stat().st_mtime
        return any(
            os.stat(name).st_mtime > made for name in [*files, *headers(), *inner_headers(), "setup.py"]
        )

    def link_static_part(self, part: StaticPart) -> None:
        """A module that is there and up to date may still have been linked with another static part."""
        module = next(extension for extension in self.extensions if extension.name == "itt._itt")
        module.include_dirs.insert(0, str(part.include))
        module.extra_objects.append(str(part.archive))
        module.depends += [str(part.archive), "setup.py"]
        module.define_macros += [
            ("ITT_VERSION", c_string(VERSION)),
            ("ITT_STATIC_PART", c_string(part.description)),
        ]
        built = Path(self.get_ext_fullpath(module.name))
        if built.exists() and part.description.encode() + b"\0" not in built.read_bytes():
            built.unlink()

    def copy_extensions_to_source(self) -> None:
        super().copy_extensions_to_source()
        shutil.rmtree("itt/_c", ignore_errors=True)
        for built, source in self.c_files().items():
            self.mkpath(str(Path(source).parent))
            self.copy_file(built, source)

    def c_files(self) -> dict[str, str]:
        """The files of itt/_c: where they are built, and their place in the sources."""
        names = (
            headers() + ["lib/libittnotify.a"] + (["lib/libitt_collector.so"] if sources("collector") else [])
        )
        return {str(Path(self.build_lib, "itt/_c", name)): str(Path("itt/_c", name)) for name in names}

    def get_output_mapping(self) -> dict[str, str]:
        return {**super().get_output_mapping(), **(self.c_files() if self.inplace else {})}

    def get_outputs(self) -> list[str]:
        return sorted(
            {*super().get_outputs(), *(self.c_files().values() if self.inplace else self.c_files())}
        )


def c_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def extension(name: str, files: list[str], libraries: list[str]) -> Extension:
    return Extension(
        name,
        files,
        include_dirs=["src/trace"],
        depends=[*headers(), *inner_headers()],
        extra_compile_args=COMPILE_ARGS,
        extra_link_args=[*LINK_ARGS, "-Wl,--exclude-libs,ALL"],
        libraries=libraries,
    )


def extensions() -> list[Extension]:
    made = [extension("itt._itt", sources("python"), ["dl"])]
    if sources("analysis"):
        made.append(extension("itt._analysis", sources("analysis") + sources("trace"), ["m"]))
    return made


os.chdir(Path(__file__).resolve().parent)
commands = {"build_ext": build_ext, "install": with_vtune(_install)}
if _bdist_wheel:
    commands["bdist_wheel"] = with_vtune(_bdist_wheel)

setup(
    name="itt-python",
    version=VERSION,
    description="Labels for VTune and a recorder of your own: the ITT API for Python",
    long_description=Path("README.md").read_text(encoding="utf-8") if Path("README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="BSD-3-Clause",
    license_files=["LICENSE"],
    keywords=["profiling", "tracing", "instrumentation", "VTune", "ITT", "Perfetto"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: C",
        "Programming Language :: Python :: 3",
        "Topic :: Software Development :: Debuggers",
        "Topic :: System :: Monitoring",
        "Typing :: Typed",
    ],
    python_requires=">=3.9",
    packages=find_packages(include=["itt", "itt.*"]),
    package_data={"itt": ["py.typed", "*.pyi"]},
    ext_modules=extensions(),
    cmdclass=commands,
    entry_points={"console_scripts": ["itt = itt._cli:main"]},
    zip_safe=False,
)
