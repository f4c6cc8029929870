// SPDX-License-Identifier: MIT
// Workers of which there are never two at once (WM_EXCLUSIVE): the old one
// ends, then the new one begins; meanwhile its clients wait, and when the new
// one fails, the old one comes back.

import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { cleanup, run, test, until } from "../support/tap.mjs";
import { Load } from "../support/load.mjs";
import { Versioned } from "../support/versioned.mjs";

async function begin(drain = 300) {
	const program = new Versioned();
	cleanup(() => program.end());
	const ledger = join(program.dir, "ledger");
	const rows = `journal=${program.journal} ledger=${ledger}
		row=only url=text://127.0.0.1:0 exclusive drain=${drain} spread=50
		lock=${join(program.dir, "lock")}
		row=web url=http://127.0.0.1:0 count=2`;
	program.install(`v=1 ${rows}`);
	await program.start();
	const load = new Load({ ledger, clients: { text: 4, keepalive: 2 },
	    ports: { text: await program.port("only"),
		http: await program.port("web") } });
	load.start();
	await load.reaches(50);
	return { program, load, rows };
}

// Nobody was refused or reset; each answered message was handled once.
async function end({ program, load }) {
	await load.reaches(50);
	await load.stop();
	console.log(`# ${load.total} answers, longest silence ${
	    Math.round(load.silence)} ms`);
	assert.deepEqual(load.failed, []);
	assert.deepEqual(load.unequal(), []);
	assert.deepEqual(program.notes().filter((n) =>
	    n.what === "two-at-once"), []);
	await program.stop();
}

// The journal of the exclusive worker: "start 1", "active 1", ...
const story = (program) => program.notes()
    .filter((n) => n.who === "only/0").map((n) => `${n.what} ${n.version}`);

test("never two at once, and its clients wait", async () => {
	const all = await begin();
	const { program, load, rows } = all;
	for (let v = 2; v <= 5; v++) {
		const { out } = await program.renew(`v=${v} ${rows}`);
		assert.match(out, /exclusive: 1 workers end before/);
		load.version = v;
		await load.reaches(50);
	}
	await end(all);
	assert.deepEqual(story(program), [1, 2, 3, 4, 5].flatMap((v) =>
	    [`start ${v}`, `active ${v}`, `stop ${v}`]));
});

for (const [how, words] of [["refuse", "on_worker_start refused"],
    ["crash", "SIGABRT"], ["exit", "status 9"]])
	test(`the new one fails (${how}): the old one comes back`, async () => {
		const all = await begin();
		const { program, rows } = all;
		program.expected.push(/reload refused/);
		const web = await program.pids("web");
		program.install(`v=2 start=${how} at=only/0 ${rows}`);
		const { code, err } = await program.reload();
		assert.equal(code, 7);
		assert.ok(err.includes("only/0") && err.includes(words), err);
		await until("it is back", async () =>
		    (await program.serving("only"))
			.some((p) => p.state === "idle"));
		assert.equal(await program.pids("web"), web);
		const { master, processes } = await program.status();
		assert.equal(master.generation, 1);
		assert.ok(processes.every((p) => p.generation === 1));
		await end(all);
		assert.deepEqual(story(program).slice(0, 6), ["start 1",
		    "active 1", "stop 1", "start 2", "start 1", "active 1"]);
	});

test("another new one fails while the old one leaves: it comes back",
    async () => {
	const all = await begin(10_000);
	const { program, load, rows } = all;
	program.expected.push(/reload refused/, /SIGKILL/);
	const held = connect(load.ports.text, "127.0.0.1");
	held.on("error", () => {}).resume();
	held.write("block-1000\n"); // it leaves when this is answered
	const reload = (program.install(`v=2 ${rows}`), program.reload());
	const ready = await until("the old one leaves", async () => {
		const { processes } = await program.status();
		return processes.some((p) => p.worker === "only" &&
		    p.state === "draining") && processes.find((p) =>
		    p.worker === "web" && p.generation === 2);
	});
	process.kill(ready.pid, "SIGKILL");
	const { code, err } = await reload;
	assert.equal(code, 7, err);
	assert.match(err, /web\/\d was killed by SIGKILL/);
	await until("it serves", async () => (await program.serving("only"))
	    .some((p) => p.state === "idle"));
	assert.equal((await program.status()).master.generation, 1);
	held.destroy();
	await end(all);
});

test("another new one fails while the new one begins: never two at once",
    async () => {
	const all = await begin();
	const { program, rows } = all;
	const gate = join(program.dir, "gate");
	program.expected.push(/reload refused/, /SIGKILL/);
	for (let i = 0; i < 5; i++) {
		program.install(`v=2 start=wait at=only/0 gate=${gate} ${rows}`);
		const reload = program.reload();
		await until("the new one begins", () => existsSync(
		    `${gate}.waits`));
		rmSync(`${gate}.waits`);
		const other = (await program.processes("web")).find((p) =>
		    p.generation === 2);
		process.kill(other.pid, "SIGKILL");
		assert.equal((await reload).code, 7);
		await until("the old one is back", async () =>
		    (await program.serving("only")).some((p) =>
			p.generation === 1 && p.state === "idle"));
	}
	await end(all);
});

await run();
