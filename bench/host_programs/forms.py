"""A program in several forms: functions marked by @label are labelled in one way or another, or not."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, Callable, NamedTuple, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

PLAIN = "plain"  # as if there had never been a label


def label(function: Function) -> Function:
    """Where the program is run as it is."""
    return function


class Form(NamedTuple):
    """`decorator` takes the place of @label; the function's body that of `pass` in `body`."""

    first: str = ""  # ahead of the program
    each: str = ""  # for each label, ahead of the program
    decorator: str = ""
    body: str = "pass"


PAIR = "task_begin(domain, '{name}')\ntry:\n    pass\nfinally:\n    task_end(domain)"
FORMS = {
    "itt": {
        "function pair": Form(
            first="from itt import domain_create, task_begin, task_end\ndomain = domain_create('host')",
            body=PAIR,
        ),
        "decorated": Form(first="import itt", decorator="itt.task"),
        "with, made once": Form(
            first="import itt", each="of_{name} = itt.task('{name}')", body="with of_{name}:\n    pass"
        ),
        "with, made anew": Form(first="import itt", body="with itt.task('{name}'):\n    pass"),
    },
    "pyitt": {
        "decorated": Form(first="import pyitt", decorator="pyitt.task"),
        "with, made once": Form(
            first="import pyitt", each="of_{name} = pyitt.task('{name}')", body="with of_{name}:\n    pass"
        ),
        "with, made anew": Form(first="import pyitt", body="with pyitt.task('{name}'):\n    pass"),
    },
}


class Labels(ast.NodeTransformer):
    def __init__(self, form: Form) -> None:
        self.form = form
        self.each: list[str] = []

    def visit_FunctionDef(self, function: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(function)
        if not any(isinstance(mark, ast.Name) and mark.id == "label" for mark in function.decorator_list):
            return function
        name = function.name
        self.each.append(self.form.each.format(name=name))
        frame = ast.parse(self.form.body.format(name=name)).body
        place = next((part for part in frame if hasattr(part, "body")), None)
        if place is not None:
            place.body = function.body
            function.body = frame
        decorator = self.form.decorator
        function.decorator_list = [ast.parse(decorator, mode="eval").body] if decorator else []
        return function


def load(path: Path, form: Form) -> dict[str, Any]:
    """The program's names, in that form."""
    labels = Labels(form)
    tree = ast.fix_missing_locations(labels.visit(ast.parse(path.read_text())))
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    exec("\n".join([form.first, *labels.each]), names)
    exec(compile(tree, str(path), "exec"), names)
    return names


def load_all(path: Path, package: str) -> dict[str, dict[str, Any]]:
    """By form, unlabelled first."""
    return {PLAIN: load(path, Form()), **{name: load(path, form) for name, form in FORMS[package].items()}}
