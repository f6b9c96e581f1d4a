"""/api/custom-fields/ over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from factories import Account

URL = "/api/custom-fields/"
COLOUR = {"name": "colour", "label": "Colour", "data_type": "list", "list_values": ["red", "green"]}
DEFAULTS = {
    "help_text": "",
    "max_length": None,
    "decimal_places": None,
    "empty_selection_list": False,
    "list_values": [],
    "ordering": None,
    "required": False,
    "staff_only": False,
}


async def define(client: httpx.AsyncClient, agent: Account, **values: Any) -> dict[str, Any]:
    """A field defined over HTTP."""
    made = await client.post(URL, headers=agent.token, json=values)
    assert made.status_code == 201, made.text
    return made.json()


async def test_name_label_and_type_define_a_field(client: httpx.AsyncClient, agent: Account) -> None:
    field = await define(client, agent, name="size", label="Size", data_type="varchar")
    assert field == {**DEFAULTS, "id": field["id"], "name": "size", "label": "Size", "data_type": "varchar"}
    found = await client.get(f"{URL}{field['id']}", headers=agent.token)
    assert (found.status_code, found.json()) == (200, field)


async def test_forms_carry_the_choices_as_json(client: httpx.AsyncClient, agent: Account) -> None:
    sent = {**COLOUR, "list_values": '["red", " green "]', "required": "true", "max_length": "", "ordering": "3"}
    made = await client.post(URL, headers=agent.token, data=sent)
    assert (made.status_code, made.json()) == (
        201,
        {**DEFAULTS, **COLOUR, "id": made.json()["id"], "required": True, "ordering": 3},
    )
    empty = {"name": "size", "label": "Size", "data_type": "varchar", "list_values": ""}
    plain = await client.post(URL, headers=agent.token, data=empty)
    assert (plain.status_code, plain.json()["list_values"]) == (201, [])


async def test_every_wrong_value_is_told_at_once(client: httpx.AsyncClient, agent: Account) -> None:
    sent = {
        "name": "no slug!",
        "label": "",
        "help_text": None,
        "data_type": "colour",
        "max_length": 0,
        "decimal_places": 101,
        "empty_selection_list": "maybe",
        "list_values": "red, green",
        "ordering": "first",
        "required": None,
    }
    refused = await client.post(URL, headers=agent.token, json=sent)
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "name": ['Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'],
            "label": ["This field may not be blank."],
            "help_text": ["This field may not be null."],
            "data_type": ['"colour" is not a valid choice.'],
            "max_length": ["Ensure this value is greater than or equal to 1."],
            "decimal_places": ["Ensure this value is less than or equal to 100."],
            "empty_selection_list": ["Must be a valid boolean."],
            "list_values": ['Expected a list of items but got type "str".'],
            "ordering": ["A valid integer is required."],
            "required": ["This field may not be null."],
        },
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "A list needs at least one value."),
        ("[]", "A list needs at least one value."),
        ({"red": 1}, 'Expected a list of items but got type "dict".'),
        (["red", ""], "Item 2: This field may not be blank."),
        (["red", " red"], "Item 2: It is in the list already."),
        (["red", None], "Item 2: Not a valid string."),
        (["x" * 201], "Item 1: Ensure this field has no more than 200 characters."),
        (["\ud800"], "Item 1: Surrogate characters are not allowed: U+D800."),
        ([str(number) for number in range(1001)], "Ensure this field has no more than 1000 elements."),
        ("[" * 100_000, 'Expected a list of items but got type "str".'),
    ],
)
async def test_choices_are_different_texts(
    client: httpx.AsyncClient, agent: Account, values: object, message: str
) -> None:
    body = json.dumps({**COLOUR, "list_values": values}).encode()
    refused = await client.post(URL, headers={**agent.token, "Content-Type": "application/json"}, content=body)
    assert (refused.status_code, refused.json()) == (400, {"list_values": [message]})


async def test_a_taken_name_is_told_with_the_rest(client: httpx.AsyncClient, agent: Account) -> None:
    await define(client, agent, **COLOUR)
    refused = await client.post(URL, headers=agent.token, json={"name": "colour", "data_type": "list"})
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "name": ["custom field with this name already exists."],
            "label": ["This field is required."],
            "list_values": ["A list needs at least one value."],
        },
    )


async def test_patch_and_put_change_what_they_name(client: httpx.AsyncClient, agent: Account) -> None:
    field = await define(client, agent, **COLOUR)
    url = f"{URL}{field['id']}/"
    changed = await client.patch(url, headers=agent.token, json={"list_values": ["green", "blue"], "ordering": 2})
    assert (changed.status_code, changed.json()) == (200, {**field, "list_values": ["green", "blue"], "ordering": 2})
    by_form = await client.patch(url, headers=agent.token, data={"help_text": "Of the case", "ordering": ""})
    assert by_form.json() == {**field, "list_values": ["green", "blue"], "help_text": "Of the case"}
    incomplete = await client.put(url, headers=agent.token, json={"label": "Hue"})
    assert incomplete.json() == {"name": ["This field is required."], "data_type": ["This field is required."]}
    put = await client.put(url, headers=agent.token, json={**COLOUR, "label": "Hue"})
    assert (put.status_code, put.json()) == (200, {**field, "label": "Hue", "help_text": "Of the case"})


async def test_plain_users_see_what_is_not_staff_s_own(
    client: httpx.AsyncClient, agent: Account, requester: Account
) -> None:
    public = await define(client, agent, name="size", label="Size", data_type="varchar")
    hidden = await define(client, agent, name="cost", label="Cost", data_type="decimal", staff_only=True)
    found = await client.get(URL, headers=requester.token)
    assert found.json() == {"count": 1, "next": None, "previous": None, "results": [public]}
    secret = await client.get(f"{URL}{hidden['id']}/", headers=requester.token)
    assert (secret.status_code, secret.json()) == (404, {"detail": "No CustomField matches the given query."})
    for method in ("PUT", "PATCH", "DELETE"):
        answers = [
            await client.request(method, f"{URL}{number}/", headers=requester.token)
            for number in (public["id"], hidden["id"], 99999)
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (await client.post(URL, headers=requester.token, json=COLOUR)).status_code == 403
    assert (await client.get(URL)).status_code == 401


async def test_a_deleted_field_is_gone(client: httpx.AsyncClient, agent: Account) -> None:
    field = await define(client, agent, **COLOUR)
    url = f"{URL}{field['id']}/"
    assert (await client.delete(url, headers=agent.token)).status_code == 204
    assert (await client.get(url, headers=agent.token)).status_code == 404
    assert (await client.delete(url, headers=agent.token)).status_code == 404
