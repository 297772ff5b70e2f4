"""The Python counterpart of fields.ts, as a module in Synapse's own process."""

import json
from typing import Any

from synapse.module_api import EventBase, JsonDict, ModuleApi


class Fields:
    def __init__(self, config: dict[str, Any], api: ModuleApi) -> None:
        api.register_add_extra_fields_to_unsigned_client_event_callbacks(add_field_to_unsigned_callback=self.add)

    async def add(self, event: EventBase) -> JsonDict:
        return {"org.example.length": len(json.dumps(dict(event.content)))}
