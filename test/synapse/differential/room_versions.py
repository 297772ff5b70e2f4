"""Shows how the installed Synapse interprets events in rooms of each version.

Reads a JSON list of `{version, dict}` from stdin. Writes an object with the known `versions` and
`events`, a list of `{eventId, roomId, redacts, prevEventIds, authEventIds, pruned}`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.events import make_event_from_dict
from synapse.events.utils import prune_event


def seen(version: str, wire: dict[str, Any]) -> dict[str, Any]:
    event = make_event_from_dict(wire, KNOWN_ROOM_VERSIONS[version])
    # Synapse leaves `unsigned` empty or with members that aren't part of the event.
    pruned = {key: value for key, value in prune_event(event).get_dict().items() if key != "unsigned"}
    return {
        "eventId": event.event_id,
        "roomId": event.room_id,
        "redacts": event.redacts,
        "prevEventIds": list(event.prev_event_ids()),
        "authEventIds": list(event.auth_event_ids()),
        "pruned": pruned,
    }


answers = [seen(each["version"], each["dict"]) for each in json.load(sys.stdin)]
json.dump({"versions": sorted(KNOWN_ROOM_VERSIONS), "events": answers}, sys.stdout)
