# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists of a lab among the options of a module: in ``definition``, or beside it, or in the file ``src``. Pure."""

from __future__ import annotations

from ..errors import InvalidArgument
from ..reading import Options, module_options, option
from .kinds import KINDS
from .spec import list_specs


def lists_of(options: Options) -> Options:
    """The lists that were given, as they were given.

    :param options: those of ``topology`` or of ``persistence`` (dict).
    :returns: entries by the name of their list, those of no list that was not given.
    :raises InvalidArgument: for lists beside a ``definition``, one in it that ``topology`` does not have, or a file of
        the controller.
    """
    only_one_form(options)
    if options.get("src") is not None:
        remedy = "Call the module by its full name: its action plugin on the controller reads the file."
        raise InvalidArgument("src", "a definition", "a file of the controller", remedy)
    if options.get("definition") is None:
        return _beside(options)
    given = option("definition", "definition", options["definition"], {"type": "dict"})
    for name in given:
        if name not in KINDS:
            wanted = f"the lists of netns.lab.topology ({', '.join(KINDS)})"
            raise InvalidArgument(f"definition.{name}", wanted, "no list of this name", "Correct the name.")
    return {name: entries for name, entries in given.items() if entries is not None}


def only_one_form(options: Options) -> None:
    """Refuse a lab that is given in more than one form.

    :param options: those of ``topology`` or of ``persistence`` (dict).
    :raises InvalidArgument: for two of ``src``, ``definition`` and the lists.
    """
    beside = ", ".join(_beside(options))
    whole = [name for name in ("src", "definition") if options.get(name) is not None]
    if len(whole) > 1:
        raise InvalidArgument("src", "src or definition", "both", "Omit one of them.")
    if whole and beside:
        remedy = f"Move these lists into {whole[0]}, or omit {whole[0]}."
        raise InvalidArgument(whole[0], f"all lists in {whole[0]}, or none", f"{whole[0]} and {beside}", remedy)


def _beside(options: Options) -> Options:
    return {name: options[name] for name in KINDS if options.get(name) is not None}


def typed_lists_of(options: Options) -> Options:
    """The lists that were given, each option of each entry of its type and with its default.

    Lists beside a ``definition`` are taken to be so already: the module's own argument spec has read them.

    :param options: those of ``topology`` or of ``persistence`` (dict).
    :raises InvalidArgument: as :func:`lists_of`, or for an entry that does not have the form of its list.
    """
    lists = lists_of(options)
    return lists if options.get("definition") is None else module_options(lists, list_specs())
