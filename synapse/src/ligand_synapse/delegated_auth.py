"""Checks the modules' hooks when the Matrix Authentication Service manages accounts.

With `matrix_authentication_service:` in homeserver.yaml, Synapse no longer handles logins and
registrations, so it refuses some hooks and never calls others.
"""

import logging
from collections.abc import Iterable
from typing import Any

from synapse.config import ConfigError
from synapse.module_api import ModuleApi

logger = logging.getLogger(__name__)

# Synapse refuses to start with these.
_REFUSED = frozenset(
    {
        "auth_checkers",
        "check_3pid_auth",
        "on_logged_out",
        "get_username_for_registration",
        "get_displayname_for_registration",
        "is_3pid_allowed",
    }
)
_NEVER_CALLED = frozenset({"check_login_for_spam", "on_user_login"})
_LESS = {
    "is_user_expired": "is not asked about requests any more, only for the account status API",
    "check_registration_for_spam": (
        "is asked without mail address, IP address and provider, and a refusal is tried again by "
        "the authentication service"
    ),
}


def is_delegated(api: ModuleApi) -> bool:
    """Returns whether homeserver.yaml delegates authentication."""
    # The module API doesn't say, so this reads internals. If Synapse renames them, we lose only our
    # message: Synapse still refuses password hooks itself.
    config = getattr(getattr(api, "_hs", None), "config", None)
    # Older versions also have the experimental section.
    sections = (("mas",), ("experimental", "msc3861"))
    return any(getattr(_part(config, path), "enabled", False) is True for path in sections)


def check_delegated(hooks: Iterable[str]) -> None:
    """Warns about hooks that delegation disables or limits.

    Raises ConfigError if there are hooks that Synapse would refuse.
    """
    used = set(hooks)
    if refused := sorted(used & _REFUSED):
        raise ConfigError(
            "With `matrix_authentication_service`, Synapse has no password hooks, and the modules "
            f"of `ligand serve` have {', '.join(refused)}. Remove those modules, or let the "
            "authentication service do what they do, by an upstream provider"
        )
    if never := sorted(used & _NEVER_CALLED):
        logger.warning(
            "With `matrix_authentication_service`, Synapse never calls %s", ", ".join(never)
        )
    for name in sorted(used & _LESS.keys()):
        logger.warning("With `matrix_authentication_service`, %s %s", name, _LESS[name])


def _part(config: Any, path: Iterable[str]) -> Any:
    for name in path:
        config = getattr(config, name, None)
    return config
