"""The Python counterpart of ham.ts, as a module in Synapse's own process."""

from typing import Any

from synapse.module_api import NOT_SPAM, EventBase, ModuleApi
from synapse.module_api.errors import Codes


class Ham:
    def __init__(self, config: dict[str, Any], api: ModuleApi) -> None:
        api.register_spam_checker_callbacks(check_event_for_spam=self.check)

    async def check(self, event: EventBase) -> Any:
        return Codes.FORBIDDEN if event.content.get("body") == "spam" else NOT_SPAM
