"""Whether the parts of a pack name only things that exist, and name them once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from graphlib import CycleError, TopologicalSorter

from app.catalog.domain import Pack, PackOrigin, Published
from app.catalog.pack.finding import Finding, error, warning
from app.catalog.pack.lint.places import file_of


def reference_findings(pack: Pack, today: date | None) -> Iterator[Finding]:
    """Unknown skills and prerequisites, cycles, repeated names, missing sources, content past its review date."""
    if pack.default_language not in pack.languages:
        yield error("pack.yaml", "/languages", "default_language", "the default language is not one of the languages")
    yield from _skills(pack)
    yield from _prerequisites(pack)
    for version in pack.published:
        yield from _repeats(version)
        yield from _sources(version, pack.origin)
        if today is not None and version.review_by is not None and version.review_by < today:
            yield warning(file_of(version), "/review_by", "review_due", "the facts are due for review")


def _skills(pack: Pack) -> Iterator[Finding]:
    known = {skill.id for skill in pack.skills}
    used: set[str] = set()
    for version in pack.published:
        used.update(version.skills)
        for place, skill in enumerate(version.skills):
            if skill not in known:
                yield error(file_of(version), f"/skills/{place}", "unknown_skill", f"pack.yaml has no skill {skill}")
    for skill in sorted(known - used):
        yield warning("pack.yaml", f"/skills/{skill}", "unused_skill", "no content of the pack serves this skill")


def _prerequisites(pack: Pack) -> Iterator[Finding]:
    known = {module.id for module in pack.modules}
    for module in pack.modules:
        for place, wanted in enumerate(module.prerequisites):
            if wanted not in known:
                at = f"/prerequisites/{place}"
                yield error(file_of(module), at, "unknown_prerequisite", f"the pack has no module {wanted}")
    try:
        TopologicalSorter({module.id: module.prerequisites for module in pack.modules}).prepare()
    except CycleError as caught:
        # The cycle comes in the order "is needed by"; told the way an author reads it, "needs".
        cycle: Sequence[str] = caught.args[1][::-1]
        file = f"modules/{cycle[0]}/module.yaml"
        yield error(file, "/prerequisites", "prerequisite_cycle", " needs ".join(cycle))


def _repeats(version: Published) -> Iterator[Finding]:
    for field, names in (("skills", version.skills), ("tags", version.tags)):
        for place, name in enumerate(names):
            if name in names[:place]:
                yield error(file_of(version), f"/{field}/{place}", "repeated", f"{name} is named twice")


def _sources(version: Published, origin: PackOrigin) -> Iterator[Finding]:
    if version.sources:
        return
    report = error if origin is PackOrigin.OFF_THE_SHELF else warning
    yield report(file_of(version), "/sources", "no_source", "names no public source for its facts")
