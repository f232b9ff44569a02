# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program netns-lab: what a unit runs at boot, and what an administrator on the host has at hand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ..._engine.boot.command import EXITS, SUBCOMMANDS, Asked, run
from ..._engine.boot.stored import FOLDER
from .store import LocalStore

_ABOUT = f"Labs of network namespaces, stored in {FOLDER}."


class _Terminal:
    """Implements :class:`..._engine.boot.command.Terminal`."""

    def out(self, text: str) -> None:
        """Print what was asked for.

        :param text: whole lines (str).
        """
        sys.stdout.write(text)

    def err(self, text: str) -> None:
        """Print an error or a warning.

        :param text: one line, without its end (str).
        """
        sys.stderr.write(f"netns-lab: {text}\n")


def main(arguments: Sequence[str]) -> int:
    """Carry out one subcommand.

    :param arguments: the command line without the program's name (str).
    :returns: the exit code.
    """
    parser = argparse.ArgumentParser("netns-lab", description=_ABOUT, epilog=EXITS)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND", dest="verb")
    for name, subcommand in SUBCOMMANDS.items():
        verb = verbs.add_parser(name, help=subcommand.help, description=subcommand.help)
        verb.add_argument("--json", action="store_true", help="print JSON")
        if subcommand.names:
            verb.add_argument("names", nargs=subcommand.names, metavar="name", help="name of a lab")
    parsed = parser.parse_args(list(arguments))
    return run(parsed.verb, Asked(getattr(parsed, "names", ()), parsed.json), LocalStore(), _Terminal())
