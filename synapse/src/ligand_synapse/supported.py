"""Checks that the bridge supports the installed version of Synapse."""

import importlib.metadata
import logging
import re

from synapse.config import ConfigError

logger = logging.getLogger(__name__)

# The first version that has every hook. The tests run with this one and the newest.
OLDEST = (1, 139)
# The newest version that the tests run with.
NEWEST_TESTED = (1, 163)

SYNAPSE_VERSION = importlib.metadata.version("matrix-synapse")


def check_oldest(version: str = SYNAPSE_VERSION) -> None:
    """Raises ConfigError if Synapse is too old. Synapse prints the message and doesn't start."""
    if _release(version) < OLDEST:
        raise ConfigError(
            f"ligand_synapse needs Synapse {_name(OLDEST)} or newer, and this is Synapse "
            f"{version}. Upgrade Synapse, or remove ligand_synapse.LigandModules from `modules`"
        )


def warn_of_newer(version: str = SYNAPSE_VERSION) -> None:
    if _release(version) > NEWEST_TESTED:
        logger.warning(
            "ligand_synapse is tested with Synapse %s to %s, and this is Synapse %s: "
            "watch this log after the upgrade, or look for a newer ligand_synapse",
            _name(OLDEST),
            _name(NEWEST_TESTED),
            version,
        )


def _release(version: str) -> tuple[int, int]:
    """Returns the first two numbers of a version such as 1.163.2 or 1.164.0rc1.

    Anything else is a development version, which counts as the newest.
    """
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else NEWEST_TESTED


def _name(release: tuple[int, int]) -> str:
    return ".".join(map(str, release))
