# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists of a lab among the options of a module: in ``definition``, or beside it. Pure."""

from __future__ import annotations

from ..errors import InvalidArgument
from ..reading import Options, module_options, option
from .kinds import KINDS
from .spec import list_specs


def lists_of(options: Options) -> Options:
    """The lists that were given, as they were given.

    :param options: those of ``topology`` or of ``persistence`` (dict).
    :returns: entries by the name of their list, those of no list that was not given.
    :raises InvalidArgument: for lists beside a ``definition``, or one in it that ``topology`` does not have.
    """
    beside = {name: options[name] for name in KINDS if options.get(name) is not None}
    if options.get("definition") is None:
        return beside
    if beside:
        found = f"definition and {', '.join(beside)}"
        remedy = "Move these lists into definition, or omit definition."
        raise InvalidArgument("definition", "all lists in definition, or none", found, remedy)
    given = option("definition", "definition", options["definition"], {"type": "dict"})
    for name in given:
        if name not in KINDS:
            wanted = f"the lists of netns.lab.topology ({', '.join(KINDS)})"
            raise InvalidArgument(f"definition.{name}", wanted, "no list of this name", "Correct the name.")
    return {name: entries for name, entries in given.items() if entries is not None}


def typed_lists_of(options: Options) -> Options:
    """The lists that were given, each option of each entry of its type and with its default.

    Lists beside a ``definition`` are taken to be so already: the module's own argument spec has read them.

    :param options: those of ``topology`` or of ``persistence`` (dict).
    :raises InvalidArgument: as :func:`lists_of`, or for an entry that does not have the form of its list.
    """
    lists = lists_of(options)
    return lists if options.get("definition") is None else module_options(lists, list_specs())
