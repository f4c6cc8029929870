// SPDX-License-Identifier: MIT
// A broken new program changes nothing: reload says why, with status 7, and
// the old one serves on, unseen by the clients that talk to it meanwhile.

import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { cleanup, optional, run, test, until } from "../support/tap.mjs";
import { Load } from "../support/load.mjs";
import { Versioned, freePort, image, large } from "../support/versioned.mjs";

const WebSocket = (await optional(() => import("ws")))?.default;
const EIGHT = "row=http url=http://127.0.0.1:0 count=8 spread=200";
const REST = `row=text url=text://127.0.0.1:0 spread=200
	row=frame url=frame://127.0.0.1:0 spread=200
	row=websocket url=websocket://127.0.0.1:0 spread=200`;
const TABLE = `${EIGHT} ${REST}`;

const program = new Versioned();
cleanup(() => program.end());
program.expected.push(/reload refused/, /was not ready within 30 s/);
const ledger = join(program.dir, "ledger");
const good = `v=1 ledger=${ledger} ${TABLE}`;
const load = new Load({ ledger, WebSocket, clients: { keepalive: 3, short: 3,
    text: 2, frame: 2, websocket: WebSocket ? 2 : 0 } });
let pids;

test("the program starts", async () => {
	program.install(good);
	await program.start();
	load.ports = {
		http: await program.port("http"),
		text: await program.port("text"),
		frame: await program.port("frame"),
		websocket: await program.port("websocket"),
	};
	load.version = 1;
	load.start();
	pids = await program.pids();
	assert.equal(pids.split(" ").length, 11);
});

// Nothing but a line on standard error has come of it.
async function refused(words, reload = program.reload()) {
	const { code, out, err } = await reload;
	assert.equal(code, 7, out + err);
	for (const word of [words].flat())
		assert.ok(err.includes(word), `'${word}' is not in: ${err}`);
	assert.equal(err.trim().split("\n").length, 1, err);
	console.log(`# ${err.trim()}`);
	const { master } = await program.status();
	assert.equal(master.generation, 1);
	assert.equal(master.reload_result, "refused");
	await until("the failed generation is gone", async () =>
	    (await program.processes()).every((p) => p.generation === 1));
	assert.equal(await program.pids(), pids);
	assert.equal((await program.processes()).length, 11);
}

// A test of one broken file, put in place by `put`.
function broken(what, words, put) {
	test(`${what}: refused`, async () => {
		await put();
		await refused(words);
	});
}

function faulty(what, words, plan) {
	broken(what, words, () => program.install(plan));
}

const bytes = (plan = good) => image(plan);

// ---- the file ----

broken("no file", "No such file", () => rmSync(program.file));
broken("a file that may not be executed", "Permission denied",
    () => program.put(bytes(), 0o644));
test("a directory: refused", async () => {
	rmSync(program.file, { force: true });
	mkdirSync(program.file);
	try {
		await refused("Is a directory");
	} finally {
		rmSync(program.file, { recursive: true });
	}
});
for (const [what, part] of [["in its head", 0.0002], ["early", 0.05],
    ["in the middle", 0.5], ["late", 0.99]])
	broken(`a file cut off ${what}`, "not complete", () => {
		const whole = bytes();
		program.put(whole.subarray(0,
		    Math.ceil(whole.length * part)));
	});
broken("an empty file", "not complete", () => program.put(Buffer.alloc(0)));
broken("a program for another machine", "Exec format error", () => {
	const foreign = bytes();
	foreign.writeUInt16LE(0xf3, 18); /* e_machine: RISC-V */
	program.put(foreign);
});
broken("a program that lacks a library", "libevent_gone", () => {
	const lacking = bytes();
	for (let at; (at = lacking.indexOf("libevent_core")) >= 0;)
		lacking.write("libevent_gone", at);
	program.put(lacking);
});
broken("a script whose interpreter is missing", "No such file",
    () => program.put(Buffer.from("#!/nonexistent/interpreter\n")));
broken("a script", "", () => program.put(Buffer.from("#!/bin/sh\nexit 0\n")));

test("a file that is being written: refused after a second", async () => {
	program.install(good);
	const fd = openSync(program.file, "r+");
	const began = performance.now();
	await refused("being copied");
	assert.ok(performance.now() - began > 900, "it was tried again");
	closeSync(fd);
});

// ---- what it says of itself ----

faulty("two workers of one name", "text",
    `${good} row=text url=text://127.0.0.1:0`);
faulty("a bad address", "nonsense://", good.replace("text://", "nonsense://"));
faulty("a name that is no name", "a.b", good.replace("row=text", "row=a.b"));
faulty("no workers", "worker", "v=2");
faulty("another program", ["another", "versioned"], `app=another ${good}`);
faulty("an older framework", "restart", `main=older ${good}`);
faulty("a newer framework", "restart", `main=newer ${good}`);
faulty("a user that does not exist", "nobody-of-that-name",
    good.replace("row=text", "row=text user=nobody-of-that-name"));

test("an address in use: refused", async () => {
	const holder = createServer();
	await new Promise((done) => holder.listen(0, "127.0.0.1", done));
	const { port } = holder.address();
	program.install(`${good} row=late url=text://127.0.0.1:${port}`);
	await refused(["in use", String(port), "late"]);
	await new Promise((done) => holder.close(done));
});

test("what was bound for a refused program is free again", async () => {
	const port = await freePort();
	program.install(`start=refuse ${good} ` +
	    `row=late url=text://127.0.0.1:${port}`);
	await refused("refused");
	const holder = createServer();
	await new Promise((done, failed) => holder.on("error", failed)
	    .listen(port, "127.0.0.1", done));
	await new Promise((done) => holder.close(done));
});

// ---- what it does ----

faulty("main() ends", "ended before wm_main", `main=end ${good}`);
faulty("main() fails", "9", `main=exit ${good}`);
faulty("main() crashes", "SIGABRT", `main=crash ${good}`);
faulty("main() hangs", "within 10 s", `main=hang ${good}`);
faulty("main() leaves a thread", "thread", `main=thread ${good}`);
faulty("main() leaves a socket", "socket", `main=socket ${good}`);
faulty("main() leaves a child", "child", `main=child ${good}`);
faulty("on_prepare refuses", "on_prepare", `prepare=refuse ${good}`);
faulty("on_prepare crashes", "SIGABRT", `prepare=crash ${good}`);
faulty("on_worker_start refuses", ["on_worker_start refused", "http/0"],
    `start=refuse ${good}`);
faulty("on_worker_start crashes", ["SIGABRT", "http/0"], `start=crash ${good}`);
faulty("on_worker_start ends", "9", `start=exit ${good}`);
for (const [how, words] of [["refuse", "refused"], ["crash", "SIGABRT"]])
	faulty(`the fifth worker of eight: ${how}`, ["http/4", words],
	    `start=${how} at=http/4 ${good}`);
faulty("the last worker of all", "websocket/0",
    `start=refuse at=websocket/0 ${good}`);
if (large) {
	faulty("on_prepare hangs", "within 10 s", `prepare=hang ${good}`);
	faulty("on_worker_start hangs", ["within 30 s", "http/0"],
	    `start=hang ${good}`);
	faulty("the fifth worker of eight hangs", ["within 30 s", "http/4"],
	    `start=hang at=http/4 ${good}`);
}

// ---- and afterwards ----

test("what the program says on standard error is shown", async () => {
	program.install(`main=says start=refuse ${good}`);
	const { code, out } = await program.reload();
	assert.equal(code, 7);
	assert.ok(out.includes("a word from the new program"), out);
});

test("the clients noticed nothing", async () => {
	await load.stop();
	console.log(`# ${load.total} answers, longest silence ${
	    Math.round(load.silence)} ms`);
	assert.deepEqual(load.failed, []);
	assert.deepEqual(load.ends, { "short announced": load.answered.short });
	assert.deepEqual(load.again, {});
	assert.deepEqual(load.unequal(), []);
	assert.ok(load.total > 1000);
});

test("a copy that is complete within a second succeeds", async () => {
	const whole = bytes(good.replace("v=1", "v=2"));
	program.put(Buffer.alloc(0));
	const fd = openSync(program.file, "w");
	writeSync(fd, whole, 0, whole.length - 9);
	const reload = program.reload();
	await until("the reload waits", async () =>
	    (await program.status()).master.reload_running === 1);
	writeSync(fd, whole, whole.length - 9, 9);
	closeSync(fd);
	const { code, err } = await reload;
	assert.equal(code, 0, err);
	assert.equal((await program.status()).master.generation, 2);
});

test("and the reload that is not broken does, too", async () => {
	await program.renew(good.replace("v=1", "v=3"));
	const { master, processes } = await program.status();
	assert.equal(master.generation, 3);
	assert.equal(master.reload_result, "done");
	assert.equal(processes.filter((p) => p.state === "idle").length, 11);
});

await run();
