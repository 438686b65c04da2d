"""Entity tags of single resources: `"v<version>"`, asked back as If-Match by every edit of a supervisor's object."""

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from app.core.errors import BadRequest, PreconditionRequired

TAG = re.compile(r'\A(?:W/)?"v(\d{1,9})"\Z')


def tag(version: int) -> str:
    """The entity tag of a row version."""
    return f'"v{version}"'


def set_tag(response: Response, version: int) -> None:
    """Put the tag of `version` on the answer."""
    response.headers["ETag"] = tag(version)


IF_MATCH: dict[str, Any] = {"pattern": r'^(W/)?"v[0-9]{1,9}"$', "examples": ['"v3"']}


async def expected_version(
    if_match: Annotated[
        str | None, Header(description='The ETag you read, such as `"v3"`.', max_length=64, json_schema_extra=IF_MATCH)
    ] = None,
) -> int:
    """The version an edit expects to find. Raises PreconditionRequired when the header is missing."""
    if if_match is None:
        raise PreconditionRequired
    found = TAG.match(if_match.strip())
    if found is None:
        raise BadRequest('If-Match must be an ETag such as "v3".', code="malformed_if_match")
    return int(found.group(1))


IfMatch = Annotated[int, Depends(expected_version)]


async def known_version(
    if_match: Annotated[
        str | None,
        Header(description="The ETag you read; leave it out to make the first.", max_length=64, json_schema_extra=IF_MATCH),
    ] = None,
) -> int | None:
    """The version an edit expects to find, None where there should be nothing yet."""
    return None if if_match is None else await expected_version(if_match)


OptionalIfMatch = Annotated[int | None, Depends(known_version)]
