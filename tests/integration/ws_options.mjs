// SPDX-License-Identifier: MIT
// What the options of a WebSocket listener do, against the real program.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";

import { Program } from "../support/program.mjs";
import { Raw, close, frame } from "../support/ws_raw.mjs";
import { cleanup, run, test } from "../support/tap.mjs";

const server = new Program("tests/support/ws_server");
cleanup(() => server.end());
await server.start();
const port = {};
for (const name of ["pinging", "picky", "judged", "ticker"])
	port[name] = await server.port(name);

// The answer to a handshake with these headers.
function shake(name, headers = {}, path = "/") {
	return new Promise((done, fail) => {
		const r = request({ port: port[name], host: "127.0.0.1", path,
			headers: { Connection: "Upgrade", Upgrade: "websocket",
			    "Sec-WebSocket-Version": "13",
			    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
			    ...headers } });
		r.on("response", (answer) => { answer.resume(); done(answer); });
		r.on("upgrade", (answer, socket) => {
			socket.destroy();
			done(answer);
		});
		r.on("error", fail);
		r.end();
	});
}

test("RFC 6455 10.2: an origin that is not on the list gets 403", async () => {
	for (const [Origin, status] of [["https://good.example", 101],
	    ["https://bad.example", 403], ["http://good.example", 403],
	    ["null", 403]])
		assert.equal((await shake("picky", { Origin })).statusCode,
		    status, Origin);
	assert.equal((await shake("picky")).statusCode, 101);
});

test("RFC 6455 1.9: the best subprotocol that is offered is chosen",
    async () => {
	for (const [offered, chosen] of [["v1, v2", "v2"], ["v1", "v1"],
	    ["x, y", undefined]]) {
		const { headers } = await shake("picky",
		    { "Sec-WebSocket-Protocol": offered });
		assert.equal(headers["sec-websocket-protocol"], chosen);
	}
});

test("RFC 6455 4.2.2: the application adds headers or refuses", async () => {
	const yes = await shake("judged");
	assert.equal(yes.statusCode, 101);
	assert.deepEqual(yes.headers["set-cookie"], ["seen=1"]);
	assert.equal((await shake("judged", {}, "/teapot")).statusCode, 418);
	const old = await shake("judged", { "Sec-WebSocket-Version": "8" });
	assert.equal(old.statusCode, 426);
	assert.equal(old.headers["sec-websocket-version"], "13");
});

test("an idle peer is pinged, and its round trip known", async () => {
	const raw = await Raw.open(port.pinging);
	raw.send(frame(0x81, "rtt"));
	assert.equal(String((await raw.take(1))[0].payload), "0");
	const ping = await raw.next();
	assert.equal(ping.first, 0x89);
	raw.send(frame(0x8a, ping.payload), frame(0x81, "rtt"));
	const rtt = Number(String((await raw.next()).payload));
	assert.ok(rtt > 0 && rtt < 5e6, `${rtt}`);
	raw.socket.destroy();
});

test("a peer that does not answer is closed with 1008", async () => {
	const raw = await Raw.open(port.pinging);
	const found = await raw.rest();
	assert.deepEqual(found.map((f) => f.first), [0x89, 0x88]);
	assert.equal(found[1].payload.readUInt16BE(0), 1008);
});

test("a slow reader gets the newest of each series, a quick one all",
    async () => {
	const n = 100_000;
	const raw = await Raw.open(port.ticker);
	raw.socket.pause();
	raw.send(frame(0x81, `${n}`));
	// the other client has them all while this one does not read
	const quick = await Raw.open(port.ticker);
	quick.send(frame(0x81, "10"));
	const all = [];
	for (;;) {
		const text = String((await quick.next()).payload);
		if (text === "end")
			break;
		all.push(Number(text.split(" ")[1]));
	}
	assert.deepEqual(all, Array.from({ length: 10 }, (_, i) => i));
	quick.socket.destroy();
	raw.socket.resume();
	const last = new Map();
	let count = 0;
	for (;;) {
		const text = String((await raw.next()).payload);
		if (text === "end")
			break;
		const [series, value] = text.split(" ");
		assert.ok(!(Number(value) <= last.get(series)), text);
		last.set(series, Number(value));
		count++;
	}
	for (let i = 0; i < 10; i++)
		assert.equal(last.get(`${i}`), n - 10 + i);
	assert.ok(count < n, `${count}`);
	raw.send(close(1000));
	await once(raw.socket, "close");
});

await run();
