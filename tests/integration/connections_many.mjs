// SPDX-License-Identifier: MIT
// 10,000 connections of one worker are listed, and another client of it does
// not notice.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

import { Program } from "../support/program.mjs";
import { cleanup, run, skip, test, until } from "../support/tap.mjs";

const MANY = 10_000;
const limit = execFileSync("sh", ["-c", "ulimit -Hn"],
    { encoding: "utf8" }).trim();
if (limit !== "unlimited" && Number(limit) < MANY + 500)
	skip(`only ${limit} descriptors may be open`);

const visited = new Program("tests/support/visited",
    ["--count", "text=1"]);
cleanup(() => visited.end());
await visited.start();
const { listeners } = await visited.status();
const port = Number(/:(\d+)$/.exec(listeners.find((l) =>
    l.worker === "text").url)[1]);
const sockets = [];
// By a reset: thousands of ports in TIME-WAIT would be in the next test's way.
cleanup(() => sockets.forEach((socket) => socket.resetAndDestroy()));

async function visit() {
	const socket = connect({ port, host: "127.0.0.1", noDelay: true });
	sockets.push(socket);
	await once(socket, "connect");
	return socket;
}

// A client of its own process, whose only work is to ask and to look at the
// clock: what it says is how long the worker let it wait.
const prober = `
	const socket = require("node:net").connect({ port: ${port},
	    host: "127.0.0.1", noDelay: true });
	let times = [], sent, asked = false;
	const ask = () => { sent = process.hrtime.bigint(); socket.write("x\\n"); };
	socket.on("connect", ask);
	socket.on("data", () => {
		times.push(Number(process.hrtime.bigint() - sent) / 1e6);
		if (asked && times.length > 2000)
			report();
		ask();
	});
	process.stdin.on("data", () => { asked = true; });
	const report = () => {
		times.sort((a, b) => a - b);
		const at = (q) => times[Math.floor((times.length - 1) * q)];
		console.log(JSON.stringify({ n: times.length, median: at(0.5),
		    p99: at(0.99), p999: at(0.999), max: at(1),
		    long: times.filter((ms) => ms > 30).length }));
		times = [];
		asked = false;
	};
`;

async function probe() {
	const child = spawn(process.execPath, ["-e", prober],
	    { stdio: ["pipe", "pipe", "inherit"] });
	const take = async () => {
		const next = once(child.stdout, "data");
		child.stdin.write("?\n");
		return JSON.parse((await next)[0]);
	};
	await take(); // it is warm
	return { take, end: () => child.kill() };
}

const show = (what, t) => console.log(`# ${what}: ${t.n} requests, ` +
    `median ${t.median.toFixed(3)} ms, 99 % ${t.p99.toFixed(3)} ms, ` +
    `99.9 % ${t.p999.toFixed(3)} ms, ` +
    `longest ${t.max.toFixed(3)} ms`);

let ids;

test("10,000 are all listed, each once", async () => {
	while (sockets.length < MANY)
		await Promise.all(Array.from({ length: 250 }, visit));
	const { out } = await big("--json");
	const { connections, missing } = JSON.parse(out);
	assert.deepEqual(missing, []);
	assert.equal(connections.length, MANY);
	ids = new Set(connections.map(({ id }) => id));
	assert.equal(ids.size, MANY);
	const table = await big("--sort", "foreign");
	assert.equal(table.out.split("\n").length, MANY + 2);
});

// Without execFile's bound on the output.
async function big(...words) {
	const child = spawn(visited.path, ["connections", "--run-dir",
	    visited.dir, ...words], { stdio: ["ignore", "pipe", "inherit"] });
	const closed = once(child, "close");
	let out = "";
	for await (const piece of child.stdout)
		out += piece;
	assert.deepEqual(await closed, [0, null]);
	return { out };
}

test("another client does not notice", async () => {
	const { take, end } = await probe();
	const lists = 20;
	let busy;
	show("at rest", await take());
	// To write 10,000 rows takes the worker 40 ms: done in one turn it
	// would be a long wait for each list. A machine with other work makes
	// long waits, too, but not for ever.
	for (let attempt = 0; attempt < 5; attempt++) {
		const began = Date.now();
		for (let i = 0; i < lists; i++)
			assert.equal((await big()).out.split("\n").length,
			    MANY + 3);
		const each = (Date.now() - began) / lists;
		busy = await take();
		show(`while ${lists} lists were made ` +
		    `(${each.toFixed(0)} ms each)`, busy);
		if (busy.long < lists / 2)
			break;
	}
	end();
	assert.ok(busy.long < lists / 2,
	    `${busy.long} waits of more than 30 ms`);
});

test("those that come and go meanwhile disturb nothing", async () => {
	let over = false;
	const churn = (async () => {
		while (!over) {
			const some = await Promise.all(
			    Array.from({ length: 50 }, visit));
			some.forEach((socket) => socket.resetAndDestroy());
			sockets.splice(-50);
		}
	})();
	for (let i = 0; i < 5; i++) {
		const { connections, missing } = JSON.parse(
		    (await big("--json")).out);
		const seen = connections.map(({ id }) => id);
		assert.deepEqual(missing, []);
		assert.equal(new Set(seen).size, seen.length);
		assert.equal(seen.filter((id) => ids.has(id)).length, MANY);
	}
	over = true;
	await churn;
});

test("a client that leaves in the middle, and one that is slow", async () => {
	const socket = () => connect(`${visited.dir}/visited.sock`);
	for (let i = 0; i < 10; i++) {
		const gone = socket();
		gone.write("workerman/1 connections\n");
		await once(gone, "data");
		gone.destroy();
	}
	await until("the master has seen them go", async () =>
	    (await visited.command("connections", "worker=http")).code === 0);
	const slow = socket(), ended = once(slow, "end");
	let got = "", length = 0;
	slow.on("data", (data) => {
		length += data.toString().split("\nROW connection").length - 1;
		got = (got + data).slice(-100);
	});
	slow.write("workerman/1 connections\n");
	await once(slow, "data");
	slow.pause();
	const [a, b] = await Promise.all([big(), big("protocol=text")]);
	assert.equal(a.out.split("\n").length, b.out.split("\n").length);
	slow.resume();
	await ended;
	assert.match(got, /\nEND 0 \n$/);
	assert.ok(length > MANY * 0.9);
});

await run();
