"""The states of a channel, and when an operator is told of a change between them: once on entering, once on leaving."""

from collections.abc import Mapping
from typing import Final

#: states of a channel that works
WELL: Final = frozenset({"new", "ok"})
#: how many checks in a row must say so before anybody is told; a single hiccup is nobody's business
_TOLD_AFTER: Final[Mapping[str, int]] = {"failing": 3, "no_preview": 2, "changed_layout": 2, "gone": 1, "quiet": 0}

#: every state that a channel can be in
STATES: Final = WELL | _TOLD_AFTER.keys()


def notice_due(told: str, state: str, failures: int) -> bool:
    """Tell whether operators are to be told that a channel is in `state` now.

    Args:
        told: the state that they know.
        state: the state after this check.
        failures: how many checks in a row have failed, this one included.
    """
    if state in WELL:
        return told not in WELL
    return told != state and failures >= _TOLD_AFTER.get(state, 1)
