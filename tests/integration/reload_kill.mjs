// SPDX-License-Identifier: MIT
// kill -9 of everybody at each step of a reload: nothing hangs or is left
// behind, and what serves afterwards is one whole generation.

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run, test, until } from "../support/tap.mjs";
import { alive, back, begin, kill, whole } from "../support/mortal.mjs";

// Reloads into a program that stops at a step until it is released, and
// returns who runs then. step: describe, canary, ready.
const holds = {
	describe: "prepare=wait", canary: "start=wait",
	ready: "start=wait at=http/2",
};

async function hold(program, step) {
	const gate = join(program.dir, "gate");
	rmSync(gate, { force: true });
	program.install(`gate=${gate} ${holds[step]} ${program.plan(2)}`);
	const cli = program.launch("reload");
	const done = new Promise((over) => cli.on("close", (code, signal) =>
	    over(signal ?? code)));
	await until(`step ${step}`, () => existsSync(`${gate}.waits`));
	const waiting = Number(readFileSync(`${gate}.waits`, "utf8"));
	rmSync(`${gate}.waits`);
	return { cli, done, waiting, release: () => program.open(gate) };
}

for (const step of Object.keys(holds)) {
	test(`${step}: the CLI is killed, the reload goes on`, async () => {
		const program = await begin();
		const { cli, done, release } = await hold(program, step);
		cli.kill("SIGKILL");
		assert.equal(await done, "SIGKILL");
		release();
		await whole(program, 2);
		await program.stop();
	});

	test(`${step}: the new process is killed`, async () => {
		const program = await begin();
		const before = await program.pids();
		const { done, waiting } = await hold(program, step);
		process.kill(waiting, "SIGKILL");
		assert.equal(await done, 7);
		await whole(program, 1);
		assert.equal(await program.pids(), before);
		await program.renew(program.plan(3));
		await whole(program, 2);
		await program.stop();
	});

	test(`${step}: an old worker is killed`, async () => {
		const program = await begin();
		const { done, release } = await hold(program, step);
		const old = (await program.processes("http")).find((p) =>
		    p.generation === 1 && p.slot === 1);
		kill(old);
		await back(program, old, 1);
		release();
		assert.equal(await done, 0);
		await whole(program, 2);
		await program.stop();
	});

	test(`${step}: the master is killed`, async () => {
		const program = await begin();
		const { done, waiting } = await hold(program, step);
		const { master, processes } = await program.status();
		const pids = processes.map((p) => p.pid);
		kill(master);
		await until("who hangs ends with it", () => !alive(waiting),
		    2000);
		assert.notEqual(await done, 0);
		program.install(program.plan(3));
		await program.start();
		await whole(program, 1);
		await until("no orphan lives", () => !pids.some(alive), 20_000);
		await program.renew(program.plan(4));
		await whole(program, 2);
		await program.stop();
	});

	test(`${step}: stop ends it all`, async () => {
		const program = await begin();
		const { done, waiting } = await hold(program, step);
		const { processes } = await program.status();
		const began = performance.now();
		const { code, err } = await program.command("stop");
		assert.equal(code, 0, err);
		assert.ok(performance.now() - began < 5000);
		assert.equal(await done, 7);
		assert.ok(![waiting, ...processes.map((p) => p.pid)]
		    .some(alive));
	});
}

test("a ready one is killed while another one starts", async () => {
	const program = await begin();
	const before = await program.pids();
	const { done, waiting } = await hold(program, "ready");
	const other = (await program.processes()).find((p) =>
	    p.generation === 2 && p.pid !== waiting);
	kill(other);
	assert.equal(await done, 7);
	await whole(program, 1);
	assert.equal(await program.pids(), before);
	await program.stop();
});

await run();
