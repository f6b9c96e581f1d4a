"""One POST to a real server, which does all it can to be in the way."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Sequence

import pytest

from helpdesk_api import __version__
from helpdesk_api.egress.client import EXCERPT_BYTES, NO_HTTP, Answer, NoAnswer, WebClient, web_client
from helpdesk_api.egress.destinations import Destinations
from helpdesk_api.egress.network import REFUSED
from helpdesk_api.egress.urls import CREDENTIALS, host_of
from receiver import Behaviour, Received, Receiver, answers, hangs, receiving, sends

LATE = "There was no answer within 1 s."
ANY = "0.0.0.0"  # noqa: S104 - asked for, not listened on
OK = b"HTTP/1.1 200 OK\r\n"


async def post(web: WebClient, url: str) -> Answer:
    return await web.post(url, {"Content-Type": "application/json"}, b'{"a": 1}')


async def test_the_request_is_what_was_asked_for_and_names_the_sender(web: WebClient, receiver: Receiver) -> None:
    answer = await post(web, f"{receiver.url}?key=1")
    assert answer == Answer(204, None, "")
    assert receiver.received == [
        Received(
            "POST",
            "/hook?key=1",
            {
                "host": f"127.0.0.1:{receiver.port}",
                "user-agent": f"helpdesk-api/{__version__}",
                "accept": "*/*",
                "accept-encoding": "identity",
                "connection": "keep-alive",
                "content-type": "application/json",
                "content-length": "8",
            },
            b'{"a": 1}',
        )
    ]


async def test_a_redirect_is_an_answer_and_not_followed(web: WebClient, receiver: Receiver) -> None:
    async with receiving(Receiver()) as elsewhere:
        receiver.usual = answers(307, Location=elsewhere.url)
        assert await post(web, receiver.url) == Answer(307, None, "")
    assert elsewhere.received == []


async def test_status_wish_and_the_beginning_of_the_body_are_told(web: WebClient, receiver: Receiver) -> None:
    receiver.usual = answers(503, b"Later\0 \xff", Retry_After="120")
    assert await post(web, receiver.url) == Answer(503, "120", "Later\ufffd \ufffd")


async def test_cookies_are_not_kept(web: WebClient, receiver: Receiver) -> None:
    receiver.usual = answers(200, Set_Cookie="a=b; Path=/")
    for _ in range(2):
        await post(web, receiver.url)
    assert ["cookie" in one.headers for one in receiver.received] == [False, False]


ENDLESS = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "behaviour",
    [
        answers(200, b"x" * 5_000_000),
        sends(OK + ENDLESS, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        sends(OK + b"Content-Length: 999999999\r\n\r\n", b"x" * 4096),
        sends(OK + b"Connection: close\r\n\r\n", b"x" * 4096),
    ],
    ids=["huge", "chunked without end", "longer than long", "until closed"],
)
async def test_of_a_huge_or_endless_body_only_the_beginning_is_read(
    web: WebClient, receiver: Receiver, behaviour: Behaviour
) -> None:
    receiver.usual = behaviour
    assert await post(web, receiver.url) == Answer(200, None, "x" * EXCERPT_BYTES)


async def test_a_compressed_body_is_not_unpacked(web: WebClient, receiver: Receiver) -> None:
    bomb = gzip.compress(b"x" * 1_000_000)
    receiver.usual = answers(200, bomb, Content_Encoding="gzip")
    assert len((await post(web, receiver.url)).excerpt) <= EXCERPT_BYTES


async def test_the_status_counts_though_the_body_never_ends(impatient: WebClient, receiver: Receiver) -> None:
    receiver.usual = sends(OK + ENDLESS, b"1\r\nx\r\n", pause=0.1)
    answer = await post(impatient, receiver.url)
    assert (answer.status, answer.excerpt) == (200, "")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hangs, LATE),
        (sends(b"", b"H", pause=0.1), LATE),
        (sends(OK, b"X-More: x\r\n", pause=0.01), LATE),
        (sends(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01), LATE),
        (sends(b""), NO_HTTP),
    ],
    ids=["hangs", "byte by byte", "headers without end", "continues without end", "hangs up"],
)
async def test_without_a_status_there_is_no_answer(
    impatient: WebClient, receiver: Receiver, behaviour: Behaviour, reason: str
) -> None:
    receiver.usual = behaviour
    with pytest.raises(NoAnswer) as caught:
        await post(impatient, receiver.url)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH\r\n\r\n", OK + b"X: " + b"x" * 200_000], ids=["another protocol", "long"]
)
async def test_what_is_no_http_is_no_answer(web: WebClient, receiver: Receiver, said: bytes) -> None:
    receiver.usual = sends(said)
    with pytest.raises(NoAnswer) as caught:
        await post(web, receiver.url)
    assert str(caught.value) == NO_HTTP


async def test_receivers_that_hang_keep_nobody_waiting(web: WebClient, receiver: Receiver) -> None:
    async with receiving(Receiver(usual=hangs)) as hanging:
        waiting = [asyncio.create_task(post(web, hanging.url)) for _ in range(20)]
        await hanging.wait_for(20)
        assert (await post(web, receiver.url)).status == 204
        assert [task.done() for task in waiting] == [False] * 20
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)


async def test_a_port_where_nobody_listens_is_no_answer(web: WebClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer) as caught:
            await post(web, f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert str(caught.value) == "All connection attempts failed"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001", ANY])
async def test_loopback_is_refused_unless_it_is_allowed_however_it_is_written(receiver: Receiver, host: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        async with web_client(Destinations()) as web:
            await post(web, f"http://{host}:{receiver.port}/")
    assert (str(caught.value), receiver.connections) == (REFUSED, 0)


@pytest.mark.parametrize(
    ("written", "asked", "named"),
    [
        ("Hooks.Example.com", "hooks.example.com", "hooks.example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("[2606:4700:0::1111]", "2606:4700::1111", "[2606:4700::1111]"),
        ("134744072", "8.8.8.8", "8.8.8.8"),
    ],
)
async def test_what_is_connected_to_is_what_was_checked(
    receiver: Receiver, written: str, asked: str, named: str
) -> None:
    hosts = []

    async def resolver(host: str, _port: int) -> Sequence[str]:
        hosts.append(host)
        return ["127.0.0.1"]

    url = f"http://{written}:{receiver.port}/"
    async with web_client(Destinations(["127.0.0.1"]), resolver=resolver) as web:
        assert (await post(web, url)).status == 204
    assert (host_of(url), hosts) == (asked, [asked])
    assert receiver.received[0].headers["host"] == f"{named}:{receiver.port}"


async def test_a_url_that_is_none_is_no_answer(web: WebClient, receiver: Receiver) -> None:
    with pytest.raises(NoAnswer) as caught:
        await post(web, f"http://me:word@127.0.0.1:{receiver.port}/")
    assert (str(caught.value), receiver.connections) == (CREDENTIALS, 0)


async def test_proxies_of_the_environment_are_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(Receiver()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with web_client(Destinations(["127.0.0.1"])) as web:
            assert (await post(web, receiver.url)).status == 204
    assert proxy.connections == 0


async def test_a_proxy_that_is_set_is_asked_for_everything() -> None:
    async with receiving(Receiver(planned=[answers(204), answers(403)])) as proxy:
        destinations = Destinations(proxy=f"http://me:word@127.0.0.1:{proxy.port}")
        async with web_client(destinations) as web:
            assert (await post(web, "http://hooks.example.com/a")).status == 204
            with pytest.raises(NoAnswer) as caught:
                await post(web, "https://hooks.example.com/a")
    assert str(caught.value) == "The proxy answered 403 Said."
    sent = [(one.method, one.path, one.headers.get("proxy-authorization")) for one in proxy.received]
    assert sent == [
        ("POST", "http://hooks.example.com/a", "Basic bWU6d29yZA=="),
        ("CONNECT", "hooks.example.com:443", "Basic bWU6d29yZA=="),
    ]


class ChangingResolver:
    """Answers each question otherwise, as a hostile name server does."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.left = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        return self.left.pop(0)


async def test_a_name_that_leads_elsewhere_the_second_time_is_asked_only_once(receiver: Receiver) -> None:
    resolver = ChangingResolver(["127.0.0.1"], ["10.0.0.1"])
    async with web_client(Destinations(["127.0.0.1"]), resolver=resolver) as web:
        assert (await post(web, f"http://rebinding.example.com:{receiver.port}/")).status == 204
    assert resolver.left == [["10.0.0.1"]]


async def test_a_name_is_looked_at_anew_for_each_connection(receiver: Receiver) -> None:
    resolver = ChangingResolver(["127.0.0.1"], ["127.0.0.2"])
    async with web_client(Destinations(["127.0.0.1"]), resolver=resolver) as web:
        url = f"http://rebinding.example.com:{receiver.port}/"
        assert (await post(web, url)).status == 204
        with pytest.raises(NoAnswer) as caught:
            await post(web, url)
    assert (str(caught.value), len(receiver.received)) == (REFUSED, 1)


async def test_of_several_addresses_only_those_are_tried_that_may_be(receiver: Receiver) -> None:
    resolver = ChangingResolver(["127.0.0.1", "127.0.0.2"])
    async with web_client(Destinations(["127.0.0.2"]), resolver=resolver) as web:
        with pytest.raises(NoAnswer) as caught:
            await post(web, f"http://both.example.com:{receiver.port}/")
    assert (str(caught.value), receiver.connections) == ("All connection attempts failed", 0)


async def test_the_next_address_is_tried_where_one_does_not_answer(receiver: Receiver) -> None:
    resolver = ChangingResolver(["127.0.0.2", "127.0.0.1"])
    async with web_client(Destinations(["127.0.0.0/8"]), resolver=resolver) as web:
        assert (await post(web, f"http://both.example.com:{receiver.port}/")).status == 204


async def test_an_address_that_is_silent_leaves_time_for_the_next(receiver: Receiver) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.2", receiver.port))
        silent.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.2", receiver.port))
        resolver = ChangingResolver(["127.0.0.2", "127.0.0.1"])
        async with web_client(Destinations(["127.0.0.0/8"]), seconds=2, resolver=resolver) as web:
            assert (await post(web, f"http://both.example.com:{receiver.port}/")).status == 204
        for one in waiting:
            one.close()


async def test_a_name_that_nobody_has_is_no_answer(web: WebClient) -> None:
    with pytest.raises(NoAnswer) as caught:
        await post(web, "http://nowhere.invalid/")
    assert str(caught.value) == "The name of the host cannot be resolved."
