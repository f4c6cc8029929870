// SPDX-License-Identifier: MIT
// People at both workers talk while the chat is reloaded again and again, and
// nobody notices: neither programs nor the page in a browser.
// WM_RELOADS says how often.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Person } from "../support/chat_client.mjs";
import { Program } from "../support/program.mjs";
import { cleanup, optional, run, skip, test, until } from "../support/tap.mjs";

const ws = await optional(() => import("ws"));
if (!ws)
	skip("the node package ws is not installed");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const playwright = await optional(() => import("playwright-core"));
if (!playwright)
	skip("the node package playwright-core is not installed");
if (!existsSync(executablePath))
	skip("chromium is not installed");

const RELOADS = Number(process.env.WM_RELOADS ?? 20);
const PAGE_RELOADS = 6;
const PATIENCE = 30_000;

const chat = new Program("apps/chat/chat",
    ["--listen", "chat=http://127.0.0.1:0"]);
cleanup(() => chat.end());
await chat.start();
const port = await chat.port("chat");

// ---- reloads ----

async function processes() {
	const { processes: all } = await chat.status();
	return all.filter((p) => p.pid > 1);
}

// Reloads; every slot is then served by a new process.
async function reload() {
	const before = await processes();
	const generation = Math.max(...before.map((p) => p.generation)) + 1;
	await chat.expect("reload");
	const fresh = (await processes()).filter((p) =>
	    p.generation === generation);
	assert.deepEqual(fresh.map((p) => p.slot).sort(), [0, 1]);
	for (const { pid } of fresh)
		assert.ok(!before.some((p) => p.pid === pid), "not replaced");
}

const settled = () => until("the old processes have ended", async () =>
	(await processes()).length === 2, PATIENCE);

// Every other one begins while the processes of the last one still leave.
async function reload_often(times) {
	for (let i = 0; i < times; i++) {
		await reload();
		if (i % 2)
			await settled();
	}
	await settled();
}

// ---- people who talk ----

const closed = [];               // names of those whose connection ended

// What is said is counted by speaker; the rest is kept in `heard`.
function listen(person) {
	const hear = person.hear.bind(person);
	person.said = new Map();
	person.disorder = [];
	person.hear = (m) => {
		if (m.kind !== "said") {
			hear(m);
			return;
		}
		const before = person.said.get(m.from) ?? 0;
		if (m.text !== String(before + 1))
			person.disorder.push(`${m.from}: ${m.text} after ${before}`);
		person.said.set(m.from, before + 1);
	};
	person.socket.on("close", () => closed.push(person.name));
}

async function enter(slot, name, room) {
	const person = await Person.enterAt(ws.WebSocket, port, slot);
	await person.join(name, room, `key0123456789of${name}`);
	listen(person);
	return person;
}

// Says numbers, some at a time, until it is stopped; returns how many.
function publisher(person) {
	let n = 0, stopped = false;
	const loop = (async () => {
		while (!stopped) {
			for (let i = 0; i < 3; i++)
				person.say({ kind: "say", text: String(++n) });
			await person.settle();
		}
		return n;
	})();
	return { person, stop: () => { stopped = true; return loop; } };
}

const rooms = { lobby: [], kitchen: [] };

test("nobody notices: no message lost, doubled or reordered", async () => {
	for (const [room, n] of [["lobby", 4], ["kitchen", 2]])
		for (let i = 0; i < 2 * n; i++)
			rooms[room].push(await enter(i % 2, `${room}${i}`, room));
	const all = Object.values(rooms).flat();
	for (const people of Object.values(rooms))
		for (const person of people)
			await person.people(...people.map((p) => p.name));
	// The rooms' list of the last one who came is the last to be told.
	for (const person of all) {
		await person.next("rooms", (m) => m.rooms.reduce((sum, r) =>
		    sum + r.total, 0) === all.length);
		await person.settle();
		person.heard.length = 0;
	}
	const idle = await Person.enter(ws.WebSocket, port); // has not joined
	await idle.next("rooms");
	let left = false;
	idle.closed.then(() => left || closed.push("idle"));

	const said = new Map();
	const publishers = [...rooms.lobby.slice(0, 2),
	    ...rooms.kitchen.slice(0, 2)].map(publisher);
	await reload_often(RELOADS);
	for (const p of publishers)
		said.set(p.person, await p.stop());
	assert.ok([...said.values()].every((n) => n > RELOADS));

	for (const people of Object.values(rooms)) {
		const want = new Map([...said].filter(([p]) => people.includes(p))
		    .map(([p, n]) => [p.name, n]));
		for (const person of people) {
			await until(`all said at ${person.name}`, () =>
			    [...want].every(([from, n]) =>
				person.said.get(from) >= n), PATIENCE);
			await person.settle();
			assert.deepEqual(person.disorder, []);
			assert.deepEqual([...person.said].sort(), [...want].sort());
			assert.deepEqual(person.heard, [], "something was shown");
		}
	}
	await idle.settle();
	assert.deepEqual(idle.heard, []);
	assert.deepEqual(closed, []);
	left = true;
	await idle.leave();
});

test("nor when a worker is replaced on its own", async () => {
	const all = Object.values(rooms).flat();
	for (const slot of [0, 1]) {
		const before = await chat.pid("chat", slot);
		process.kill(before, "SIGTERM");
		await until("another one serves", async () => {
			const pids = (await processes()).map((p) => p.pid);
			return pids.length === 2 && !pids.includes(before);
		}, PATIENCE);
	}
	for (const person of all) {
		await person.settle();
		assert.deepEqual(person.heard, []);
	}
	assert.deepEqual(closed, []);
});

test("they are who they were, and who comes now sees them", async () => {
	const [ada, bob] = rooms.lobby, cook = rooms.kitchen[1];
	for (const slot of [0, 1]) {
		const late = await Person.enterAt(ws.WebSocket, port, slot);
		const { rooms: list } = await late.next("rooms");
		assert.deepEqual(list, [{ name: "lobby", total: 8 },
		    { name: "kitchen", total: 4 }]);
		await late.join(ada.name, "lobby");
		assert.equal(late.name, `${ada.name}-2`);
		await late.people(...rooms.lobby.map((p) => p.name), late.name);
		late.say({ kind: "tell", to: cook.name, text: "to you" });
		assert.equal((await cook.next("told")).from, late.name);
		assert.equal((await ada.next("came")).name, late.name);
		await late.leave();
		assert.equal((await bob.next("left")).name, late.name);
		assert.equal((await ada.next("left")).name, late.name);
	}
	ada.say({ kind: "tell", to: bob.name, text: "between us" });
	assert.equal((await bob.next("told")).from, ada.name);
});

test("names and rooms change as ever, also amid reloads", async () => {
	const [ada, bob] = rooms.lobby;
	bob.say({ kind: "join", name: "Bobby", room: "lobby" });
	assert.equal((await bob.next("joined")).name, "Bobby");
	assert.equal((await ada.next("renamed")).to, "Bobby");
	await reload();
	bob.say({ kind: "join", name: "Bobby", room: "kitchen" });
	assert.equal((await ada.next("left")).name, "Bobby");
	const loud = reload();
	const guest = await enter(0, "guest", "lobby");
	await loud;
	await guest.people(...rooms.lobby.filter((p) => p !== bob)
	    .map((p) => p.name), "guest");
	for (const person of [ada, rooms.lobby[3]])
		await person.people(...rooms.lobby.filter((p) => p !== bob)
		    .map((p) => p.name), "guest");
	await reload();
	closed.length = 0;
	await guest.leave();
	assert.deepEqual(closed, ["guest"]);
	for (const person of rooms.lobby.filter((p) => p !== bob)) {
		assert.equal((await person.next("left", (m) =>
		    m.name === "guest")).name, "guest");
		await person.settle();
		assert.deepEqual(person.rest("left").filter((m) =>
		    m.name === "guest"), [], "once");
	}
	await settled();
});

// Guests who come and go at once until they are stopped; says who they were.
function guests(prefix) {
	const names = [];
	let stopped = false;
	const loop = (async () => {
		while (!stopped) {
			const guest = await Person.enter(ws.WebSocket, port);
			names.push(`${prefix}${names.length}`);
			await guest.join(names.at(-1), "hall");
			await guest.leave();
		}
		return names;
	})();
	return { stop: () => { stopped = true; return loop; } };
}

// Many are on their way at once, so that much happens meanwhile.
test("who comes and goes amid reloads is told of once", async () => {
	const hosts = [];
	for (let i = 0; i < 100; i++) {
		const host = await Person.enter(ws.WebSocket, port);
		await host.join(`host${i}`, "hall");
		hosts.push(host);
	}
	const list = JSON.stringify(hosts.map((p) => p.name).sort());
	const sees_hosts = (host) => until(`what ${host.name} sees`, () => {
		const last = host.rest("people").at(-1);
		return last && JSON.stringify(last.names.sort()) === list;
	}, PATIENCE);
	for (const host of hosts) {
		await sees_hosts(host);
		host.heard.length = 0;
	}
	const coming = [guests("a"), guests("b")];
	await reload_often(10);
	const names = (await Promise.all(coming.map((c) => c.stop()))).flat();
	assert.ok(names.length > 10);
	const want = names.flatMap((n) => [`came ${n}`, `left ${n}`]).sort();
	const told = (host) => [...host.rest("came"), ...host.rest("left")]
	    .map((m) => `${m.kind} ${m.name}`).sort();
	for (const host of hosts) {
		await until(`as much as happened at ${host.name}`, () =>
		    told(host).length >= want.length);
		await sees_hosts(host);
		await host.settle();
		assert.deepEqual(told(host), want);
	}
	await Promise.all(hosts.map((host) => host.leave()));
});

// ---- in a browser ----

const profile = mkdtempSync(join(tmpdir(), "wm-chromium-"));
cleanup(() => rmSync(profile, { recursive: true, force: true }));
const complaints = [];

async function browse() {
	const browser = await playwright.chromium.launchPersistentContext(
	    profile, { executablePath, headless: true,
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
		    "--no-first-run", "--disable-background-networking",
		    "--disable-component-update", "--disable-sync"] });
	cleanup(() => browser.close());
	await browser.addInitScript(() => {
		window.sockets = [];
		window.WebSocket = class extends WebSocket {
			constructor(...args) {
				super(...args);
				window.sockets.push(this);
			}
		};
	});
	return browser;
}

const connected = (page) =>
	page.locator("#state", { hasText: /^Connected$/ }).waitFor();
const slot_of = (page) => page.getAttribute("#state", "title");

// A tab in the room "cafe", at another worker than that of the other tab.
async function open_tab(browser, name, other) {
	const page = await browser.newPage();
	page.setDefaultTimeout(15_000);
	page.on("pageerror", (error) => complaints.push(String(error)));
	page.on("console", (line) => {
		if (["error", "warning"].includes(line.type()))
			complaints.push(line.text());
	});
	await page.goto(`http://127.0.0.1:${port}/`);
	await page.getByLabel("Your name").fill(name);
	await page.getByLabel("Room", { exact: true }).fill("cafe");
	await page.keyboard.press("Enter");
	await connected(page);
	for (let i = 0; other && await slot_of(page) === await slot_of(other);
	    i++) {
		assert.ok(i < 100, "always the same worker");
		await page.reload();
		await connected(page);
	}
	return page;
}

const all_in = (page, names) => Promise.all(names.map((name) =>
    page.locator("#people").getByText(name, { exact: true }).waitFor()));

// From now on all that changes on the page is noted: messages of the log as
// [number, speaker], which are given to `shown`, and anything else in words.
async function observe(page, shown) {
	await page.exposeFunction("shown", shown);
	await page.evaluate(() => {
		const log = document.getElementById("log");
		let speaker = "";
		window.changes = [];
		// Also what is set to what it was already.
		const is_nothing = (r) => r.type === "attributes" &&
		    r.oldValue === r.target.getAttribute(r.attributeName);
		const is_message = (r) => r.target === log &&
		    [...r.addedNodes].every((n) => n.matches(".message"));
		const look = (r) => {
			if (!is_message(r) && !is_nothing(r))
				window.changes.push(`${r.type} ${r.target.nodeName} ` +
				    `${r.target.id} ${r.target.textContent}`);
			for (const n of r.target === log ? r.addedNodes : []) {
				speaker = n.querySelector(".name")?.textContent ??
				    speaker;
				window.shown(speaker,
				    n.querySelector(".bubble")?.textContent);
			}
		};
		new MutationObserver((records) => records.forEach(look))
		    .observe(document.body, { subtree: true, childList: true,
			characterData: true, attributeOldValue: true });
	});
}

// Says the next number when the tabs have shown the last one.
class Speaker {
	constructor(person, tabs) {
		Object.assign(this, { person, tabs, n: 0, shown: 0 });
	}

	next() {
		this.shown = 0;
		this.person.say({ kind: "say", text: String(++this.n) });
	}

	stop() {
		return new Promise((done) => this.stopped = done);
	}

	heard() {
		if (++this.shown < this.tabs)
			return;
		if (this.stopped)
			this.stopped(this.n);
		else
			this.next();
	}
}

test("the page shows nothing at all, in two tabs", async () => {
	const browser = await browse();
	const eve = await open_tab(browser, "Eve");
	const tabs = [eve, await open_tab(browser, "Mallory", eve)];
	const people = [await enter(0, "zero", "cafe"),
	    await enter(1, "one", "cafe")];
	const names = ["Eve", "Mallory", "zero", "one"];
	for (const page of tabs)
		await all_in(page, names);
	for (const person of people)
		await person.people(...names);

	const seen = tabs.map(() => new Map()), disorder = [];
	const speakers = new Map(people.map((p) => [p.name,
	    new Speaker(p, tabs.length)]));
	const sockets = await Promise.all(tabs.map((page) => page.evaluate(() =>
	    window.sockets.length)));
	for (const [i, page] of tabs.entries())
		await observe(page, (name, text) => {
			const before = seen[i].get(name) ?? 0;
			if (text !== String(before + 1))
				disorder.push(`${name}: ${text} after ${before}`);
			seen[i].set(name, before + 1);
			speakers.get(name).heard();
		});
	for (const speaker of speakers.values())
		speaker.next();
	await reload_often(PAGE_RELOADS);
	for (const [name, speaker] of speakers) {
		const said = await speaker.stop();
		assert.ok(said > PAGE_RELOADS);
		for (const map of seen)
			assert.equal(map.get(name), said);
	}
	assert.deepEqual(disorder, []);
	for (const [i, page] of tabs.entries()) {
		assert.deepEqual(await page.evaluate(() => window.changes), []);
		assert.deepEqual(await page.evaluate(() =>
		    window.sockets.map((s) => s.readyState).slice(-1)), [1]);
		assert.equal(await page.evaluate(() => window.sockets.length),
		    sockets[i], "the same WebSocket");
	}
	assert.deepEqual(complaints, []);
	for (const person of people)
		assert.deepEqual(person.disorder, []);
	await Promise.all(people.map((p) => p.leave()));
});

await run();
