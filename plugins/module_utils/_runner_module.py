# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Ansible module whose options the model reads: a wrong one is told as any other error of the collection."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail
from ._kernel.lab import interruption
from ._model.errors import LabError
from ._model.reading import module_options


class LabModule(AnsibleModule):
    """A module that has a check mode.

    :param within: what the names of its options begin with in errors, e.g. ``veth`` (str).
    :param options: those of AnsibleModule.

    A signal that asks it to end is answered by an error, as soon as it is no longer in the midst of a plan.

    What follows is Ansible's own reading. It is spared the lists of entries, which it would go through again.
    """

    #: whether it lets signals wait while it changes something, so that one that it hears came before
    reads_first = False

    def __init__(self, within: str = "", **options: Any) -> None:
        self._within = within
        super().__init__(supports_check_mode=True, **options)

    def _set_internal_properties(self, *args: Any, **kwargs: Any) -> None:
        """Read the options, as soon as those that Ansible gives a module are apart from them."""
        super()._set_internal_properties(*args, **kwargs)
        interruption.hear(lambda name: fail(self, interruption.error(name, before=self.reads_first)))
        try:
            self.params = module_options(self.params, self.argument_spec, self._within)
        except LabError as error:
            fail(self, error)
        self.argument_spec = {name: left(form) for name, form in self.argument_spec.items()}

    def exit_json(self, **kwargs: Any) -> None:
        """Give the answer whole."""
        interruption.block()
        super().exit_json(**kwargs)

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """Give the answer whole."""
        interruption.block()
        super().fail_json(msg, **kwargs)


def left(form: dict[str, Any]) -> dict[str, Any]:
    """The form of an option as Ansible has to know it still: entries are read, paths are left for it to complete."""
    entry = form.get("options")
    if entry is None or any("path" in (each["type"], each.get("elements")) for each in entry.values()):
        return form
    return {"type": "raw"}
