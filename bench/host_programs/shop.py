"""What an HTTP server answers: pages of a shop, made in labelled steps."""

from __future__ import annotations

import hashlib
import html
import zlib
from http.server import BaseHTTPRequestHandler
from string import Template
from typing import TypedDict
from urllib.parse import parse_qs, urlsplit

from forms import label


class Article(TypedDict):
    name: str
    about: str
    tag: str
    cents: int
    stock: int


WORDS = ("oak", "lamp", "chair & arms", "table", "red", "shelf <3", "small", "green")
ARTICLES: list[Article] = [
    {
        "name": f"{WORDS[i % 8]} {WORDS[i // 8 % 8]} {i}",
        "about": " ".join(WORDS[i * k % 8] for k in range(40)) + " for 'every' <b>room</b>",
        "tag": WORDS[i * 7 % 8].split()[0],
        "cents": 199 + i * 37 % 5000,
        "stock": i * 11 % 40,
    }
    for i in range(400)
]
ROW = Template("<tr><td>$name</td><td>$about</td><td>$price</td><td>$stock</td></tr>")
PAGE = Template("<!doctype html><title>$title</title><h1>$title</h1><table>$rows</table><p>$cookie</p>")
TAX = 119
TASKS = 31  # of a request: each page has eight articles


@label
def read_query(path: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(path).query)


@label
def sign(cookie: str) -> str:
    return hashlib.sha256(b"secret" + cookie.encode()).hexdigest()


@label
def find(tag: str, page: int) -> list[Article]:
    chosen = [article for article in ARTICLES if article["tag"] == tag]
    return chosen[page * 8 : page * 8 + 8]


@label
def price(cents: int, rebate: int) -> str:
    after = cents * TAX * (100 - rebate) // 10000
    return f"{after // 100:,}.{after % 100:02} EUR"


@label
def stock(left: int) -> str:
    return "sold out" if not left else "few left" if left < 5 else f"{left} pieces"


@label
def row(article: Article, rebate: int) -> str:
    return ROW.substitute(
        name=html.escape(article["name"]),
        about=html.escape(article["about"]),
        price=price(article["cents"], rebate),
        stock=stock(article["stock"]),
    )


@label
def page(title: str, rows: list[str], cookie: str) -> bytes:
    return PAGE.substitute(title=html.escape(title), rows="".join(rows), cookie=cookie).encode()


@label
def pack(body: bytes) -> bytes:
    return zlib.compress(body)


@label
def respond(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html; charset=utf-8")
    handler.send_header("Content-Encoding", "deflate")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@label
def answer(handler: BaseHTTPRequestHandler) -> None:
    query = read_query(handler.path)
    cookie = sign(handler.headers.get("Cookie", ""))
    tag = query["tag"][0]
    rows = [row(article, int(query["rebate"][0])) for article in find(tag, int(query["page"][0]))]
    respond(handler, pack(page(f"Shop: {tag}", rows, cookie)))
