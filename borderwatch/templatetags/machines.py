"""Words for the page that describes the API."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


def name_of_reference(address: str) -> str:
    """The last part of "#/components/schemas/Name"."""
    return address.rpartition("/")[2]


@register.filter
def kind(schema: Mapping[str, Any] | None) -> str:
    """A JSON schema in a few words: "string (uuid)", "list of IncidentRow", "one of: low, high"."""
    if not schema:
        return ""
    if "$ref" in schema:
        return name_of_reference(schema["$ref"])
    if combined := schema.get("allOf") or schema.get("oneOf"):
        return " or ".join(kind(one) for one in combined)
    if "enum" in schema:
        return "one of: " + ", ".join(str(value) for value in schema["enum"] if value not in ("", None))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items'))}"
    words = str(schema.get("type", "any"))
    if form := schema.get("format"):
        words += f" ({form})"
    return words + (" or null" if schema.get("nullable") else "")
