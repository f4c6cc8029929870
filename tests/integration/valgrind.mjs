// SPDX-License-Identifier: MIT
// One worker of each protocol under valgrind: a conversation, a connection
// that is still open at SIGINT, and nothing leaked or misread at the end.
// Sanitizers see the same, so their builds leave this test out.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";

import { cleanup, run, skip, test } from "../support/tap.mjs";
import { pack } from "../support/ws_raw.mjs";

if (spawnSync("valgrind", ["--version"]).error)
	skip("valgrind is not installed");

const FOUND = 99;  // valgrind's exit status when it has found something
const build = process.env.top_builddir ?? ".";
const echo = join(build, "apps/echo/echo");
const server = join(build, "tests/support/http_server");
const running = new Set();

cleanup(() => running.forEach((child) => child.kill("SIGKILL")));

// The worker of that name alone: { child, port, ended }.
async function start(name, program = echo) {
	const child = spawn("valgrind", ["-q", `--error-exitcode=${FOUND}`,
	    "--leak-check=full", "--errors-for-leak-kinds=definite,possible",
	    program, "--single", name,
	    "--listen", `${name}=${name}://127.0.0.1:0`],
	    { stdio: ["ignore", "inherit", "pipe"] });
	let log = "";
	running.add(child);
	child.stderr.setEncoding("utf8");
	const ended = once(child, "close").then(([code, signal]) => {
		running.delete(child);
		return { code, signal, log };
	});
	const port = await new Promise((found, failed) => {
		child.stderr.on("data", (text) => {
			log += text;
			const url = /listens on \w+:\/\/[^ ]*:(\d+)\n/.exec(log);
			if (url)
				found(Number(url[1]));
		});
		ended.then(() => failed(new Error(`no port:\n${log}`)));
	});
	return { child, port, ended };
}

class Peer {
	constructor(port) {
		this.got = Buffer.alloc(0);
		this.socket = connect({ port, host: "127.0.0.1",
			noDelay: true });
		this.end = once(this.socket, "close");
		this.more = () => {};
		this.socket.on("data", (data) => {
			this.got = Buffer.concat([this.got, data]);
			this.more();
		});
		this.socket.on("close", () => this.more());
	}

	send(...pieces) {
		for (const piece of pieces)
			this.socket.write(piece);
		return this;
	}

	// Resolves once `done(got)` is true of what came so far.
	async until(done) {
		while (!done(this.got)) {
			if (this.socket.closed)
				throw new Error(`closed after ${this.got}`);
			await new Promise((more) => { this.more = more; });
		}
		return this;
	}

	expect(bytes) {
		const want = Buffer.from(bytes);
		return this.until((got) => got.includes(want));
	}
}

function framed(body) {
	const header = Buffer.alloc(4);
	header.writeUInt32BE(body.length + 4);
	return Buffer.concat([header, Buffer.from(body)]);
}

// A client's WebSocket frame with a mask of zeroes.
function masked(first, body) {
	return Buffer.concat([Buffer.from([first, 0x80 | body.length,
		0, 0, 0, 0]), Buffer.from(body)]);
}

const opening = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n" +
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

// Each resolves to a peer whose connection is open still.
const conversations = {
	async text(port) {
		await new Peer(port).send("x".repeat(70_000)).end;
		const peer = new Peer(port);
		await peer.send("one\r\ntw").expect("one\n");
		await peer.send("o\n").expect("one\ntwo\n");
		return peer.send("half a line");
	},

	async frame(port) {
		await new Peer(port).send(Buffer.alloc(4)).end;
		const peer = new Peer(port);
		const big = framed("b".repeat(100_000));
		await peer.send(framed("a"), big.subarray(0, 9))
		    .expect(framed("a"));
		await peer.send(big.subarray(9)).expect(big);
		return peer.send(framed("abc").subarray(0, 5));
	},

	async http(port) {
		await new Peer(port).send("GET / HTTP/9.9\r\n\r\n").end;
		await new Peer(port).send("GET /json HTTP/1.0\r\n\r\n").end;
		const peer = new Peer(port);
		await peer.send("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n" +
		    "POST / HTTP/1.1\r\nHost: a\r\n" +
		    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
		    .expect("Hello, World!");
		await peer.send("2\r\nde\r\n0\r\nA: b\r\n\r\n").expect("abcde");
		return peer.send("POST / HTTP/1.1\r\nHost: a\r\n" +
		    "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n")
		    .expect("100 Continue");
	},

	// of the server that has a path for everything
	async ["http, all of it"](port) {
		const get = (path, ...more) => `GET ${path} HTTP/1.1\r\n` +
		    `Host: a\r\n${more.join("")}\r\n`;
		const post = (path, type, body) => `POST ${path} HTTP/1.1\r\n` +
		    `Host: a\r\nContent-Type: ${type}\r\n` +
		    `Content-Length: ${body.length}\r\n\r\n${body}`;
		const part = (more) => "--b\r\nContent-Disposition: form-data; " +
		    `name="n"${more}\r\n\r\nsome data\r\n`;
		const form = "multipart/form-data; boundary=b";
		const peer = new Peer(port);
		await peer.send(get("/late?ms=1"), get("/stream?n=2000"),
		    get("/client", "X-Forwarded-For: 1.2.3.4\r\n"))
		    .expect("1.2.3.4");
		peer.send(get("/cookie", "Cookie: seen=it\r\n"), get("/away"),
		    post("/form", "application/x-www-form-urlencoded", "a=b"),
		    post("/form", form, part("; filename=\"f\"") + part("") +
			"--b--"));
		await peer.expect("n=some data (no file");
		await peer.send(post("/form", form, "nothing")).expect("400 Bad");
		const half = new Peer(port);
		await half.send(get("/client"), post("/form", form,
		    part("; filename=\"f\"")).slice(0, -9)).expect("127.0.0.1");
		half.socket.end();
		await half.end;
		await peer.send("POST /upload HTTP/1.1\r\nHost: a\r\n" +
		    "Transfer-Encoding: chunked\r\n\r\n2\r\n\x01\x02\r\n" +
		    "0\r\nA: b\r\n\r\n").expect("2 3\n");
		const events = new Peer(port);
		await events.send(get("/events")).expect("event: hello");
		await peer.send(post("/publish", "a/b", "x")).expect("ok");
		await events.expect("data: x\n\n");
		return events;
	},

	async websocket(port) {
		await new Peer(port).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		    .end;
		const wrong = await new Peer(port).send(opening).expect(" 101 ");
		await wrong.send(masked(0x81, [0xff])).end;
		const peer = await new Peer(port).send(opening).expect(" 101 ");
		await peer.send(masked(0x81, "hello")).expect("\x05hello");
		peer.send(masked(0x01, "fr"), masked(0x89, "ping"));
		await peer.send(masked(0x80, "ag")).expect("\x04frag");
		const packing = await new Peer(port).send(opening.replace(
		    /\r\n$/, "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"))
		    .expect("permessage-deflate");
		const packed = pack("say it again, ".repeat(100));
		packing.send(masked(0xc1, packed));
		await packing.until((got) => got.includes(0xc1,
		    got.indexOf("\r\n\r\n") + 4));
		packing.send(masked(0x41, packed.subarray(0, 5)));
		packing.socket.end();
		await packing.end;
		peer.send(masked(0x01, "begun"));
		return peer;
	},
};

for (const [name, converse] of Object.entries(conversations))
	test(`${name}: nothing leaks and no byte is misread`, async () => {
		const { child, port, ended } = name.includes("all") ?
		    await start("http", server) : await start(name);
		const peer = await converse(port);
		child.kill("SIGINT");
		if (name === "websocket") {
			await peer.until((got) =>
			    got.includes(Buffer.from([0x88, 2, 3, 0xe9])));
			peer.send(masked(0x88, [3, 0xe9]));
		}
		const { code, signal, log } = await ended;
		assert.equal(code, 0, `exit status ${code ?? signal}\n${log}`);
		assert.doesNotMatch(log, /==\d+==|\[(warning|error)\]/);
		await peer.end;
	});

await run();
