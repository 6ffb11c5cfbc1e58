"""Indexes and searches the text of Python's standard library, in labelled phases and on several threads.

    itt record examples/stdlib_index.py
    itt report stdlib_index.*.pftrace

The domain "stdlib_index" has the phases, on the main thread; "stdlib_index.worker" has what the workers do.
Without a collector the labels cost next to nothing: run it plainly and see.
"""

import collections
import re
import sys
import sysconfig
import threading
from pathlib import Path

import itt

WORKERS = 4
WORD = re.compile(r"[a-z][a-z_]{2,}")
QUERIES = (
    "socket timeout",
    "unicode decode error",
    "thread lock acquire",
    "parse date string",
    "walk directory tree",
)

phases = itt.domain_create("stdlib_index")
work = itt.domain_create("stdlib_index.worker")


class Index:
    """Which files have a word, and how often."""

    def __init__(self):
        self.files = {}
        self.words = 0

    def add(self, path, words):
        for word, count in collections.Counter(words).items():
            self.files.setdefault(word, {})[path] = count
        self.words += len(words)

    def merge(self, other):
        for word, files in other.files.items():
            self.files.setdefault(word, {}).update(files)
        self.words += other.words

    def search(self, query):
        """The files that have all the words, best first."""
        found = [self.files.get(word, {}) for word in query.split()]
        common = set(found[0]).intersection(*found[1:])
        return sorted(common, key=lambda path: -sum(files[path] for files in found))


def find_files(root):
    itt.task_begin(phases, "find files")
    files = sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)
    itt.task_end(phases)
    return files


def read_and_index(paths, index):
    """One worker's share. Every file has a task "file", with its steps inside."""
    for path in paths:
        itt.task_begin(work, "file")
        itt.task_begin(work, "read")
        text = path.read_text(encoding="utf-8", errors="replace")
        itt.task_end(work)
        itt.task_begin(work, "tokenize")
        words = WORD.findall(text.lower())
        itt.task_end(work)
        itt.task_begin(work, "add")
        index.add(path, words)
        itt.task_end(work)
        itt.task_end(work)


def build_index(files):
    itt.task_begin(phases, "index")
    parts = [Index() for _ in range(WORKERS)]
    threads = [
        threading.Thread(target=read_and_index, name=f"indexer {i}", args=(files[i::WORKERS], parts[i]))
        for i in range(WORKERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    itt.task_end(phases)

    itt.task_begin(phases, "merge")
    whole = parts[0]
    for part in parts[1:]:
        whole.merge(part)
    itt.task_end(phases)
    return whole


def search(index, root):
    itt.task_begin(phases, "search")
    for query in QUERIES:
        itt.task_begin(phases, "query")
        best = index.search(query)[:3]
        itt.task_end(phases)
        names = ", ".join(str(path.relative_to(root)) for path in best)
        print(f"  {query}: {names or 'nothing'}")
    itt.task_end(phases)


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib"))
    files = find_files(root)
    index = build_index(files)
    print(f"{len(files)} files, {index.words} words, {len(index.files)} of them different")
    search(index, root)


if __name__ == "__main__":
    main()
