// SPDX-License-Identifier: MIT
// `connections`: what it shows of connections in every state, its filters,
// order and JSON, how it closes one, and workers that do not answer.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { cleanup, run, test, until } from "../support/tap.mjs";

const visited = new Program("tests/support/visited");
visited.args.push("--socket", join(visited.dir, "text"));
cleanup(() => visited.end());
await visited.start();

const { listeners } = await visited.status();
const ports = {};
for (const { worker, index, url } of listeners)
	ports[`${worker}${index}`] = Number(/:(\d+)$/.exec(url)?.[1]);
const sockets = [];
const stopped = [];
cleanup(() => sockets.forEach((socket) => socket.destroy()));
cleanup(() => stopped.forEach((pid) => process.kill(pid, "SIGCONT")));

async function visit(to) {
	const socket = connect(to);
	socket.on("error", () => {});
	sockets.push(socket);
	await once(socket, "connect");
	return socket;
}

const visitText = () => visit({ port: ports.text0, host: "127.0.0.1" });

// Sends a line and waits until it comes back.
async function say(socket, line) {
	const next = once(socket, "data");
	socket.write(`${line}\n`);
	assert.equal(String((await next)[0]), `${line}\n`);
}

async function list(...words) {
	const { code, out, err } = await visited.command("connections",
	    "--json", ...words);
	assert.equal(code, 0, err);
	return { ...JSON.parse(out), err };
}

const address = (socket) => `127.0.0.1:${socket.localPort}`;

// The row of one connection, once it is as `such` says.
function row(socket, such = () => true) {
	return until("a row", async () => {
		const { connections } = await list(
		    `address=${address(socket)}`);
		assert.ok(connections.length <= 1);
		return connections.find(such);
	});
}

test("an idle server has none", async () => {
	assert.deepEqual(await list(),
	    { connections: [], missing: [], err: "" });
	const { out, code } = await visited.command("connections");
	assert.equal(code, 0);
	assert.match(out, /^PID  WORKER  CID  TRANS .* FOREIGN\n$/);
});

test("a row has all columns, and they are right", async () => {
	const socket = await visitText();
	await say(socket, "hello");
	await say(socket, "you");
	socket.write("half");
	const found = await row(socket, (r) => r.recv_q > 0);
	const { processes } = await visited.status();
	const { pid } = processes.find((p) => p.worker === "text" &&
	    p.slot === found.slot);
	assert.ok(BigInt(found.id) > 0n);
	assert.ok(found.age < 60 && found.idle <= found.age);
	assert.deepEqual({ ...found, id: 0, age: 0, idle: 0 }, {
		pid, worker: "text", slot: found.slot, id: 0, trans: "tcp",
		protocol: "text", ipv4: 1, ipv6: 0, recv_q: 4, send_q: 0,
		bytes_r: 14, bytes_w: 10, requests: 2, age: 0, idle: 0,
		tls: "-", state: "open",
		local: `127.0.0.1:${ports.text0}`, foreign: address(socket),
	});
	socket.destroy();
});

test("age and idle are seconds", async () => {
	const socket = await visitText();
	const old = await row(socket, (r) => r.idle >= 2);
	assert.ok(old.age >= old.idle);
	await say(socket, "again");
	const young = await row(socket);
	assert.ok(young.idle < 2 && young.age >= old.age);
	socket.destroy();
});

test("IPv6 and unix sockets", async () => {
	const six = await visit({ port: ports.text1, host: "::1" });
	const local = await visit(join(visited.dir, "text"));
	await Promise.all([say(six, "a"), say(local, "b")]);
	const { connections: [a] } = await list("address=::1");
	assert.equal(a.foreign, `[::1]:${six.localPort}`);
	assert.deepEqual([a.trans, a.ipv4, a.ipv6], ["tcp", 0, 1]);
	const { connections: [b] } = await list(`address=${visited.dir}/`);
	assert.equal(b.local, `unix:${visited.dir}/text`);
	assert.deepEqual([b.trans, b.ipv4, b.ipv6, b.foreign],
	    ["unix", 0, 0, "unix:"]);
	six.destroy();
	local.destroy();
});

test("http: a half request, one that waits for its answer", async () => {
	const half = await visit({ port: ports.http0, host: "127.0.0.1" });
	half.write("GET / HTTP/1.1\r\nHo");
	const arriving = await row(half, (r) => r.recv_q === 18);
	assert.deepEqual([arriving.protocol, arriving.state,
	    arriving.requests], ["http", "open", 0]);
	const later = request({ port: ports.http0, path: "/later",
		agent: false });
	later.on("error", () => {});
	later.end();
	await until("a request waits", async () => {
		const { connections } = await list("state=answering");
		return connections.length === 1 &&
		    connections[0].protocol === "http" &&
		    connections[0].requests === 1;
	});
	const answered = once(later, "response");
	request({ port: ports.http0, path: "/now", agent: false }).end();
	(await answered)[0].resume();
	await until("nobody waits", async () =>
	    (await list("state=answering")).connections.length === 0);
	half.destroy();
});

test("websocket: before and after the handshake", async () => {
	const socket = await visit({ port: ports.websocket0,
		host: "127.0.0.1" });
	const begun = await row(socket, (r) => r.state === "handshake");
	assert.equal(begun.protocol, "http");
	socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n" +
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	const open = await row(socket, (r) => r.state === "open");
	assert.equal(open.protocol, "websocket");
	assert.equal(open.id, begun.id);
	socket.destroy();
});

test("one that reads nothing is stuck, with what waits for it", async () => {
	const socket = await visitText();
	socket.pause();
	await until("the kernel takes no more", async () => {
		socket.write("flood\n");
		const found = await row(socket);
		return found.state === "stuck" && found.send_q > 100_000;
	});
	const { connections } = await list("--sort", "send_q");
	assert.equal(connections[0].foreign, address(socket));
	socket.resume();
	await row(socket, (r) => r.state === "open" && r.send_q === 0);
	socket.destroy();
});

test("a paused one", async () => {
	const socket = await visitText();
	socket.write("pause\nmore");
	const found = await row(socket, (r) => r.state === "paused");
	assert.equal(found.requests, 1);
	const { connections } = await list("state=paused");
	assert.equal(connections.length, 1);
	// it would not see the end of its peer, but the command reaches it
	await visited.expect("connections", "--close", found.id);
	socket.destroy();
	await until("it is gone", async () =>
	    (await list("state=paused")).connections.length === 0);
});

test("filters", async () => {
	const many = await Promise.all(Array.from({ length: 20 }, visitText));
	await Promise.all(many.map((socket) => say(socket, "x")));
	const web = await visit({ port: ports.http0, host: "127.0.0.1" });
	await row(web);
	const all = (await list("worker=text")).connections;
	assert.ok(all.length >= 20);
	assert.ok(all.every((r) => r.worker === "text"));
	for (const slot of [0, 1]) {
		const { connections } = await list(`worker=text/${slot}`);
		assert.deepEqual(connections,
		    all.filter((r) => r.slot === slot));
	}
	const count = async (...words) =>
	    (await list(...words)).connections.length;
	assert.equal(await count("protocol=http"), 1);
	assert.equal(await count("protocol=text", "worker=http"), 0);
	assert.equal(await count("worker=text/0", "worker=text/1"), all.length);
	assert.equal(await count(`address=:${ports.text0}`), all.length);
	assert.equal(await count("address=127.0.0.0/8"), all.length + 1);
	assert.equal(await count("address=192.0.2.0/24"), 0);
	assert.equal(await count("state=paused"), 0);
	const { code, err } = await visited.command("connections",
	    "worker=nobody");
	assert.equal(code, 1);
	assert.match(err, /no process of such a worker/);
	many.forEach((socket) => socket.destroy());
	web.destroy();
	await until("they are gone", async () => await count() === 0);
});

test("order", async () => {
	const three = [await visitText(), await visitText(),
	    await visitText()];
	for (const [i, socket] of three.entries())
		await say(socket, "x".repeat(100 * (i + 1)));
	const by = async (...words) =>
	    (await list(...words)).connections.map((r) => r.foreign);
	const up = three.map(address);
	assert.deepEqual(await by("--sort", "bytes_r"), up.toReversed());
	assert.deepEqual(await by("--sort", "Bytes-R"), up.toReversed());
	assert.deepEqual(await by("--sort=-bytes_r"), up);
	assert.deepEqual(await by("--sort", "foreign"), [...up].sort());
	const { connections } = await list();
	for (let i = 1; i < connections.length; i++) {
		const [a, b] = [connections[i - 1], connections[i]];
		assert.ok(a.slot < b.slot || (a.slot === b.slot &&
		    BigInt(a.id) < BigInt(b.id)));
	}
	three.forEach((socket) => socket.destroy());
});

test("mistakes are refused before anybody is asked", async () => {
	for (const [words, why] of [
		[["--sort", "colour"], /no such column: colour \(pid worker /],
		[["state=foo"], /not one of open answering stuck .*state=foo/],
		[["colour=red"], /not a filter \(worker= .*colour=red/],
		[["address=localhost"], /not IP, IP\/BITS, .*address=localhost/],
		[["--close", "x"], /not the id of a connection: x/],
		[["--close", "0"], /not the id of a connection: 0/],
		[["--close", "1", "worker=text"], /--close takes no filter/],
		[["--close"], /an argument is missing after --close/],
	]) {
		const { code, out, err } = await visited.command("connections",
		    ...words);
		assert.equal(code, 2, words.join(" "));
		assert.equal(out, "");
		assert.match(err, why);
	}
});

test("one is closed by its id", async () => {
	const [one, other] = [await visitText(), await visitText()];
	await say(one, "a");
	await say(other, "b");
	const { id } = await row(one);
	const ended = once(one, "end"), from = address(one);
	const { code, out } = await visited.command("connections", "--close",
	    id);
	assert.equal(code, 0);
	assert.match(out,
	    new RegExp(`^closed ${id}: text/\\d text ${from}\n$`));
	await ended;
	await say(other, "still here");
	one.destroy();
	await until("it is gone", async () =>
	    (await list()).connections.length === 1);
	const again = await visited.command("connections", "--close", id);
	assert.equal(again.code, 1);
	assert.equal(again.err, `visited: no connection ${id}\n`);
	assert.match(visited.log, new RegExp(`connection ${id} is closed`));
	other.destroy();
});

test("a websocket that is closed so hears 1000", async () => {
	const socket = await visit({ port: ports.websocket0,
		host: "127.0.0.1" });
	socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n" +
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	await once(socket, "data");
	const { id } = await row(socket, (r) => r.state === "open");
	const farewell = once(socket, "data");
	await visited.expect("connections", "--close", id);
	assert.equal((await farewell)[0].subarray(0, 4).toString("hex"),
	    "880203e8");
	await row(socket, (r) => r.state === "ending");
	socket.destroy();
});

test("80 columns on a terminal", async () => {
	if (spawnSync("script", ["--version"]).error)
		return console.log("# script is not installed");
	const socket = await visitText();
	await say(socket, "x");
	const line = `stty cols 80 2>/dev/null; ${visited.path} connections ` +
	    `--run-dir ${visited.dir}`;
	const { stdout } = spawnSync("script", ["-qec", line, "/dev/null"],
	    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
	const lines = stdout.split("\r\n");
	assert.match(lines[0], /RECV-Q  SEND-Q/);
	assert.ok(lines.every((l) => l.length <= 80 ||
	    l.startsWith("not shown")));
	assert.match(stdout, new RegExp(address(socket)));
	assert.match(stdout, /\nnot shown in this width: .*IPV4 IPV6/);
	const piped = await visited.expect("connections");
	assert.match(piped, /LOCAL +FOREIGN\n/);
	assert.doesNotMatch(piped, /not shown/);
	socket.destroy();
});

test("a stopped worker is named, the others are listed", async () => {
	const web = await visit({ port: ports.http0, host: "127.0.0.1" });
	await row(web);
	const pid = await visited.pid("text", 0);
	const victim = await (async () => {
		for (;;) {
			const socket = await visitText();
			const { slot, id } = await row(socket);
			if (slot === 0)
				return { socket, id };
		}
	})();
	process.kill(pid, "SIGSTOP");
	stopped.push(pid);
	const before = Date.now();
	const { code, out, err } = await visited.command("connections",
	    "--json");
	assert.ok(Date.now() - before < 4000);
	assert.equal(code, 0);
	assert.equal(err, `visited: warning: worker text/0 (pid ${pid}) ` +
	    "does not answer; its connections are not all shown\n");
	const answer = JSON.parse(out);
	assert.deepEqual(answer.missing, [{ pid, worker: "text", slot: 0,
		why: "does not answer" }]);
	assert.ok(answer.connections.some((r) => r.worker === "http"));
	assert.ok(!answer.connections.some((r) => r.pid === pid));
	// a close that finds nobody says who may have it
	const close = await visited.command("connections", "--close",
	    victim.id);
	assert.equal(close.code, 1);
	assert.match(close.err, new RegExp("text/0 .* does not answer[^]*" +
	    `no connection ${victim.id} in the processes that answered`));
	// nobody waits for it again, nor for one that is not meant
	const quick = Date.now();
	assert.equal((await list()).missing.length, 1);
	assert.ok(Date.now() - quick < 900);
	assert.deepEqual((await list("worker=http")).missing, []);
	// awake, it does not do what was given up
	process.kill(pid, "SIGCONT");
	stopped.pop();
	await until("it answers again", async () =>
	    (await list()).missing.length === 0);
	await say(victim.socket, "not closed");
	sockets.forEach((socket) => socket.destroy());
});

test("a busy worker, too", async () => {
	const socket = await visitText();
	const { slot } = await row(socket);
	socket.write("block 2\n");
	const { missing } = await until("it is busy", async () => {
		const answer = await list();
		return answer.missing.length === 1 && answer;
	});
	assert.equal(missing[0].slot, slot);
	await until("it answers again", async () =>
	    (await list()).missing.length === 0);
	socket.destroy();
});

test("a killed worker is not missed for long", async () => {
	const pid = await visited.pid("text", 1);
	visited.expected.push(/was killed by SIGKILL/);
	process.kill(pid, "SIGKILL");
	await until("another is there", async () => {
		const { connections, missing } = await list();
		const { processes } = await visited.status();
		return connections.length >= 0 && missing.length === 0 &&
		    processes.some((p) => p.worker === "text" &&
			p.slot === 1 && p.pid !== pid && p.state === "idle");
	});
});

test("many at once are all answered or told why not", async () => {
	const answers = await Promise.all(Array.from({ length: 24 }, () =>
	    visited.command("connections", "--json")));
	const good = answers.filter(({ code }) => code === 0);
	assert.ok(good.length >= 2);
	for (const { out } of good)
		assert.deepEqual(JSON.parse(out).missing, []);
	for (const { code, err } of answers.filter((a) => !good.includes(a))) {
		assert.equal(code, 1);
		assert.match(err, /too many ask for connections at once/);
	}
});

test("without a master", async () => {
	sockets.forEach((socket) => socket.destroy());
	await visited.stop();
	const { code, err } = await visited.command("connections");
	assert.equal(code, 5);
	assert.equal(err, "visited: not running\n");
});

await run();
