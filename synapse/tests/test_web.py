from base64 import b64encode
from io import BytesIO
from typing import Any, cast

from synapse.module_api import SynapseRequest
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from ligand_synapse import bridge
from ligand_synapse.bridge import Bridge
from ligand_synapse.config import parse_config
from ligand_synapse.connection import Connection, Session
from ligand_synapse.errors import RefusedCall
from ligand_synapse.handles import CHUNK_BYTES, PeerHandles
from ligand_synapse.releases import Releases
from ligand_synapse.time_limit import TimeLimit
from ligand_synapse.web import ResponseWriter
from ligand_synapse.web_response import WebResponse

from .test_wire import no_answer


def wire(text: bytes) -> str:
    return b64encode(text).decode("ascii")


class FakeRequest:
    """A request that records what's written to it and which producer is registered."""

    def __init__(self, method: bytes = b"GET") -> None:
        self.method = method
        self.responseHeaders = Headers()
        # Twisted's default for a response without a Content-Type.
        self.defaultContentType = b"text/html"
        self.channel: object | None = self
        self.status = 0
        self.written: list[bytes] = []
        self.producer: Any = None
        self.finished = False

    def setResponseCode(self, status: int) -> None:
        self.status = status

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def finish(self) -> None:
        self.finished = True


class FakeSession:
    """A session that answers reads of the body when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.pieces: list[Deferred[Any]] = []
        self.released: list[list[int]] = []

        def tell(method: str, params: dict[str, Any]) -> None:
            self.released.append(params["ids"])

        releases = Releases(tell, lambda call: call())
        self.handles = PeerHandles("https://example.org/", no_answer, releases, 1)

    async def ask(self, method: str, params: Any, timeout: Any, **_: Any) -> Any:
        self.asked.append((method, params))
        piece: Deferred[Any] = Deferred()
        if isinstance(timeout, TimeLimit):
            timeout.apply_to(piece)
        self.pieces.append(piece)
        return await piece


class ResponseWriterTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.session = FakeSession()

    def write(
        self,
        body: Any,
        headers: Any = (),
        request: FakeRequest | None = None,
        status: int = 200,
    ) -> "tuple[FakeRequest, Deferred[None]]":
        request = request or FakeRequest()
        answer = {"status": status, "headers": headers, "body": body}
        response = WebResponse(cast(Session, self.session), answer)
        writer = ResponseWriter(cast(SynapseRequest, request))
        return request, ensureDeferred(writer.write(response))

    def test_a_whole_body_is_written_with_its_length(self) -> None:
        request, done = self.write({"start": wire(b"hello"), "rest": None}, [["x-a", "b"]])
        self.successResultOf(done)
        self.assertEqual((request.written, request.finished), ([b"hello"], True))
        self.assertEqual(
            dict(request.responseHeaders.getAllRawHeaders()),
            {b"X-A": [b"b"], b"Content-Length": [b"5"]},
        )

    def test_a_response_without_a_body_has_the_length_that_the_module_gives(self) -> None:
        request, done = self.write(None, [["content-length", "7"]], FakeRequest(b"HEAD"))
        self.successResultOf(done)
        lengths = request.responseHeaders.getRawHeaders(b"Content-Length")
        self.assertEqual(lengths, [b"7"])

    def test_a_status_that_allows_no_body_gets_no_length(self) -> None:
        for status in (204, 304):
            request, done = self.write(None, status=status)
            self.successResultOf(done)
            self.assertEqual(dict(request.responseHeaders.getAllRawHeaders()), {})

    def test_bytes_are_not_served_as_a_page(self) -> None:
        request = FakeRequest()
        self.write({"start": wire(b"<script>"), "rest": None}, request=request)
        self.assertEqual(request.defaultContentType, b"application/octet-stream")

    def test_each_piece_of_a_body_is_written_as_it_arrives(self) -> None:
        request, done = self.write({"start": "", "rest": 5})
        # An empty write sends the head.
        self.assertEqual(request.written, [b""])
        self.session.pieces[0].callback(wire(b"one"))
        self.assertEqual(request.written, [b"", b"one"])
        self.session.pieces[1].callback("")
        self.successResultOf(done)
        self.assertEqual(self.session.asked, [("ligand/readBody", {"id": 5})] * 2)
        self.assertTrue(request.finished)

    def test_no_more_is_read_than_the_client_accepts(self) -> None:
        request, _ = self.write({"start": "", "rest": 5})
        request.producer.pauseProducing()
        self.session.pieces[0].callback(wire(b"one"))
        self.assertEqual(len(self.session.asked), 1)
        request.producer.resumeProducing()
        self.assertEqual(len(self.session.asked), 2)

    def test_a_response_stops_when_cancelled_while_the_client_is_slow(self) -> None:
        request, done = self.write({"start": "", "rest": 5})
        producer = request.producer
        producer.pauseProducing()
        self.session.pieces[0].callback(wire(b"one"))
        request.channel = None
        done.cancel()
        self.failureResultOf(done, CancelledError)
        producer.stopProducing()
        producer.resumeProducing()
        self.assertEqual((len(self.session.asked), request.finished), (1, False))


class ARequest:
    method = b"POST"
    uri = b"/x"

    def __init__(self, content: Any) -> None:
        self.requestHeaders = Headers()
        self.content = content


class FetchTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.session = FakeSession()
        session = self.session

        class Connected:
            async def session(self, timeout: float) -> Any:
                return session

        self.bridge = Bridge(parse_config({"socket": "/x.sock"}), cast(Connection, Connected()), {})

    def fetch(self, size: int) -> "Deferred[list[bytes]]":
        async def read() -> list[bytes]:
            async with self.bridge.fetch(ARequest(BytesIO(b"x" * size))) as response:
                assert response is not None
                pieces = [response.start]
                while not response.is_read:
                    pieces.append(await response.read_on())
                return pieces

        return ensureDeferred(read())

    def test_the_request_body_stays_readable_until_the_response_is_complete(self) -> None:
        done = self.fetch(CHUNK_BYTES + 3)
        ((_, params),) = self.session.asked
        request = params["request"]
        self.assertEqual(request["body"]["rest"], request["id"])
        self.session.pieces[0].callback(
            {"status": 200, "headers": [], "body": {"start": "", "rest": 9}}
        )
        self.assertEqual(self.session.handles.read_body(request["id"]), wire(b"xxx"))
        self.assertEqual(self.session.handles.read_body(request["id"]), "")
        self.session.pieces[1].callback("")
        self.successResultOf(done)
        self.assertRaises(RefusedCall, self.session.handles.read_body, request["id"])
        self.assertEqual(self.session.released, [])

    def test_the_timeout_restarts_with_each_piece_of_the_request_body(self) -> None:
        clock = Clock()
        self.patch(bridge, "clock", clock)
        done = self.fetch(3 * CHUNK_BYTES)
        ((_, params),) = self.session.asked
        clock.advance(9)
        self.session.handles.read_body(params["request"]["id"])
        clock.advance(9)
        self.assertNoResult(done)
        clock.advance(1)
        self.failureResultOf(done, DeferredTimeout)

    def test_an_unread_body_is_released(self) -> None:
        done = self.fetch(0)
        self.session.pieces[0].callback(
            {"status": 200, "headers": [], "body": {"start": "", "rest": 9}}
        )
        done.cancel()
        self.failureResultOf(done, CancelledError)
        self.assertEqual(self.session.released, [[9]])

    def test_a_response_that_arrives_too_late_is_released(self) -> None:
        late = {"status": 200, "headers": [], "body": {"start": "", "rest": 9}}
        self.session.handles.discard(late)
        self.assertEqual(self.session.released, [[9]])
