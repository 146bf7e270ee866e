"""What is suggested is short and would be allowed; of what is valid nothing is said."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract import lexicon
from mockserver.contract.model import Json, Operation
from mockserver.contract.suggest import MOST
from tests.contract.suggest_steps import OPERATIONS, URL, adviser, call_of, checker, suggested

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "requests"


def fixtures(kind: str) -> list[Path]:
    return sorted(FIXTURES.glob(f"*/*/{kind}/*.json"))


@pytest.mark.parametrize("file", fixtures("valid"), ids=lambda file: "/".join(file.parts[-4:]))
def test_what_is_valid_needs_no_suggestion(file: Path) -> None:
    provider, name = file.parts[-4], file.parts[-3]
    fixture = json.loads(file.read_text())
    operation = checker(provider).contract.operation(name)
    body, query = fixture.get("body"), fixture.get("query") or {}
    texts = {key: str(value) for key, value in query.items()}
    call = call_of(operation, body, query=texts)
    found = [one.say for one in adviser(provider).content(operation, call)]
    # Recorded as it was: the client meant the list, and its picture was ignored.
    known = ["imageUrl looks like imageUrls"] if file.stem == "client-node" else []
    assert found in ([], known)


texts = st.text(max_size=12) | st.sampled_from(["8s", "true", URL, "veo3.1", "16x9", "1080p", ""])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
known = [field for one in OPERATIONS for field in lexicon.all_fields().of(one)]
names = st.sampled_from(sorted({field.name for field in known}))
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(names | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(OPERATIONS),
    values,
    st.dictionaries(names | st.text(max_size=8), texts, max_size=3),
)
def test_anything_at_all_gets_few_and_short_suggestions(
    operation: Operation, body: Json, query: dict[str, str]
) -> None:
    try:
        call = call_of(operation, body, query=query, headers=query)
    except orjson.JSONEncodeError:  # lone surrogates and large integers are no JSON of ours
        return
    own = adviser(operation.provider)
    violations = checker(operation.provider).call(operation, call)
    found = [
        *own.content(operation, call, violations),
        *own.content(operation, call, refused="/duration"),
        *own.admission(operation, call),
        *own.elsewhere(operation.method, "/".join(query)),
    ]
    assert len(found) <= 3 * MOST
    for one in found:
        assert 0 < len(one.say) < 700
        assert orjson.dumps(one._asdict())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["kie.generate", "pictory.create_video", "ltx.text_to_video_v2"]), st.data())
def test_what_is_suggested_instead_is_always_allowed(where: str, data: st.DataObject) -> None:
    provider, _, name = where.partition(".")
    operation = checker(provider).contract.operation(name)
    fields = [one.name for one in lexicon.all_fields().of(operation) if len(one.path) == 1]
    field = data.draw(st.sampled_from(fields))
    body = {field: data.draw(scalars)}
    try:
        found = suggested(provider, name, body)
    except orjson.JSONEncodeError:
        return
    for one in found:
        head, sent, rest = one.say.partition(": send ")
        better = rest.partition(" instead of ")[0].partition(" or ")[0]
        if sent and "…" not in better:
            call = call_of(operation, {head: orjson.loads(better)})
            broken = checker(provider).call(operation, call)
            assert not [bad for bad in broken if bad.pointer.startswith(f"/{head}")]
