from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.errors import RemoteError


class RemoteErrorTests(SynchronousTestCase):
    def test_an_error_reads_as_sentences_and_ends_with_its_remedy(self) -> None:
        for message, text in (
            ("the modules stop", "the modules stop. Wait."),
            ("Is it there?", "Is it there? Wait."),
            ("1 problem found\n  a problem", "1 problem found\n  a problem\nWait."),
        ):
            self.assertEqual(str(RemoteError(message, "LIGAND_X", "Wait.")), text)
