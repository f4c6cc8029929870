// SPDX-License-Identifier: MIT
// The notes API as its clients use it, over both of its workers.

import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { cleanup, run, skip, test, until } from "../support/tap.mjs";

if (spawnSync("curl", ["--version"]).error)
	skip("curl is not installed");

const listen = ["--listen", "api=http://127.0.0.1:0"];
const api = new Program("apps/api/api", listen);
cleanup(() => api.end());
await api.start();
let port = await api.port("api");

// One request on a connection of its own: { status, headers, text, json }.
function call(method, path, body, headers = {}) {
	return new Promise((done, fail) => {
		const r = http.request({ host: "127.0.0.1", port, path, method,
		    headers, agent: false }, (answer) => {
			let text = "";
			answer.setEncoding("utf8");
			answer.on("data", (part) => text += part);
			answer.on("end", () => done({
				status: answer.statusCode,
				headers: answer.headers,
				text,
				get json() {
					return JSON.parse(text);
				}
			}));
		});
		r.on("error", fail);
		r.end(body);
	});
}

const json = { "Content-Type": "application/json" };
const send = (method, path, note) =>
	call(method, path, JSON.stringify(note), json);

async function create(title, text = "") {
	const answer = await send("POST", "/notes", { title, text });
	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

function curl(...args) {
	return new Promise((done, fail) => {
		execFile("curl", ["-sS", "--max-time", "30", ...args],
		    (error, out, err) => error ?
			fail(new Error(`curl: ${err}`)) : done(out));
	});
}

const processes = async () => (await api.status()).processes;

// Every page from the first to the last, by the field Link.
async function pages(limit) {
	const all = [];
	let path = `/notes?limit=${limit}`;
	while (path) {
		const answer = await call("GET", path);
		assert.equal(answer.status, 200);
		all.push(answer.json.notes);
		path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link)?.[1];
		if (path)
			assert.equal(path, `/notes?limit=${limit}` +
			    `&after=${answer.json.next}`);
		else
			assert.equal(answer.json.next, null);
	}
	return all;
}

// ---- one note ----

test("fetch creates, reads, replaces and deletes a note", async () => {
	const base = `http://127.0.0.1:${port}`;
	let answer = await fetch(`${base}/notes`, { method: "POST",
	    headers: json, body: '{"title":"One","text":"a text"}' });
	assert.equal(answer.status, 201);
	assert.equal(answer.headers.get("content-type"), "application/json");
	const note = await answer.json();
	assert.deepEqual(Object.keys(note),
	    ["id", "title", "text", "created", "updated"]);
	assert.equal(answer.headers.get("location"), `/notes/${note.id}`);
	assert.match(note.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	assert.ok(Math.abs(Date.parse(note.created) - Date.now()) < 60_000);

	const url = `${base}/notes/${note.id}`;
	assert.deepEqual(await (await fetch(url)).json(), note);

	answer = await fetch(url, { method: "PUT", headers: json,
	    body: JSON.stringify({ ...note, id: 99, title: "Two" }) });
	assert.equal(answer.status, 200);
	const replaced = await answer.json();
	assert.deepEqual({ ...replaced, updated: note.updated },
	    { ...note, title: "Two" });
	assert.deepEqual(await (await fetch(url)).json(), replaced);

	answer = await fetch(url, { method: "DELETE" });
	assert.equal(answer.status, 204);
	assert.equal(await answer.text(), "");
	for (const method of ["GET", "DELETE"])
		assert.equal((await fetch(url, { method })).status, 404);
});

test("HEAD is GET without the body", async () => {
	const { id } = await create("for HEAD");
	for (const path of ["/", "/notes", "/notes?limit=1", `/notes/${id}`]) {
		const get = await call("GET", path);
		const head = await call("HEAD", path);
		assert.equal(head.status, 200);
		assert.equal(head.text, "");
		delete get.headers.date;
		delete head.headers.date;
		assert.deepEqual(head.headers, get.headers);
	}
	assert.match(await curl("-I", `http://127.0.0.1:${port}/notes/${id}`),
	    /^HTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\n/);
	assert.equal((await call("HEAD", "/notes/999999")).status, 404);
});

test("OPTIONS says what is allowed", async () => {
	for (const [path, allow] of [
		["/", "GET, HEAD, OPTIONS"],
		["/notes", "GET, HEAD, POST, OPTIONS"],
		["/notes/1", "GET, HEAD, PUT, DELETE, OPTIONS"]]) {
		const answer = await call("OPTIONS", path);
		assert.equal(answer.status, 204);
		assert.equal(answer.headers.allow, allow);
	}
});

test("what notes say is text, whatever it looks like", async () => {
	for (const text of ["'); DROP TABLE notes; --", "\" OR 1=1 --", "?1",
	    "<script>alert(1)</script>", "</textarea><img src=x onerror=a()>",
	    "\\u0000 \n\t \u{1f600} \u2028 %00 %s", "\u0001\u007f"]) {
		const note = await create(`x${text}`, text);
		const answer = await call("GET", `/notes/${note.id}`);
		assert.equal(answer.headers["content-type"], "application/json");
		assert.equal(answer.json.title, `x${text}`);
		assert.equal(answer.json.text, text);
	}
	assert.equal((await call("GET", "/notes?limit=1&after=0;DROP")).status,
	    400);
	assert.equal((await call("GET", "/notes")).status, 200);
});

// ---- many ----

test("100 notes at once over both workers: none lost", async () => {
	const before = await processes();
	const titles = Array.from({ length: 100 }, (_, i) => `parallel ${i}`);
	const notes = await Promise.all(titles.map((t) => create(t, t)));
	assert.equal(new Set(notes.map((note) => note.id)).size, 100);
	for (const [slot, p] of (await processes()).entries())
		assert.ok(p.requests > before[slot].requests, `worker ${slot}`);
	const found = (await pages(100)).flat();
	for (const note of notes)
		assert.deepEqual(found.filter((n) => n.title === note.title),
		    [note]);
});

test("pages lead to the end, each note once, by id", async () => {
	const split = await pages(7);
	assert.ok(split.length > 10);
	for (const page of split.slice(0, -1))
		assert.equal(page.length, 7);
	const ids = split.flat().map((note) => note.id);
	assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => a - b));
	assert.deepEqual(ids, (await pages(100)).flat().map((note) => note.id));
	assert.equal((await call("GET", "/notes")).json.notes.length, 20);
	const end = (await call("GET", `/notes?after=${ids.at(-1)}`));
	assert.deepEqual(end.json, { notes: [], next: null });
	assert.equal(end.headers.link, undefined);
});

test("a page of large notes ends early, and nothing is skipped", async () => {
	const { id } = await create("before the large ones");
	for (let i = 0; i < 7; i++)
		await create(`large ${i}`, "x".repeat(60_000));
	const first = (await call("GET", `/notes?after=${id}`)).json;
	assert.equal(first.notes.length, 5);
	const rest = (await call("GET", `/notes?after=${first.next}`)).json;
	assert.deepEqual(rest.notes.map((note) => note.title),
	    ["large 5", "large 6"]);
	assert.equal(rest.next, null);
	for (const note of [...first.notes, ...rest.notes])
		await call("DELETE", `/notes/${note.id}`);
});

// ---- errors ----

// The problem that an answer is, its members checked.
function problem(answer, status, instance) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.headers["content-type"],
	    "application/problem+json");
	const p = answer.json;
	assert.equal(p.status, status);
	assert.equal(p.title, http.STATUS_CODES[status]
	    .replace("Payload Too Large", "Content Too Large")
	    .replace("Unprocessable Entity", "Unprocessable Content"));
	assert.equal(typeof p.type, "string");
	assert.equal(typeof p.detail, "string");
	assert.equal(p.instance, instance);
	return p;
}

for (const [why, status, method, path, body, headers, more = {}] of [
	["an unknown path", 404, "GET", "/nothing"],
	["an unknown path for any method", 404, "POST", "/notes/", "{}", json],
	["an unknown id", 404, "GET", "/notes/999999"],
	["an id that is none", 404, "GET", "/notes/1x"],
	["an unknown id to replace", 404, "PUT", "/notes/999999",
	    '{"title":"a","text":""}', json],
	["an unknown id to delete", 404, "DELETE", "/notes/999999"],
	["a wrong method for the list", 405, "DELETE", "/notes", undefined, {},
	    { detail: "allowed: GET, HEAD, POST, OPTIONS" }],
	["a wrong method for a note", 405, "POST", "/notes/1", "{}", json,
	    { detail: "allowed: GET, HEAD, PUT, DELETE, OPTIONS" }],
	["a wrong method for the page", 405, "PATCH", "/", "{}", json],
	["a limit that is none", 400, "GET", "/notes?limit=1000", undefined, {},
	    { detail: "limit is a number from 1 to 100" }],
	["JSON that breaks off", 400, "POST", "/notes", '{"title":\n"a', json,
	    { type: "/#malformed-json", line: 2, column: 2 }],
	["a body that is no JSON", 400, "PUT", "/notes/1", "title=a", json,
	    { type: "/#malformed-json", line: 1, column: 5 }],
	["no body", 400, "POST", "/notes", "", json,
	    { type: "/#malformed-json", line: 1, column: 0 }],
	["another content type", 415, "POST", "/notes", "{}",
	    { "Content-Type": "application/jsonp" }],
	["no content type", 415, "PUT", "/notes/1", "{}"],
	["a form", 415, "POST", "/notes", "title=a&text=b",
	    { "Content-Type": "application/x-www-form-urlencoded" }],
	["wrong members", 422, "POST", "/notes", '{"title":" ","text":7}',
	    { "Content-Type": "Application/JSON; charset=utf-8" },
	    { type: "/#invalid-note", errors: [
		{ detail: "is blank", pointer: "#/title" },
		{ detail: "is not a string", pointer: "#/text" }] }],
	["no object", 422, "PUT", "/notes/1", "[]", json,
	    { type: "/#invalid-note", errors: [
		{ detail: "is not an object", pointer: "#" }] }],
	["a title that is too long", 422, "POST", "/notes",
	    JSON.stringify({ title: "\u00e4".repeat(201), text: "" }), json,
	    { type: "/#invalid-note", errors: [
		{ detail: "is too long", pointer: "#/title" }] }]
])
	test(`${why}: ${status}`, async () => {
		const answer = await call(method, path, body, headers);
		const p = problem(answer, status, path.replace(/\?.*/, ""));
		for (const [key, value] of Object.entries({
		    type: "about:blank", ...more }))
			assert.deepEqual(p[key], value, key);
		if (status === 405)
			assert.equal(`allowed: ${answer.headers.allow}`,
			    p.detail);
		if (status === 415)
			assert.equal(answer.headers.accept,
			    "application/json");
	});

// What comes back for these bytes until the server closes, as call() has it.
async function raw(bytes) {
	const socket = connect({ port, host: "127.0.0.1" });
	const got = [];
	socket.on("data", (data) => got.push(data));
	await once(socket, "connect");
	socket.write(bytes);
	await once(socket, "close");
	const [, status, head, text] =
	    /^HTTP\/1\.1 (\d+) [^\r]+\r\n(.*?)\r\n\r\n(.*)$/s
		.exec(String(Buffer.concat(got)));
	const headers = Object.fromEntries(head.split("\r\n").map((line) =>
	    line.split(": ")).map(([k, v]) => [k.toLowerCase(), v]));
	return { status: Number(status), headers, text, json: JSON.parse(text) };
}

for (const [why, status, bytes] of [
	["a request without Host", 400, "GET / HTTP/1.1\r\n\r\n"],
	["a method that nobody knows", 501, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"],
	["TRACE", 405, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"],
	["a header that is too large", 431,
	    `GET / HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(20_000)}\r\n\r\n`],
	["a body that is too large", 413, "POST /notes HTTP/1.1\r\nHost: x\r\n" +
	    `Content-Type: application/json\r\nContent-Length: 65537\r\n\r\n` +
	    "x".repeat(65_537)],
	["a body that is announced too large", 413, "POST /notes HTTP/1.1\r\n" +
	    "Host: x\r\nContent-Length: 9223372036854775807\r\n\r\n"],
	["chunks that are too large", 413, "POST /notes HTTP/1.1\r\nHost: x\r\n" +
	    "Transfer-Encoding: chunked\r\n\r\n" +
	    "8000\r\n" + "x".repeat(0x8000) + "\r\n8001\r\n"]
])
	test(`${why}: ${status}`, async () => {
		const answer = await raw(bytes);
		problem(answer, status, undefined);
		assert.equal(answer.headers.connection, "close");
	});

test("curl and fetch get the 413 of a body that is too large", async () => {
	const big = { title: "big", text: "x".repeat(3_000_000) };
	const answer = await send("POST", "/notes", big);
	problem(answer, 413, undefined);
	const url = `http://127.0.0.1:${port}/notes`;
	const f = await fetch(url, { method: "POST", headers: json,
	    body: JSON.stringify(big) });
	assert.equal(f.status, 413);
	assert.equal((await f.json()).status, 413);
	const file = join(api.dir, "big.json");
	writeFileSync(file, JSON.stringify(big));
	for (const extra of [["-H", "Expect:"], ["-H", "Expect: 100-continue"],
	    ["-H", "Transfer-Encoding: chunked"]])
		assert.equal(await curl("-o", "/dev/null", "-w", "%{http_code}",
		    "-H", "Content-Type: application/json", ...extra,
		    "--data-binary", `@${file}`, url), "413");
});

test("a body of exactly 64 KiB is read", async () => {
	const empty = JSON.stringify({ title: "full", text: "" }).length;
	const { id } = await create("full", "x".repeat(65_536 - empty));
	assert.equal((await call("GET", `/notes/${id}`)).json.text.length,
	    65_536 - empty);
	await call("DELETE", `/notes/${id}`);
});

// ---- the file ----

if (!spawnSync("sqlite3", ["-version"]).error)
	test("others may hold the file: writers get 503, readers go on",
	    async () => {
		const other = spawn("sqlite3", [join(api.dir, "notes.db")]);
		other.stdin.write("BEGIN IMMEDIATE;\nSELECT 'locked';\n");
		await once(other.stdout, "data");
		const [busy, read] = await Promise.all([
		    send("POST", "/notes", { title: "a", text: "" }),
		    call("GET", "/notes")]);
		problem(busy, 503, "/notes");
		assert.equal(busy.headers["retry-after"], "1");
		assert.equal(read.status, 200);
		other.stdin.end("ROLLBACK;\n");
		await once(other, "close");
		const { id } = await create("b");
		assert.equal((await call("DELETE", `/notes/${id}`)).status, 204);
	});

test("a killed worker loses nothing that was answered", async () => {
	const note = await create("survives");
	const before = await processes();
	api.expected.push(/was killed by SIGKILL/,
	    /api\/[01] cannot serve for api\/[01] meanwhile/);
	for (const { pid } of before)
		process.kill(pid, "SIGKILL");
	await until("both workers are new", async () =>
	    (await processes()).every((p, slot) => p.pid > 0 &&
		p.pid !== before[slot].pid && p.state === "idle"));
	assert.deepEqual((await call("GET", `/notes/${note.id}`)).json, note);
	assert.ok((await create("after")).id > note.id);
});

test("notes live through stop, start and restart", async () => {
	const before = (await pages(100)).flat();
	await api.stop();
	await api.start();
	port = await api.port("api");
	assert.deepEqual((await pages(100)).flat(), before);
	await api.expect("restart", "-d", ...listen);
	port = await api.port("api");
	assert.deepEqual((await pages(100)).flat(), before);
	const last = before.at(-1).id;
	await call("DELETE", `/notes/${last}`);
	assert.ok((await create("another id")).id > last);
});

test("--db says where; what cannot be opened refuses the start", async () => {
	const dir = mkdtempSync(join(tmpdir(), "wm-db-"));
	const other = new Program("apps/api/api", listen);
	other.expected.push(/on_prepare refused/);
	try {
		const failed = await other.command("start", "-d", ...listen,
		    "--db", join(dir, "no", "such.db"));
		assert.equal(failed.code, 3);
		assert.match(failed.err, /no\/such\.db: unable to open/);
		await other.start("--db", join(dir, "my.db"));
		const own = port;
		port = await other.port("api");
		await create("elsewhere");
		await other.stop();
		port = own;
		assert.equal((await call("GET", "/notes/1")).status, 404);
		await other.start("--db", join(dir, "my.db"));
		port = await other.port("api");
		assert.equal((await call("GET", "/notes/1")).json.title,
		    "elsewhere");
		port = own;
	} finally {
		await other.end();
		rmSync(dir, { recursive: true, force: true });
	}
});

test("one worker alone keeps its notes in the run directory", async () => {
	const dir = mkdtempSync(join(tmpdir(), "wm-single-"));
	const own = port;
	const single = spawn(api.path, ["--single", "api", ...listen,
	    "--run-dir", join(dir, "run")]);
	const ended = once(single, "exit");
	let said = "";
	try {
		for (const stream of [single.stdout, single.stderr])
			stream.on("data", (data) => said += data);
		port = (await until("it listens", () =>
		    /listens on http:.*:(\d+)\n/.exec(said)))[1];
		assert.equal((await create("alone")).id, 1);
		assert.ok(existsSync(join(dir, "run", "notes.db")));
	} finally {
		port = own;
		single.kill("SIGTERM");
		assert.deepEqual(await ended, [0, null], said);
		rmSync(dir, { recursive: true, force: true });
	}
});

// ---- /metrics ----

const metricsAt = (...more) =>
	curl(...more, `http://127.0.0.1:${port}/metrics`);

test("GET /metrics is the text of status --metrics", async () => {
	const names = (text) => new Set([...text.matchAll(/^# HELP (\S+)/gm)]
	    .map((m) => m[1]));
	const here = names(await metricsAt());
	const there = names(await api.expect("status", "--metrics"));
	assert.ok(here.size > 15);
	for (const name of here)
		assert.ok(there.has(name), name);
	assert.match(await metricsAt("-I"),
	    /^HTTP\/1.1 200 [^]*\r\nContent-Length: [1-9]/);
});

test("its content type is what the client accepts", async () => {
	assert.match(await metricsAt("-i"),
	    /\r\nContent-Type: text\/plain; version=0.0.4; charset=utf-8\r\n/);
	assert.match(await metricsAt("-i", "-H", "Accept: text/html;q=0.1, " +
	    "Application/OpenMetrics-Text; version=1.0.0"),
	    /\r\nContent-Type: application\/openmetrics-text; version=1.0.0; /);
});

if (spawnSync("promtool", ["--version"]).error)
	test("promtool accepts it # SKIP it is not installed", () => {});
else
	test("promtool accepts it", async () => {
		const result = spawnSync("promtool", ["check", "metrics"],
		    { input: await metricsAt(), encoding: "utf8" });
		assert.equal(result.status, 0, result.stdout + result.stderr);
	});

test("a hundred at a time are all answered", async () => {
	const answers = await Promise.all(Array.from({ length: 100 }, () =>
		call("GET", "/metrics")));
	const good = answers.filter((a) => a.status === 200 &&
	    a.text.endsWith("# EOF\n"));
	const busy = answers.filter((a) => a.status === 503);
	assert.equal(good.length + busy.length, 100);
	assert.ok(good.length >= 64, `${good.length}`);
});

test("a client that leaves before its metrics does no harm", async () => {
	for (let i = 0; i < 50; i++) {
		const socket = connect(port, "127.0.0.1");
		await once(socket, "connect");
		socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
		socket.destroy();
	}
	assert.match(await metricsAt(), /# EOF\n$/);
});

test("a worker without a master tells its own figures", async () => {
	const dir = mkdtempSync(join(tmpdir(), "wm-test-"));
	const alone = spawn(join(process.env.top_builddir ?? ".",
	    "apps/api/api"), ["--single", "api", ...listen,
	    "--run-dir", dir], { stdio: ["ignore", "pipe", "pipe"] });
	try {
		let said = "";
		alone.stderr.on("data", (data) => { said += data; });
		alone.stdout.on("data", (data) => { said += data; });
		const at = await until("it listens", () =>
			/listens on http:\/\/127.0.0.1:(\d+)/.exec(said)?.[1]);
		const text = await curl(`http://127.0.0.1:${at}/metrics`);
		assert.match(text, /^workerman_info{.*mode="single"} 1$/m);
		assert.match(text,
		    /^workerman_connections{worker="api",slot="0"} 1$/m);
	} finally {
		alone.kill("SIGTERM");
		await once(alone, "exit");
		rmSync(dir, { recursive: true, force: true });
	}
});

await run();
