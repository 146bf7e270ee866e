"""Puts the specs into the wheel as JSON: checked and compiled for the simulator, and for the judge,
which reads them by itself, as they are written. A wrong spec stops the build."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CONTROL = "mock"
"""The spec of our own control API, which no endpoint of a provider has to keep."""


class SpecHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels. An editable install reads the checkout's YAML instead."""

    PLUGIN_NAME = "custom"
    compiled: TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        import orjson
        import yaml

        from mockserver.contract.files import compile_spec

        self.compiled = TemporaryDirectory()
        for source in sorted((root / "specs").glob("*.yaml")):
            compiled = Path(self.compiled.name) / f"{source.stem}.json"
            compiled.write_bytes(orjson.dumps(compile_spec(source)))
            build_data["force_include"][str(compiled)] = f"mockserver/_specs/{compiled.name}"
            if source.stem != CONTROL:
                written = Path(self.compiled.name) / f"{source.stem}-written.json"
                told = yaml.load(source.read_bytes(), Loader=yaml.CSafeLoader)
                written.write_bytes(orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS))
                build_data["force_include"][str(written)] = f"conformance/_specs/{compiled.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self.compiled is not None:
            self.compiled.cleanup()
