// SPDX-License-Identifier: MIT
// What the tests of deaths around a reload share.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cleanup, until } from "./tap.mjs";
import { Versioned } from "./versioned.mjs";

const rows = `row=http url=http://127.0.0.1:0 count=4 spread=100
	row=text url=text://127.0.0.1:0 spread=100`;

export async function begin(more = "") {
	const program = new Versioned();
	program.expected.push(/SIGKILL/, /reload refused/, /the master is gone/);
	cleanup(() => program.end());
	program.plan = (v) => `v=${v} ${more} ` +
	    `journal=${program.journal} ${rows}`;
	program.install(program.plan(1));
	await program.start();
	return program;
}

// One that was killed is there again, as the same version.
export async function back(program, killed, version) {
	const found = await until(`${killed.worker}/${killed.slot} is back`,
	    async () => (await program.serving(killed.worker)).find((p) =>
		p.slot === killed.slot && p.pid !== killed.pid &&
		p.state === "idle"));
	await until("its start is noted", () => program.notes().some((n) =>
	    n.pid === found.pid && n.what === "start" &&
	    n.version === version));
	assert.equal(found.generation, killed.generation);
	return found;
}

export const kill = (process_) => process.kill(process_.pid, "SIGKILL");
export const alive = (pid) => {
	try {
		return !/^State:\s+Z/m.test(
		    readFileSync(`/proc/${pid}/status`, "utf8"));
	} catch {
		return false;
	}
};

// The state is that of one generation: all slots, all idle, nobody else.
export async function whole(program, generation) {
	await until(`all is of generation ${generation}`, async () => {
		const { master, processes } = await program.status();
		return master.generation === generation &&
		    master.reload_running === 0 && processes.length === 5 &&
		    processes.every((p) => p.generation === generation &&
			p.state === "idle");
	}, 20_000);
	const { master } = await program.status();
	// the system knows of no other child
	const children = readFileSync(
	    `/proc/${master.pid}/task/${master.pid}/children`, "utf8")
	    .trim().split(" ").length;
	assert.equal(children, 5, "children of the master");
}
