// SPDX-License-Identifier: MIT
// The chat's server, by WebSocket and HTTP, with people on both workers.

import assert from "node:assert/strict";
import http from "node:http";

import { Person } from "../support/chat_client.mjs";
import { Program } from "../support/program.mjs";
import { cleanup, optional, run, skip, test, until } from "../support/tap.mjs";

const ws = await optional(() => import("ws"));
if (!ws)
	skip("the node package ws is not installed");

const chat = new Program("apps/chat/chat",
    ["--listen", "chat=http://127.0.0.1:0"]);
cleanup(() => chat.end());
chat.expected.push(/was killed by SIGKILL/);
await chat.start();
let port = await chat.port("chat");

// The people of a scene; all leave at its end.
const cast = [];

async function enter(slot) {
	const person = await Person.enterAt(ws.WebSocket, port, slot);
	cast.push(person);
	return person;
}

const both = () => Promise.all([enter(0), enter(1)]);

// Everybody leaves, and both workers know it.
async function curtain() {
	await Promise.all(cast.splice(0).map((p) => p.leave()));
	for (const watcher of await both())
		await watcher.next("rooms", (m) => m.rooms.length === 0);
	await Promise.all(cast.splice(0).map((p) => p.leave()));
}

function scene(name, play) {
	test(name, async () => {
		try {
			await play();
		} finally {
			await curtain();
		}
	});
}

function request(path, { method = "GET", headers = {} } = {}) {
	return new Promise((done, fail) => {
		const r = http.request({ host: "127.0.0.1", port, path, method,
		    headers, agent: false }, (answer) => {
			let body = "";
			answer.setEncoding("utf8");
			answer.on("data", (part) => body += part);
			answer.on("end", () => done({ status: answer.statusCode,
			    headers: answer.headers, body }));
		});
		r.on("error", fail);
		r.on("upgrade", (answer, socket) => {
			socket.destroy();
			done({ status: answer.statusCode });
		});
		r.end();
	});
}

// ---- the page ----

test("serves the page and its files", async () => {
	const files = { "/": /^text\/html/, "/style.css": /^text\/css/,
	    "/chat.js": /^text\/javascript/, "/link.js": /^text\/javascript/,
	    "/view.js": /^text\/javascript/ };
	for (const [path, type] of Object.entries(files)) {
		const answer = await request(path);
		assert.equal(answer.status, 200, path);
		assert.match(answer.headers["content-type"], type);
		assert.match(answer.headers["content-security-policy"],
		    /^default-src 'none'; script-src 'self';/);
		assert.equal(answer.headers["cache-control"], "no-cache");
		assert.ok(answer.body.includes("SPDX-License-Identifier: MIT"));
	}
});

test("answers HEAD like GET, without a body", async () => {
	const get = await request("/"), head = await request("/",
	    { method: "HEAD" });
	assert.equal(head.status, 200);
	assert.equal(head.body, "");
	assert.equal(head.headers["content-length"],
	    String(Buffer.byteLength(get.body)));
});

test("refuses other paths and methods", async () => {
	assert.equal((await request("/nothing")).status, 404);
	const post = await request("/", { method: "POST" });
	assert.equal(post.status, 405);
	assert.equal(post.headers.allow, "GET, HEAD");
	assert.ok([400, 426].includes((await request("/ws")).status));
});

test("lets only its own page open a WebSocket", async () => {
	const open = (origin) => request("/ws", { headers: {
		Connection: "Upgrade", Upgrade: "websocket",
		"Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
		...(origin && { Origin: origin })
	} });
	assert.equal((await open()).status, 101);
	assert.equal((await open(`http://127.0.0.1:${port}`)).status, 101);
	for (const origin of ["http://evil.example", "null", "://127.0.0.1",
	    `http://evil.example?://127.0.0.1:${port}`, "http://127.0.0.1",
	    `http://x127.0.0.1:${port}`, `127.0.0.1:${port}`,
	    `http://127.0.0.1:${port}/`])
		assert.equal((await open(origin)).status, 403, origin);
});

// ---- people on two workers ----

scene("people on both workers see each other and talk", async () => {
	const [ada, bob] = await both();
	assert.notEqual(ada.slot, bob.slot);
	await ada.join("Ada", "talk");
	await ada.people("Ada");
	await bob.join("Bob", "talk");
	assert.equal((await ada.next("came")).name, "Bob");
	await ada.people("Ada", "Bob");
	await bob.people("Ada", "Bob");

	ada.say({ kind: "say", text: "<b>hé</b>\n\u{1f600}", tag: 7 });
	for (const person of [ada, bob]) {
		const said = await person.next("said");
		assert.equal(said.from, "Ada");
		assert.equal(said.text, "<b>hé</b>\n\u{1f600}");
		assert.equal(said.tag, 7);
		assert.ok(Math.abs(said.time - Date.now() / 1000) < 60);
	}
	await bob.leave();
	assert.equal((await ada.next("left")).name, "Bob");
	await ada.people("Ada");
});

scene("all hear one speaker in the order of speaking", async () => {
	const [ada, bob] = await both();
	await ada.join("Ada", "order");
	await bob.join("Bob", "order");
	await ada.people("Ada", "Bob");
	for (let i = 0; i < 500; i++)
		ada.say({ kind: "say", text: String(i) });
	for (const person of [ada, bob])
		for (let i = 0; i < 500; i++)
			assert.equal((await person.next("said")).text, String(i));
});

scene("a room hears only itself, and the list of rooms is live", async () => {
	const [ada, bob] = await both();
	const size = (room, total) => ada.next("rooms", (m) =>
	    (m.rooms.find((r) => r.name === room)?.total ?? 0) === total);
	await ada.join("Ada", "left room");
	await bob.join("Bob", "right room");
	await size("right room", 1);
	bob.say({ kind: "say", text: "not for Ada" });
	await bob.next("said");
	await bob.join("Bob", "left room");
	await size("right room", 0);
	assert.equal((await ada.next("came")).name, "Bob");
	bob.say({ kind: "say", text: "for Ada" });
	assert.equal((await ada.next("said")).text, "for Ada");
	await bob.join("Bob", "right room");
	assert.equal((await ada.next("left")).name, "Bob");
});

scene("a private message reaches one person in any room", async () => {
	const [ada, bob] = await both(), eve = await enter(1);
	await ada.join("Ada", "one");
	await bob.join("Bob", "two");
	await eve.join("Eve", "two");
	await until("Ada's worker knows Bob", async () => {
		ada.say({ kind: "tell", to: "bob", text: "psst", tag: 1 });
		await ada.settle();
		return ada.rest("told").length > 0;
	});
	for (const person of [ada, bob]) {
		const told = await person.next("told");
		assert.deepEqual([told.from, told.to, told.text, told.tag],
		    ["Ada", "Bob", "psst", 1]);
	}
	ada.say({ kind: "tell", to: "Nobody", text: "psst", tag: 2 });
	assert.equal((await ada.error("no-such-person")).tag, 2);
	bob.say({ kind: "say", text: "end" });
	await eve.next("said");
	assert.deepEqual(eve.rest("told"), []);
});

scene("a name belongs to one person in all workers", async () => {
	const [ada, other] = await both(), third = await enter(0);
	await ada.join("Ada", "names");
	await ada.people("Ada");
	await other.join("Guest", "names");
	await other.people("Ada", "Guest");
	assert.equal((await other.join("aDA", "names")).name, "aDA-2");
	assert.deepEqual(await ada.next("renamed"),
	    { kind: "renamed", name: "Guest", to: "aDA-2" });
	await ada.people("Ada", "aDA-2");
	assert.equal((await third.join("ADA", "names")).name, "ADA-3");
	assert.equal((await ada.join("Ada", "names")).name, "Ada");
});

scene("two who claim a name at once end with two names", async () => {
	for (let i = 0; i < 20; i++) {
		const pair = await both(), room = `race ${i}`;
		for (const person of pair)
			person.say({ kind: "join", name: "Twin", room });
		await Promise.all(pair.map((p) => p.people("Twin", "Twin-2")));
		// Each knows its own name, and it is the one that others see.
		await Promise.all(pair.map((p) => p.settle()));
		const names = pair.map((p) => p.rest("joined").at(-1).name);
		assert.deepEqual(names.sort(), ["Twin", "Twin-2"]);
		await curtain();
	}
});

scene("who comes back with the key replaces the lost connection", async () => {
	const key = "0123456789abcdef0123456789abcdef";
	const [old, fresh] = await both(), bob = await enter(0);
	await bob.join("Bob", "back");
	await old.join("Ada", "back", key);
	await bob.people("Ada", "Bob");
	await bob.next("came");
	assert.equal((await fresh.join("Ada", "back", key)).name, "Ada");
	assert.equal((await old.closed).code, 4000);
	fresh.say({ kind: "say", text: "here again" });
	await bob.next("said");
	assert.deepEqual(bob.rest("left"), []);
	assert.deepEqual(bob.rest("came"), []);
	const thief = await enter(1);
	assert.equal((await thief.join("Ada", "back", `${key}0`)).name, "Ada-2");
});

scene("a large room is a crowd: counted, not listed", async () => {
	const [ada, bob] = await both();
	await ada.join("Ada", "crowd");
	const crowd = [];
	for (let i = 0; i < 200; i++) {
		crowd.push(await Person.enter(ws.WebSocket, port));
		crowd[i].say({ kind: "join", name: `p${i}`, room: "crowd" });
	}
	await ada.next("people", (m) => m.total === 201 && !m.names);
	await Promise.all(crowd.map((p) => p.settle()));
	await bob.join("Bob", "crowd");
	await ada.next("people", (m) => m.total === 202);
	assert.deepEqual(ada.rest("came").filter((m) => m.name === "Bob"), []);
	await Promise.all([bob, ...crowd].map((p) => p.leave()));
	await ada.people("Ada");
});

// ---- what is not to be believed ----

const joins = (name, room = "r", key = undefined) =>
	({ kind: "join", name, room, key });

const refused = [
	["not-json", "no json"],
	["not-json", "[]"],
	["not-json", "\"hello\""],
	["not-json", ""],
	["not-json", "{\"kind\":\"ping\",\"kind\":\"ping\"}"],
	["not-json", "{\"kind\":\"say\",\"text\":\"\\u0000\"}"],
	["not-json", "[".repeat(16_000)],
	["unknown-kind", {}],
	["unknown-kind", { kind: "shutdown" }],
	["unknown-kind", { kind: ["say"] }],
	["not-joined", { kind: "say", text: "x" }],
	["not-joined", { kind: "tell", to: "x", text: "x" }],
	["bad-name", joins("")],
	["bad-name", joins("   ")],
	["bad-name", joins(7)],
	["bad-name", joins(undefined)],
	["bad-name", joins("x".repeat(25))],
	["bad-name", joins("a\nb")],
	["bad-name", joins("\u202eadA")],
	["bad-room", joins("Ada", "")],
	["bad-room", joins("Ada", "x".repeat(25))],
	["bad-room", joins("Ada", { toString: 1 })],
	["bad-key", joins("Ada", "r", "short")],
	["bad-key", joins("Ada", "r", "not only letters!")]
];

scene("refuses what is not a message, and goes on", async () => {
	const eve = await enter(0);
	for (const [code, message] of refused) {
		if (typeof message === "string")
			eve.socket.send(message);
		else
			eve.say(message);
		await eve.error(code);
	}
	eve.socket.send(Buffer.from("{\"kind\":\"ping\"}"), { binary: true });
	await eve.error("not-json");
	await eve.join("Eve", "bad");
	const tags = [["", 1], [" \n", 2], ["x".repeat(2001), 3],
	    ["bell\u0007", 4], [undefined, 5]];
	for (const [text, tag] of tags) {
		eve.say({ kind: "say", text, tag });
		assert.equal((await eve.error("bad-text")).tag, tag);
	}
	eve.say({ kind: "say", text: "é".repeat(2000) });
	assert.equal((await eve.next("said")).text.length, 2000);
});

scene("ends a connection whose message is too large or not UTF-8",
    async () => {
	const large = await enter(0), broken = await enter(0);
	large.socket.send("x".repeat((16 << 10) + 1));
	assert.equal((await large.closed).code, 1009);
	broken.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
	assert.equal((await broken.closed).code, 1007);
});

// ---- what can happen to a server ----

scene("a connection that breaks is seen off", async () => {
	const [ada, bob] = await both();
	await ada.join("Ada", "breaks");
	await bob.join("Bob", "breaks");
	await ada.people("Ada", "Bob");
	bob.socket.terminate();
	assert.equal((await ada.next("left")).name, "Bob");
	await ada.people("Ada");
});

scene("a killed worker's people vanish, and may come back", async () => {
	const [ada, bob] = await both(), eve = await enter(1);
	await ada.join("Ada", "kill");
	await bob.join("Bob", "kill");
	await eve.join("Eve", "kill");
	await ada.people("Ada", "Bob", "Eve");
	process.kill(await chat.pid("chat", 1), "SIGKILL");
	assert.deepEqual([(await ada.next("left")).name,
	    (await ada.next("left")).name].sort(), ["Bob", "Eve"]);
	await ada.people("Ada");
	assert.equal((await bob.closed).code, 1006);

	const back = await enter(1);
	await back.join("Bob", "kill");
	await back.people("Ada", "Bob");
	await ada.people("Ada", "Bob");
	ada.say({ kind: "tell", to: "Bob", text: "welcome back" });
	assert.equal((await back.next("told")).text, "welcome back");
	await eve.closed;
});

scene("a worker that begins learns who is at the others", async () => {
	const [ada, bob] = await both();
	await ada.join("Ada", "learn");
	await ada.people("Ada");
	process.kill(await chat.pid("chat", 1), "SIGKILL");
	await bob.closed;
	const late = await enter(1);
	late.say({ kind: "join", name: "Ada", room: "learn" });
	await late.next("joined", (m) => m.name === "Ada-2");
	await late.people("Ada", "Ada-2");
});

scene("a stop says good-bye", async () => {
	const [ada, bob] = await both();
	await ada.join("Ada", "end");
	await chat.stop();
	for (const person of [ada, bob])
		assert.ok([1001, 1012].includes((await person.closed).code));
	await chat.start();
	port = await chat.port("chat");
	const again = await enter(0);
	await again.join("Ada", "end");
	await again.people("Ada");
});

await run();
