// SPDX-License-Identifier: MIT
// Clients of tests/support/mover.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { Program } from "./program.mjs";
import { until } from "./tap.mjs";

// A line at a time. What nobody waits for is kept in `lines`.
export class Client {
	constructor(port) {
		this.lines = [];
		this.heard = new Map(); // publisher: how many numbers, in order
		this.disorder = [];
		this.closed = false;
		this.rest = "";
		this.waiters = [];
		this.socket = connect({ port, host: "127.0.0.1" });
		this.socket.setNoDelay(true);
		this.socket.on("error", () => {});
		this.socket.on("data", (data) => this.take(data));
		this.socket.on("close", () => {
			this.closed = true;
			this.waiters.splice(0).forEach((w) => w());
		});
	}

	static async open(port, name) {
		const client = new Client(port);
		await once(client.socket, "connect");
		if (name)
			assert.equal(await client.ask(`name ${name}`), "named");
		client.name = name;
		return client;
	}

	take(data) {
		const lines = (this.rest + data).split("\n");
		this.rest = lines.pop();
		for (const line of lines)
			this.hear(line);
		this.waiters.splice(0).forEach((w) => w());
	}

	// "#PUBLISHER NUMBER" is a published one: they are counted.
	hear(line) {
		const found = /^#(\S+) (\d+)$/.exec(line);
		if (!found) {
			this.lines.push(line);
			return;
		}
		const before = this.heard.get(found[1]) ?? 0;
		if (Number(found[2]) !== before + 1)
			this.disorder.push(`${line} after ${before}`);
		this.heard.set(found[1], Number(found[2]));
	}

	write(text) {
		this.socket.write(text);
	}

	async line() {
		while (this.lines.length === 0) {
			if (this.closed)
				throw new Error(`${this.name} was closed`);
			await new Promise((done) => this.waiters.push(done));
		}
		return this.lines.shift();
	}

	ask(text) {
		this.write(`${text}\n`);
		return this.line();
	}

	async who() {
		const [, name, pid, generation, slot, lines, id] =
		    (await this.ask("who")).split(" ");
		return { name, pid: Number(pid), generation: Number(generation),
			slot: Number(slot), lines: Number(lines), id };
	}

	end() {
		this.socket.destroy();
	}
}

export class Mover extends Program {
	constructor(args) {
		super("tests/support/mover", args);
	}

	// Clients until every one of two slots has `n`: [[...], [...]].
	async spread(n, prefix = "c") {
		const port = await this.port("mover"), slots = [[], []];
		for (let i = 0; slots.some((s) => s.length < n); i++) {
			const client = await Client.open(port, `${prefix}${i}`);
			const { slot } = await client.who();
			if (slots[slot].length < n)
				slots[slot].push(client);
			else
				client.end();
		}
		return slots;
	}

	reload(...args) {
		return this.expect("reload", ...args);
	}

	// Processes of a row that are there, leaving ones among them.
	async processes(row = "mover") {
		const { processes } = await this.status();
		return processes.filter((p) => p.worker === row && p.pid > 1);
	}

	// Waits until only one process per slot is left.
	settled(row = "mover", slots = 2) {
		return until(`${slots} processes of ${row}`, async () => {
			const all = await this.processes(row);
			return all.length === slots && all;
		}, 45_000);
	}

	async ids() {
		const { connections } = JSON.parse(
		    await this.expect("connections", "--json"));
		return connections.map((c) => c.id).sort();
	}

	// By connection id: { connect, close, thaw }, how many, and the process
	// that has it, or was the last to make it from a record: holder.
	events() {
		const path = join(this.dir, "events");
		const all = { connect: new Map(), close: new Map(),
			thaw: new Map(), holder: new Map() };
		for (const line of existsSync(path) ?
		    readFileSync(path, "utf8").trim().split("\n") : []) {
			const [what, id, pid] = line.split(" ");
			all[what].set(id, (all[what].get(id) ?? 0) + 1);
			if (what !== "close")
				all.holder.set(id, Number(pid));
		}
		return all;
	}
}

export function descriptors(pid) {
	return readdirSync(`/proc/${pid}/fd`).length;
}
