// SPDX-License-Identifier: MIT
// MQTT as mosquitto_pub and mosquitto_sub speak it, at both workers.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

import { Program } from "../support/program.mjs";
import { cleanup, run, skip, test } from "../support/tap.mjs";

if (spawnSync("mosquitto_sub", ["--help"]).error ||
    spawnSync("mosquitto_pub", ["--help"]).error)
	skip("mosquitto_pub and mosquitto_sub are not installed");

const broker = new Program("apps/mqtt/mqtt",
    ["--listen", "mqtt=mqtt://127.0.0.1:0", "--listen",
	"web=http://127.0.0.1:0"]);
cleanup(() => broker.end());
await broker.start();
// By address: a bare system may not know localhost.
const AT = ["-h", "127.0.0.1", "-p", String(await broker.port("mqtt"))];
const WORKER = "$SYS/broker/worker";
const NEVER = 30_000;

const children = [];
cleanup(() => children.forEach((child) => child.kill("SIGKILL")));

class Subscriber {
	constructor(...args) {
		this.lines = [];
		this.child = spawn("mosquitto_sub", [...AT, "-v", ...args],
		    { timeout: NEVER });
		children.push(this.child);
		this.closed = once(this.child, "close");
		let rest = "";
		this.child.stdout.on("data", (data) => {
			const all = (rest + data).split("\n");
			rest = all.pop();
			this.lines.push(...all);
			this.wake?.();
		});
		this.closed.then(() => { this.over = true; this.wake?.(); });
	}

	// The next line; throws when there will be none.
	async line() {
		while (this.lines.length === 0) {
			if (this.over)
				throw new Error("mosquitto_sub has ended");
			await new Promise((done) => { this.wake = done; });
		}
		return this.lines.shift();
	}

	end(signal = "SIGTERM") {
		this.child.kill(signal);
		return this.closed;
	}

	// One that is at that worker: which one it is, the worker itself says.
	static async at(slot, ...args) {
		for (let tries = 0; tries < 100; tries++) {
			const s = new Subscriber("-t", WORKER, ...args);
			if ((await s.line()).endsWith(`${WORKER} mqtt/${slot}`))
				return s;
			await s.end("SIGKILL");
		}
		throw new Error(`worker ${slot} never answered`);
	}

	// One at each worker: a publisher is never at the same as both.
	static both(...args) {
		return Promise.all([0, 1].map((slot) =>
		    Subscriber.at(slot, ...args)));
	}
}

async function publish(...args) {
	const child = spawn("mosquitto_pub", [...AT, ...args],
	    { timeout: NEVER });
	const [code] = await once(child, "close");
	assert.equal(code, 0);
}

// All that a subscriber prints until it has what it came for.
async function output(...args) {
	const s = new Subscriber(...args);
	await s.closed;
	return s.lines;
}

for (const qos of [0, 1, 2])
	test(`QoS ${qos} reaches subscribers at both workers`, async () => {
		const both = await Subscriber.both("-t", "q/+", "-q", "2");
		for (let i = 0; i < 5; i++)
			await publish("-t", `q/${i}`, "-m", `m${i}`, "-q",
			    String(qos));
		for (const s of both) {
			for (let i = 0; i < 5; i++)
				assert.equal(await s.line(), `q/${i} m${i}`);
			await s.end();
		}
	});

test("wildcards choose", async () => {
	const plus = await Subscriber.at(0, "-t", "w/+/t");
	const hash = await Subscriber.at(1, "-t", "w/#", "-t", "end");
	for (const topic of ["w/a/t", "w/a/b/t", "w", "x/a/t", "w/b/t", "end"])
		await publish("-t", topic, "-m", ".");
	for (const topic of ["w/a/t", "w/b/t"])
		assert.equal(await plus.line(), `${topic} .`);
	for (const topic of ["w/a/t", "w/a/b/t", "w", "w/b/t", "end"])
		assert.equal(await hash.line(), `${topic} .`);
	await Promise.all([plus.end(), hash.end()]);
});

// A subscriber at that worker, once what the other worker took got there.
async function seeing(line, slot, ...args) {
	for (let tries = 0; tries < 100; tries++) {
		const s = await Subscriber.at(slot, ...args);
		if (await s.line() === line)
			return s;
		await s.end();
	}
	throw new Error(`worker ${slot} never said: ${line}`);
}

test("what is retained is there for who comes later, at each worker",
    async () => {
	for (const args of [["r/a", "-m", "old"], ["r/a", "-m", "new"],
	    ["r/b", "-m", "other"], ["r/b", "-n"]])
		await publish("-r", "-q", "1", "-t", ...args);
	for (const slot of [0, 1]) {
		const s = await seeing("1 r/a new", slot, "-t", "r/#", "-F",
		    "%r %t %p");
		await publish("-t", "r/c", "-m", "live");
		assert.equal(await s.line(), "0 r/c live");
		await s.end();
	}
	await publish("-t", "r/a", "-n", "-r", "-q", "1");
});

test("a session that waits gets QoS 1 and 2", async () => {
	const who = ["-i", "keeper", "-c", "-q", "2", "-t", "s/+"];
	await output(...who, "-E");
	for (let i = 0; i < 20; i++)
		await publish("-t", `s/${i}`, "-m", "x", "-q", String(i % 3));
	const got = await output(...who, "-C", "13");
	assert.deepEqual(got.sort(), Array.from({ length: 20 }, (_, i) => i)
	    .filter((i) => i % 3).map((i) => `s/${i} x`).sort());
	await output("-i", "keeper", "-t", "s/+", "-E"); // clean again
});

test("a killed client leaves its will, a stopped one none", async () => {
	const both = await Subscriber.both("-t", "will/+");
	const dying = (name) => new Subscriber("-t", WORKER, "--will-topic",
	    `will/${name}`, "--will-payload", "gone", "--will-qos", "1");
	const polite = dying("polite"), killed = dying("killed");
	await Promise.all([polite.line(), killed.line()]);
	await polite.end("SIGTERM");
	await killed.end("SIGKILL");
	for (const s of both) {
		assert.equal(await s.line(), "will/killed gone");
		await s.end();
	}
});

test("a message of 1 MB arrives", async () => {
	const both = await Subscriber.both("-t", "big");
	const child = spawn("mosquitto_pub", [...AT, "-t", "big", "-s",
	    "-q", "1"]);
	child.stdin.end(Buffer.alloc(1_000_000, "x"));
	assert.equal((await once(child, "close"))[0], 0);
	for (const s of both) {
		assert.equal((await s.line()).length, 1_000_004);
		await s.end();
	}
});

await run();
