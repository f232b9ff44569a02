# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.draw): it runs Graphviz on the controller, and touches no host."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible_collections.netns.lab.plugins.plugin_utils.action import LabAction, Result, Vars

#: seconds that the layout may take; a lab of a thousand namespaces takes about one
_PATIENCE = 60


class ActionModule(LabAction):
    """Draws a graph as an SVG file."""

    _requires_connection = False

    def outcome(self, _task_vars: Vars) -> Result:
        """Draw, and write the file if it differs."""
        spec = {"graph": {"type": "str", "required": True}, "path": {"type": "path", "required": True}}
        _checked, options = self.validate_argument_spec(argument_spec=spec)
        path = Path(os.path.abspath(options["path"]))
        program = shutil.which("dot")
        if program is None:
            text = f"{path} is not drawn: the program dot is missing on the controller. Install the package graphviz."
            return {"changed": False, "drawn": False, "path": str(path), "msg": text}
        picture = _svg(program, options["graph"])
        try:
            changed = not (path.is_file() and path.read_bytes() == picture)
            if changed and not self._task.check_mode:
                _write(path, picture)
        except OSError as exc:
            raise AnsibleActionFail(f"cannot write {path}: {exc.strerror}") from exc
        text = f"Picture: {path}{' (check mode: not written)' if changed and self._task.check_mode else ''}"
        return {"changed": changed, "drawn": True, "path": str(path), "msg": text}


def _svg(program: str, graph: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
            [program, "-Tsvg"], input=graph.encode(), capture_output=True, timeout=_PATIENCE, check=True
        )
    except subprocess.TimeoutExpired as exc:
        raise AnsibleActionFail(f"{program} was not ready within {_PATIENCE} seconds") from exc
    except subprocess.CalledProcessError as exc:
        raise AnsibleActionFail(f"{program} refused the graph: {exc.stderr.decode(errors='replace').strip()}") from exc
    return done.stdout


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # a name that nobody can foresee, and a new file: in /tmp somebody else may have put a link in its place
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    half.touch(exist_ok=False)
    try:
        half.write_bytes(content)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
