// SPDX-License-Identifier: MIT
// One person in the chat, speaking WebSocket without a browser.

const PATIENCE = 10_000;

export class Person {
	// Connects and says hello. WebSocket: the class of the package ws.
	static async enter(WebSocket, port, options = {}) {
		const person = new Person();
		person.heard = [];
		person.waiting = [];
		person.socket = new WebSocket(`ws://127.0.0.1:${port}/ws`,
		    { perMessageDeflate: false, ...options });
		person.closed = new Promise((done) => {
			person.socket.on("close", (code, reason) =>
			    done({ code, reason: String(reason) }));
		});
		await new Promise((done, fail) => {
			person.socket.on("open", done);
			person.socket.on("error", fail);
		});
		person.socket.on("error", () => {});
		person.socket.on("message", (data) =>
		    person.hear(JSON.parse(String(data))));
		person.say({ kind: "hello" });
		person.slot = (await person.next("welcome")).slot;
		return person;
	}

	// Connects until that worker answers: the kernel chooses the worker.
	static async enterAt(WebSocket, port, slot) {
		for (let tries = 0; tries < 200; tries++) {
			const person = await Person.enter(WebSocket, port);
			if (person.slot === slot)
				return person;
			await person.leave();
		}
		throw new Error(`worker ${slot} never answered`);
	}

	say(object) {
		this.socket.send(JSON.stringify(object));
	}

	async join(name, room, key) {
		this.say({ kind: "join", name, room, key });
		const joined = await this.next("joined");
		this.name = joined.name;
		return joined;
	}

	hear(message) {
		const i = this.waiting.findIndex((w) => w.fits(message));
		if (i < 0)
			this.heard.push(message);
		else
			this.waiting.splice(i, 1)[0].done(message);
	}

	// The next message of that kind that is such, heard already or not. What
	// was heard before it and is not of that kind stays.
	next(kind, such = () => true) {
		const fits = (m) => m.kind === kind && such(m);
		const i = this.heard.findIndex(fits);
		if (i >= 0)
			return Promise.resolve(this.heard.splice(i, 1)[0]);
		return new Promise((done, fail) => {
			const late = setTimeout(() => fail(new Error(
			    `${this.name} never heard '${kind}' ${such}; heard ` +
			    JSON.stringify(this.heard.slice(-12)))), PATIENCE);
			this.waiting.push({ fits, done: (m) => {
				clearTimeout(late);
				done(m);
			} });
		});
	}

	// The people in the person's room, once they are these.
	people(...names) {
		const want = JSON.stringify([...names].sort());
		return this.next("people", (m) =>
		    JSON.stringify([...m.names ?? []].sort()) === want);
	}

	error(code) {
		return this.next("error", (m) => m.code === code);
	}

	// All of that kind that was heard and not asked for.
	rest(kind) {
		return this.heard.filter((m) => m.kind === kind);
	}

	// After this, everything that the server had for us is here.
	async settle() {
		this.say({ kind: "ping" });
		await this.next("pong");
	}

	leave() {
		this.socket.close();
		return this.closed;
	}
}
