// SPDX-License-Identifier: MIT
// Workers of the chat are killed in the middle of reloads: some people are
// lost with them, and who is left sees exactly who is left.
// WM_KILLS says how often.

import assert from "node:assert/strict";

import { Person } from "../support/chat_client.mjs";
import { Program } from "../support/program.mjs";
import { cleanup, optional, run, skip, test, until } from "../support/tap.mjs";

const ws = await optional(() => import("ws"));
if (!ws)
	skip("the node package ws is not installed");

const KILLS = Number(process.env.WM_KILLS ?? 15);
const PEOPLE = 20;
const SPAN = 45;         // ms: a reload is over by then
const PATIENCE = 30_000;
const SOON = 8_000;      // before a process would be missed for its silence

const chat = new Program("apps/chat/chat",
    ["--listen", "chat=http://127.0.0.1:0"]);
cleanup(() => chat.end());
chat.expected.push(/was killed by SIGKILL/);
await chat.start();
const port = await chat.port("chat");

const people = new Map(); // by name
let entered = 0;

async function enter(slot) {
	const person = await Person.enterAt(ws.WebSocket, port, slot);
	await person.join(`p${++entered}`, "lobby");
	people.set(person.name, person);
	person.closed.then(() => people.delete(person.name));
	return person;
}

async function processes() {
	const { processes: all } = await chat.status();
	return all.filter((p) => p.pid > 1);
}

// Reloads, and kills one of the processes while that goes on.
async function kill_one(i) {
	const before = await processes();
	const reload = chat.command("reload");
	await new Promise((done) => setTimeout(done, i * SPAN / KILLS));
	const victims = i % 2 ? before : await processes();
	try {
		process.kill(victims[i % victims.length].pid, "SIGKILL");
	} catch (error) {
		assert.equal(error.code, "ESRCH"); // it had ended
	}
	await reload;
	await until("two serve", async () =>
	    (await processes()).length === 2, PATIENCE);
}

const list = (names) => JSON.stringify([...names].sort());

// The latest list that the person was told names exactly those who are there.
const sees_right = (person) => until(`what ${person.name} sees`, () => {
	const last = person.rest("people").at(-1);
	return last && list(last.names) === list(people.keys());
}, SOON);

test("who is left sees who is left", async () => {
	for (let i = 0; i < KILLS; i++) {
		while (people.size < PEOPLE)
			await enter(people.size % 2);
		await kill_one(i);
		await enter(0);
		await enter(1);
		for (const person of people.values())
			await sees_right(person);
	}
});

await run();
