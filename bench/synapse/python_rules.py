"""The Python counterpart of rules.ts, as a module in Synapse's own process."""

from typing import Any

from synapse.module_api import EventBase, ModuleApi, StateMap


class Rules:
    def __init__(self, config: dict[str, Any], api: ModuleApi) -> None:
        api.register_third_party_rules_callbacks(check_event_allowed=self.check, on_new_event=self.notice)

    async def check(self, event: EventBase, state: StateMap[EventBase]) -> tuple[bool, None]:
        return may_ban(event, state), None

    async def notice(self, event: EventBase, state: StateMap[EventBase]) -> None:
        may_ban(event, state)


def may_ban(event: EventBase, state: StateMap[EventBase]) -> bool:
    ban = state["m.room.power_levels", ""].content.get("ban")
    membership = state["m.room.member", event.sender].content.get("membership")
    return membership == "join" and isinstance(ban, int)
