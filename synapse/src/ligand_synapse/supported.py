"""Which versions of Synapse the bridge works with."""

import importlib.metadata
import logging
import re

from synapse.config import ConfigError

logger = logging.getLogger(__name__)

# Synapse has had all of the hooks since this version; the tests run with it, too.
OLDEST = (1, 139)
# The newest version that the tests run with.
NEWEST_TESTED = (1, 163)

SYNAPSE_VERSION = importlib.metadata.version("matrix-synapse")


def check_oldest(version: str = SYNAPSE_VERSION) -> None:
    """Raises ConfigError for a Synapse that is too old. Synapse prints it, and doesn't start."""
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
    """The first two numbers of a version, such as 1.163.2 or 1.164.0rc1.

    What isn't such a version is one of Synapse's own development, and as new as can be.
    """
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else NEWEST_TESTED


def _name(release: tuple[int, int]) -> str:
    return ".".join(map(str, release))
