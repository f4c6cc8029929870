// SPDX-License-Identifier: MIT
// The PROXY protocol, by curl and by hand: who is trusted, what is refused,
// and that a reload keeps what a proxy has said.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { cleanup, run, skip, test, until } from "../support/tap.mjs";
import { Versioned } from "../support/versioned.mjs";

const curl = (...args) => new Promise((done) =>
    execFile("curl", ["-sS", "--max-time", "20", ...args],
	(error, out) => done({ code: error?.code ?? 0, out })));

if ((await curl("--version")).code !== 0)
	skip("curl is not installed");

const table = `row=http url=http://127.0.0.1:0 proxy=127.0.0.0/8
    row=text url=text://127.0.0.1:0 proxy=127.0.0.0/8
    row=plain url=text://127.0.0.1:0`;
const program = new Versioned();
cleanup(() => program.end());
program.install(`v=1 ${table}`);
await program.start();
const http = `http://127.0.0.1:${await program.port("http")}/peer`;
const text = await program.port("text");

const HEADER = "PROXY TCP4 192.0.2.7 192.0.2.1 12345 443\r\n";

// A connection that begins so; what it hears comes line by line.
async function open(begin) {
	const socket = connect(text, "127.0.0.1");
	let heard = "";
	socket.on("data", (data) => heard += data);
	socket.on("error", () => {});
	await once(socket, "connect");
	socket.write(begin);
	return {
		socket,
		async line() {
			await until("a line", () => heard.includes("\n"));
			const [first] = heard.split("\n");
			heard = heard.slice(first.length + 1);
			return first;
		},
		// by a reset, too
		closed: new Promise((done) => socket.on("close", done)),
	};
}

async function closes(reason) {
	const { closes: all } = await program.status();
	return all.find((c) => c.worker === "text" && c.reason === reason)
	    ?.count ?? 0;
}

async function refused(begin, reason) {
	const before = await closes(reason);
	const { closed } = await open(begin);
	await closed;
	assert.equal(await closes(reason), before + 1);
}

test("curl --haproxy-protocol says who it is", async () => {
	const { code, out } = await curl("--haproxy-protocol", http);
	assert.equal(code, 0);
	assert.match(out, /^127\.0\.0\.1:\d+$/m);
});

test("curl without it is refused", async () => {
	assert.notEqual((await curl(http)).code, 0);
});

test("the peer is whom the proxy speaks for", async () => {
	const conn = await open(`${HEADER}peer\n`);
	assert.equal(await conn.line(), "192.0.2.7:12345");
	const listed = await program.expect("connections", "--json");
	assert.ok(JSON.parse(listed).connections
	    .some((c) => c.foreign === "192.0.2.7:12345"));
	conn.socket.end();
	await conn.closed;
});

test("version 2, with an extra that nobody asked for", async () => {
	const conn = await open(Buffer.concat([
	    Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"),
	    Buffer.from("21210027", "hex"),
	    Buffer.from("20010db8000000000000000000000007", "hex"),
	    Buffer.from("20010db8000000000000000000000001", "hex"),
	    Buffer.from("303901bb" + "040000", "hex"),
	    Buffer.from("peer\n")]));
	assert.equal(await conn.line(), "[2001:db8::7]:12345");
	conn.socket.end();
	await conn.closed;
});

test("byte by byte", async () => {
	const conn = await open("P");
	conn.socket.setNoDelay(true);
	for (const byte of `${HEADER}peer\n`.slice(1))
		await new Promise((done) => conn.socket.write(byte, done));
	assert.equal(await conn.line(), "192.0.2.7:12345");
	conn.socket.end();
	await conn.closed;
});

test("what is no header ends the connection", async () => {
	await refused("hello\n", "protocol");
	await refused("PROXY TCP4 192.0.2.7\r\n", "protocol");
	await refused(`PROXY UNKNOWN ${"x".repeat(200)}`, "protocol");
});

test("a reload keeps the address of a connection", async () => {
	const conn = await open(`${HEADER}peer\n`);
	assert.equal(await conn.line(), "192.0.2.7:12345");
	program.install(`v=2 ${table}`);
	await program.expect("reload");
	conn.socket.write("peer\n");
	assert.equal(await conn.line(), "192.0.2.7:12345");
	conn.socket.end();
	await conn.closed;
});

test("a reload waits for a header that has begun", async () => {
	const { socket, line, closed } = await open(HEADER.slice(0, 20));
	await until("it to be accepted", async () => {
		const { workers } = await program.status();
		return workers.find((w) => w.worker === "text").accepted > 0;
	});
	program.install(`v=3 ${table}`);
	await program.expect("reload");
	socket.write(`${HEADER.slice(20)}peer\n`);
	assert.equal(await line(), "192.0.2.7:12345");
	socket.end();
	await closed;
});

test("who is not trusted is refused", async () => {
	program.expected.push(/connection from 127\.0\.0\.1 refused/);
	program.install(`v=4 ${table.replaceAll("127.0.0.0/8",
	    "192.0.2.0/24")}`);
	await program.expect("reload");
	await refused(`${HEADER}peer\n`, "policy");
});

test("a list that is none refuses the reload", async () => {
	program.install(`v=5 ${table.replaceAll("127.0.0.0/8", "10/8")}`);
	const { code, err } = await program.command("reload");
	assert.equal(code, 7);
	assert.match(err, /proxies: "10\/8" is no network/);
	program.expected.push(/reload refused/);
});

await run();
