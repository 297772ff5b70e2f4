"""Gives a room a large state, in the SQLite database of a stopped Synapse.

    fill_room.py DATABASE ROOM_ID MEMBERS LARGE_EVENTS

Joins MEMBERS users of another server to the room, and adds LARGE_EVENTS state events of 48 KB each.

Synapse's API would take minutes for this, so the script writes the rows directly. They're the rows that Synapse would
have written if another server had sent the events before the room's last one. Synapse's own code creates the events and
their ids. They become part of the room's current state and of the state at that last event.
"""

import json
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.events import EventBase, make_event_from_dict

SERVER = "elsewhere.test"
LARGE_BYTES = 48_000


def contents(members: int, large_events: int) -> Iterator[dict[str, Any]]:
    for i in range(members):
        user = f"@user{i:05d}:{SERVER}"
        content = {"membership": "join", "displayname": f"User {i}", "avatar_url": f"mxc://{SERVER}/{i:024d}"}
        yield {"type": "m.room.member", "sender": user, "state_key": user, "content": content}
    for i in range(large_events):
        content = {"number": i, "body": f"{i} " * (LARGE_BYTES // len(f"{i} "))}
        yield {"type": "org.example.large", "sender": f"@user:{SERVER}", "state_key": str(i), "content": content}


def fill(database: sqlite3.Connection, room_id: str, members: int, large_events: int) -> None:
    (version,) = database.execute("SELECT room_version FROM rooms WHERE room_id = ?", (room_id,)).fetchone()
    (state_group,) = database.execute(
        "SELECT state_group FROM event_to_state_groups"
        " JOIN event_forward_extremities USING (event_id) WHERE room_id = ?",
        (room_id,),
    ).fetchone()
    (stream_ordering,) = database.execute("SELECT min(stream_ordering) FROM events").fetchone()
    # Negative, as for backfilled events, so that the events show up in no client's timeline.
    stream_ordering = min(stream_ordering, 0)
    for content in contents(members, large_events):
        stream_ordering -= 1
        event = make_event_from_dict(
            {
                "room_id": room_id,
                "origin_server_ts": 1_700_000_000_000,
                "depth": 1,
                "prev_events": [f"${'p' * 43}"],
                "auth_events": [f"${letter * 43}" for letter in "abc"],
                "hashes": {"sha256": "h" * 43},
                "signatures": {SERVER: {"ed25519:a_abcd": "s" * 86}},
                **content,
            },
            KNOWN_ROOM_VERSIONS[version],
        )
        write(database, event, stream_ordering, state_group)


def write(database: sqlite3.Connection, event: EventBase, stream_ordering: int, state_group: int) -> None:
    membership = event.content.get("membership")
    ids = {"event_id": event.event_id, "room_id": event.room_id}
    key = {"type": event.type, "state_key": event.state_key}
    insert(
        database,
        "events",
        **ids,
        **key,
        topological_ordering=event.depth,
        depth=event.depth,
        stream_ordering=stream_ordering,
        instance_name="master",
        sender=event.sender,
        origin_server_ts=event.origin_server_ts,
        received_ts=event.origin_server_ts,
        processed=True,
        outlier=False,
        contains_url=False,
    )
    insert(
        database,
        "event_json",
        **ids,
        internal_metadata="{}",
        json=json.dumps(event.get_dict()),
        format_version=event.format_version,
    )
    insert(database, "state_events", **ids, **key)
    insert(database, "state_groups_state", state_group=state_group, **ids, **key)
    insert(
        database,
        "current_state_events",
        **ids,
        **key,
        membership=membership,
        event_stream_ordering=stream_ordering,
    )
    if membership is not None:
        insert(
            database,
            "room_memberships",
            **ids,
            user_id=event.state_key,
            sender=event.sender,
            membership=membership,
            display_name=event.content["displayname"],
            avatar_url=event.content["avatar_url"],
            event_stream_ordering=stream_ordering,
        )


def insert(database: sqlite3.Connection, table: str, **row: Any) -> None:
    names, places = ", ".join(row), ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(row.values()))


def main(path: str, room_id: str, members: str, large_events: str) -> None:
    database = sqlite3.connect(path)
    with database:
        fill(database, room_id, int(members), int(large_events))
    database.close()


main(*sys.argv[1:])
