"""What `itt --version` says: which itt this is, and whether another package of that name is in the way."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

DISTRIBUTION = "itt-python"
HERE = Path(__file__).resolve().parent


def describe() -> str:
    from itt import _itt

    lines = [
        f"itt {_itt.__version__} ({HERE})",
        f"static part: {_itt.static_part}",
        f"Python {platform.python_version()} ({sys.executable})",
    ]
    lines += [f"warning: {warning}" for warning in foreign()]
    return "\n".join(lines)


def foreign() -> Iterator[str]:
    """Other packages that `import itt` may find, here or in another folder of sys.path."""
    for name, version, folder in owners():
        yield (
            f"{name} {version} in {folder} also installs a module itt, its files may be mixed with ours:"
            f" pip uninstall {name}, then install {DISTRIBUTION} again"
        )
    for path in modules():
        yield f"another itt lies at {path}: `import itt` takes what comes first; remove one of the two"


def owners() -> Iterator[tuple[str, str, Path]]:
    """Installed distributions, other than ours, with a top-level module itt."""
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"] or ""
        if name.lower().replace("_", "-") == DISTRIBUTION:
            continue
        modules = (distribution.read_text("top_level.txt") or "").split()
        if name.lower() == "itt" or "itt" in modules:
            yield name, distribution.version, Path(str(distribution.locate_file("")))


def modules() -> Iterator[Path]:
    """Importable modules itt, other than ours, on sys.path."""
    for entry in dict.fromkeys(sys.path):
        folder = Path(entry or ".")
        candidates = [folder / "itt" / "__init__.py", folder / "itt.py"]
        candidates += [folder / f"itt{suffix}" for suffix in EXTENSION_SUFFIXES]
        for path in candidates:
            if path.exists() and path.resolve().parent != HERE:
                yield path
