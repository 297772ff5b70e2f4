from synapse.config import ConfigError
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.supported import check_oldest, warn_of_newer


class SupportedTests(SynchronousTestCase):
    def test_a_synapse_that_is_too_old_does_not_start(self) -> None:
        for version in ("1.138.4", "1.99.0", "0.34.1", "1.138.0rc2"):
            error = self.assertRaises(ConfigError, check_oldest, version)
            self.assertEqual(
                error.msg,
                f"ligand_synapse needs Synapse 1.139 or newer, and this is Synapse {version}. "
                "Upgrade Synapse, or remove ligand_synapse.LigandModules from `modules`",
            )

    def test_supported_versions_of_synapse_and_newer_ones_start(self) -> None:
        for version in ("1.139.0", "1.163.2", "1.170.0rc1", "2.0.0", "develop"):
            check_oldest(version)

    def test_an_untested_newer_synapse_is_warned_about(self) -> None:
        with self.assertLogs("ligand_synapse.supported", "WARNING") as logs:
            warn_of_newer("1.164.0rc1")
        self.assertEqual(
            [record.getMessage() for record in logs.records],
            [
                "ligand_synapse is tested with Synapse 1.139 to 1.163, and this is Synapse "
                "1.164.0rc1: watch this log after the upgrade, or look for a newer ligand_synapse"
            ],
        )

    def test_a_tested_synapse_is_not_warned_about(self) -> None:
        with self.assertNoLogs("ligand_synapse.supported"):
            for version in ("1.139.0", "1.163.9", "develop"):
                warn_of_newer(version)
