# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the loader looks for the libraries of a program that gains capabilities, on files in memory."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities.effect import Unfound
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities.libraries import Libraries
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities.elf import Machine, Program

GLIBC, MUSL = "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"


class Files(dict[str, str]):
    """Path -> content."""

    noted = b""
    reads = 0

    def exists(self, path: str) -> bool:
        return path in self

    def matching(self, pattern: str) -> list[str]:
        folders = {path.rsplit("/", count)[0] for path in self for count in range(1, path.count("/"))}
        depth = pattern.count("/")
        return [path for path in {*self, *folders} if path.count("/") == depth and fnmatch(path, pattern)]

    def real(self, path: str) -> str:
        return path

    def text(self, path: str) -> str:
        self.reads += 1
        return self.get(path, "")

    def cache(self) -> bytes:
        return self.noted


def program(*needed: str, runpath: str | None = None, loader: str = GLIBC) -> Program:
    return Program(Machine(64, "<", 62), 3, loader, needed, None, runpath, 0)


def unfound(files: Files, *needed: str, real: str = "/opt/app/bin/tool", **options: Any) -> list[Unfound]:
    return Libraries(files).unfound(real, program(*needed, **options))


@pytest.mark.parametrize(
    ("path", "runpath"),
    [
        ("/usr/lib/libgreet.so", None),
        ("/lib/x86_64-linux-gnu/libgreet.so", None),
        ("/lib64/libgreet.so", None),
        ("/opt/lib/libgreet.so", "/opt/lib"),
        ("/opt/lib64/libgreet.so", "/opt/$LIB"),
        ("/opt/lib/x86_64-linux-gnu/libgreet.so", "/opt/${LIB}"),
    ],
)
def test_what_is_found(path: str, runpath: str | None) -> None:
    assert unfound(Files({path: ""}), "libgreet.so", runpath=runpath) == []
    assert unfound(Files(), "libgreet.so", runpath=runpath) == [Unfound(["libgreet.so"], "", "", False)]


@pytest.mark.parametrize(
    ("real", "runpath", "found"),
    [
        ("/opt/app/bin/tool", "$ORIGIN/../lib", False),
        ("/opt/app/bin/tool", "${ORIGIN}/../lib", False),
        ("/usr/lib/app/bin/tool", "$ORIGIN/../lib", True),
        ("/usr/library/bin/tool", "$ORIGIN/../lib", False),
        ("/usr/lib/app/bin/tool", "$ORIGINAL/../lib", False),
        ("/usr/lib/app/bin/tool", "x$ORIGIN/../lib", False),
        ("/usr/lib/app/bin/tool", "$ORIGIN../lib", False),
    ],
)
def test_origin_counts_within_the_folders_of_the_system_alone(real: str, runpath: str, found: bool) -> None:
    beside = real.rsplit("/", 2)[0] + "/lib"
    told = unfound(Files({f"{beside}/libgreet.so": ""}), "libgreet.so", real=real, runpath=runpath)
    assert (told == []) == found
    if runpath.startswith("$ORIGIN/"):
        assert told == ([] if found else [Unfound(["libgreet.so"], runpath, beside, False)])


def test_what_a_program_says_is_no_pattern() -> None:
    files = Files({"/opt/a/libgreet.so": ""})
    assert unfound(files, "libgreet.so", real="/opt/*/tool", runpath="$ORIGIN") == [
        Unfound(["libgreet.so"], "", "", False)
    ]


def test_what_is_lost_by_one_entry_is_told_together() -> None:
    files = Files({"/opt/app/lib/libone.so": "", "/opt/app/lib/libtwo.so": ""})
    told = unfound(files, "libone.so", "libnone.so", "libtwo.so", runpath="$ORIGIN/../lib")
    assert told == [
        Unfound(["libone.so", "libtwo.so"], "$ORIGIN/../lib", "/opt/app/lib", False),
        Unfound(["libnone.so"], "", "", False),
    ]


def test_what_ldconfig_noted_is_found() -> None:
    files = Files()
    files.noted = b"x\0libgreet.so\0"
    assert unfound(files, "libgreet.so") == []
    assert unfound(files, "greet.so.1") != []


def test_the_folder_of_a_loader_that_is_not_the_systems() -> None:
    assert unfound(Files({"/opt/glibc/libgreet.so": ""}), "libgreet.so", loader="/opt/glibc/ld-linux.so.2") == []
    assert unfound(Files(), "libgreet.so", loader="/opt/other") == []  # no loader that we know


def test_ld_so_conf() -> None:
    files = Files(
        {
            "/etc/ld.so.conf": "# /no\n/a # more\ninclude ld.so.conf.d/*.conf\nhwcap 1 x\n/b:/c,/d\n",
            "/etc/ld.so.conf.d/2.conf": "/two=libc6\ninclude /etc/ld.so.conf\n",
            "/etc/ld.so.conf.d/1.conf": "/one\n",
            "/etc/ld.so.conf.d/3.txt": "/no\n",
        }
    )
    folders = ["/a", "/one", "/two", "/b", "/c", "/d", "/no"]
    files.update({f"{folder}/lib{folder[1:]}.so": "" for folder in folders})
    libraries = Libraries(files)
    told = libraries.unfound("/opt/tool", program(*(f"lib{folder[1:]}.so" for folder in folders)))
    assert told == [Unfound(["libno.so"], "", "", False)]
    reads = files.reads
    libraries.unfound("/opt/other", program("liba.so"))
    assert files.reads == reads, "what all programs share is read once"


def test_musl() -> None:
    files = Files({"/usr/local/lib/libgreet.so": "", "/opt/lib/libown.so": ""})
    assert unfound(files, "libgreet.so", "libc.musl-x86_64.so.1", loader=MUSL) == []
    assert unfound(files, "libown.so", loader=MUSL, runpath="/opt/lib") == []
    # with $ORIGIN anywhere in it musl leaves all of the path out
    assert unfound(files, "libown.so", loader=MUSL, runpath="$ORIGIN/none:/opt/lib") == [
        Unfound(["libown.so"], "", "", True)
    ]
    files["/etc/ld-musl-x86_64.path"] = "/one:/opt/lib\n"
    assert unfound(files, "libown.so", loader=MUSL) == []
    assert unfound(files, "libgreet.so", loader=MUSL) == [Unfound(["libgreet.so"], "", "", True)]
