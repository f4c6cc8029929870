// SPDX-License-Identifier: MIT
// What clients that people use make of streams, uploads, forms, events and
// answers that come later: curl, node's fetch and agent, ab.

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Program } from "../support/program.mjs";
import { cleanup, run, skip, test, until } from "../support/tap.mjs";

if (spawnSync("curl", ["--version"]).error)
	skip("curl is not installed");

const dir = mkdtempSync(join(tmpdir(), "wm-http-"));
cleanup(() => rmSync(dir, { recursive: true, force: true }));
const server = new Program("tests/support/http_server");
cleanup(() => server.end());
await server.start();
const port = await server.port("http");
const url = `http://127.0.0.1:${port}`;

function command(name, ...args) {
	return new Promise((done, fail) => {
		execFile(name, args, { encoding: "buffer", maxBuffer: 1 << 27 },
		    (error, out, err) => error ?
			fail(new Error(`${name}: ${err}`)) : done(out));
	});
}

const curl = (...args) => command("curl", "-sS", "--max-time", "60", ...args);
const enough = 64 << 10;  // KiB; sanitizers keep what was freed for a while
const text = async (path, init) => (await fetch(url + path, init)).text();

test("curl takes a stream of 20 MB, and its trailer", async () => {
	const out = await curl("-i", "--raw", `${url}/stream?n=20000`);
	assert.match(String(out.subarray(0, 300)),
	    /\r\nTransfer-Encoding: chunked\r\n/);
	assert.match(String(out.subarray(-30)), /\r\n0\r\nX-Done: yes\r\n\r\n$/);
	assert.equal((await curl(`${url}/stream?n=20000`)).length, 20_000_000);
});

test("an HTTP/1.0 client gets it until the connection ends", async () => {
	const out = await curl("-0", "-i", `${url}/stream?n=2000`);
	assert.match(String(out.subarray(0, 300)), /\r\nConnection: close\r\n/);
	assert.equal(out.length - out.indexOf("\r\n\r\n") - 4, 2_000_000);
});

test("node's fetch takes a stream, slowly", async () => {
	const answer = await fetch(`${url}/stream?n=5000`);
	let bytes = 0;
	for await (const chunk of answer.body)
		bytes += chunk.length;
	assert.equal(bytes, 5_000_000);
});

test("a reader that does not read costs no more than its limit", async () => {
	const pid = await server.pid("http", 0);
	const memory = () => Number(/VmRSS:\s+(\d+)/
	    .exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
	const before = memory();
	const socket = connect({ port, host: "127.0.0.1" });
	socket.pause();
	socket.write("GET /stream?n=1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
	await until("the stream is stuck", async () => {
		const { processes } = await server.status();
		return processes.find((p) => p.pid === pid).send_fail > 0;
	});
	const grown = memory() - before;
	socket.destroy();
	assert.ok(grown < enough, `${grown} KiB`);
});

test("node's agent keeps one connection for all of it", async () => {
	const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	const get = (path) => new Promise((done, fail) => {
		http.get(`${url}${path}`, { agent }, async (answer) => {
			const from = answer.socket.localPort;
			let bytes = 0;
			for await (const chunk of answer)
				bytes += chunk.length;
			done({ bytes, from, trailers: answer.trailers });
		}).on("error", fail);
	});
	const first = await get("/stream?n=10");
	assert.deepEqual(first.trailers, { "x-done": "yes" });
	const all = await Promise.all(["/late?ms=20", "/stream?n=100",
	    "/client", "/late?ms=1"].map(get));
	assert.deepEqual(all.map(({ bytes }) => bytes), [4, 100_000, 9, 4]);
	assert.ok(all.every(({ from }) => from === first.from));
	agent.destroy();
});

test("answers come from a timer, another connection, a message", async () => {
	assert.equal(await text("/late?ms=30"), "late");
	const asked = fetch(`${url}/ask`, { headers: {
	    Accept: "application/json" } });
	await until("somebody waits", async () =>
	    (await text("/tell")) && Promise.race([asked.then(() => true),
		new Promise((done) => setTimeout(done, 10))]));
	const problem = await (await asked).json();
	assert.deepEqual([problem.status, problem.detail], [503, "told"]);
	const elsewhere = text("/elsewhere");
	await until("a message reached it", async () =>
	    (await text("/publish-elsewhere", { method: "POST",
		body: "by message" })) && Promise.race([elsewhere,
		new Promise((done) => setTimeout(done, 10))]));
	assert.equal(await elsewhere, "by message");
});

test("a body of 300 MB goes through in constant memory", async () => {
	const pid = await server.pid("http", 0);
	const peak = () => Number(/VmHWM:\s+(\d+)/
	    .exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
	const before = peak();
	const size = 300 << 20, block = Buffer.alloc(1 << 20, 1);
	for (const headers of [{ "Content-Length": size }, {}]) {
		const request = http.request(`${url}/upload`, { method: "POST",
		    headers });
		const answer = once(request, "response");
		for (let i = 0; i < 300; i++)
			if (!request.write(block))
				await once(request, "drain");
		request.end();
		const [response] = await answer;
		let out = "";
		for await (const chunk of response)
			out += chunk;
		assert.equal(out, `${size} ${size}\n`);
	}
	assert.ok(peak() - before < enough, `${peak() - before} KiB`);
});

test("curl uploads with 100-continue", async () => {
	const file = join(dir, "upload");
	writeFileSync(file, Buffer.alloc(3 << 20, 2));
	const out = await curl("-v", "--data-binary", `@${file}`, "-H",
	    "Expect: 100-continue", "--stderr", join(dir, "trace"),
	    `${url}/upload`);
	assert.equal(String(out), `${3 << 20} ${6 << 20}\n`);
	assert.match(readFileSync(join(dir, "trace"), "utf8"),
	    /< HTTP\/1\.1 100 Continue/);
});

test("forms of curl and of fetch arrive", async () => {
	const file = join(dir, "some file.txt");
	writeFileSync(file, Buffer.alloc(200_000, "z"));
	assert.equal(String(await curl("-F", "a=1", "-F",
	    `up=@${file};type=text/x-z`, "-F", "b=x", `${url}/form`)),
	    "a=1 (no file, no type, 1)\n" +
	    "up= (some file.txt, text/x-z, 200000)\n" +
	    "b=x (no file, no type, 1)\n");
	const form = new FormData();
	form.append("quote\"d", "ä\nb");
	form.append("f", new Blob(["12345"], { type: "a/b" }), "n.bin");
	assert.equal(await text("/form", { method: "POST", body: form }),
	    "quote%22d=ä\r\nb (no file, no type, 5)\n" +
	    "f= (n.bin, a/b, 5)\n");
	assert.equal(String(await curl("--data-urlencode", "q=a b&c", "-d",
	    "d=e", `${url}/form`)),
	    "q=a b&c (no file, no type, 5)\nd=e (no file, no type, 1)\n");
	for (const [status, ...args] of [[415, "-H", "Content-Type: a/b", "-d",
	    "x"], [400, "-H", "Content-Type: multipart/form-data; boundary=x",
	    "-d", "x"]])
		assert.equal(String(await curl("-o", "/dev/null", "-w",
		    "%{http_code}", ...args, `${url}/form`)), String(status));
});

test("cookies, redirects, and who asks", async () => {
	const jar = join(dir, "jar");
	assert.equal(String(await curl("-c", jar, "-b", jar, `${url}/cookie`)),
	    "");
	assert.equal(String(await curl("-c", jar, "-b", jar, `${url}/cookie`)),
	    "yes");
	assert.match(readFileSync(jar, "utf8"), /#HttpOnly_127\.0\.0\.1/);
	assert.equal((await curl("-L", `${url}/away`)).length, 1000);
	assert.equal(await text("/client"), "127.0.0.1");
	assert.equal(await text("/client", { headers: {
	    "X-Forwarded-For": "9.9.9.9, 2001:db8::7, 127.0.0.9" } }),
	    "2001:db8::7");
});

test("an event stream: hello, what is published, a heartbeat", async () => {
	const socket = connect({ port, host: "127.0.0.1" });
	let got = "";
	socket.on("data", (data) => { got += data; });
	socket.write("GET /events HTTP/1.1\r\nHost: a\r\n" +
	    "Last-Event-ID: 41\r\n\r\n");
	await until("hello", () =>
	    got.includes("id: again\nevent: hello\ndata: 41\n\n"));
	await text("/publish", { method: "POST", body: "two\nlines" });
	await until("the message", () =>
	    got.includes("data: two\ndata: lines\n\n"));
	await until("a heartbeat", () => got.includes("\r\n:\n\n\r\n"));
	const before = Number(await text("/gone"));
	socket.end();
	await until("it is noticed", async () =>
	    Number(await text("/gone")) === before + 1);
});

const noAb = spawnSync("ab", ["-V"]).error;
test("ab is content, with and without keep-alive" +
    (noAb ? " # SKIP ab is not installed" : ""), async () => {
	if (noAb)
		return;
	for (const more of [["-k"], []]) {
		const out = String(await command("ab", "-q", "-n", "2000",
		    "-c", "20", ...more, `${url}/client`));
		assert.match(out, /Complete requests:\s+2000\n/);
		assert.match(out, /Failed requests:\s+0\n/);
		assert.doesNotMatch(out, /Non-2xx/);
	}
});

test("a stop ends event streams at once, in good order", async () => {
	const socket = connect({ port, host: "127.0.0.1" });
	let got = "";
	socket.on("data", (data) => { got += data; });
	socket.write("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
	await until("hello", () => got.includes("event: hello"));
	const closed = once(socket, "close");
	await server.stop();
	await closed;
	assert.match(got, /\r\n0\r\n\r\n$/);
});

await run();
