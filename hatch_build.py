"""Puts the specs into the wheel, read, checked and compiled to JSON; a wrong spec stops the build."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SpecHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels. An editable install reads the checkout's YAML instead."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        import orjson

        from mockserver.contract.files import compile_spec

        out = Path(self.directory) / "compiled-specs"
        out.mkdir(parents=True, exist_ok=True)
        for source in sorted((root / "specs").glob("*.yaml")):
            compiled = out / f"{source.stem}.json"
            compiled.write_bytes(orjson.dumps(compile_spec(source)))
            build_data["force_include"][str(compiled)] = f"mockserver/_specs/{compiled.name}"
