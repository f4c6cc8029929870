// SPDX-License-Identifier: MIT
// The connection to the server: kept up, made again when it is lost, with a
// growing and random pause so that a thousand pages do not come back in the
// same instant. Knows nothing of what is said on it.

const SOON = 250;            // ms: the server said that it will be back
const FIRST = 500;           // ms before the first new attempt; then doubled
const LONGEST = 30_000;
const OPEN_WITHIN = 10_000;  // a connection that takes longer is given up
const PROBE_EVERY = 30_000;
const PROBE_WITHIN = 8_000;

export const MOVED = 4000;   // close code: another page has taken over

export class Link {
	// on: { open(), message(object), wait(ms), moved() }
	constructor(url, on) {
		this.url = url;
		this.on = on;
		this.attempt = 0;
		this.socket = null;
		this.timer = 0;
		window.addEventListener("online", () => this.hurry());
		document.addEventListener("visibilitychange", () => {
			if (!document.hidden)
				this.hurry();
		});
		setInterval(() => document.hidden || this.probe(), PROBE_EVERY);
	}

	get up() {
		return this.socket?.readyState === WebSocket.OPEN;
	}

	open() {
		this.drop();
		const socket = this.socket = new WebSocket(this.url);
		this.timer = setTimeout(() => this.lost(socket, 0), OPEN_WITHIN);
		socket.onopen = () => {
			clearTimeout(this.timer);
			this.on.open();
		};
		socket.onmessage = (event) => this.hear(event.data);
		socket.onclose = (event) => this.lost(socket, event.code);
	}

	// Ends the connection for good.
	close() {
		this.drop();
		this.attempt = 0;
	}

	send(object) {
		if (this.up)
			this.socket.send(JSON.stringify(object));
		return this.up;
	}

	// Everything works: the next pause is a short one again.
	settled() {
		this.attempt = 0;
	}

	hear(text) {
		clearTimeout(this.probing);
		this.probing = 0;
		const object = JSON.parse(text);
		if (object.kind !== "pong")
			this.on.message(object);
	}

	lost(socket, code) {
		if (socket !== this.socket)
			return;
		this.drop();
		if (code === MOVED) {
			this.on.moved();
			return;
		}
		const back = code === 1001 || code === 1012;
		const pause = back && this.attempt === 0 ? SOON :
		    Math.min(LONGEST, FIRST * 2 ** this.attempt);
		const ms = pause * (0.5 + Math.random());
		this.attempt++;
		this.timer = setTimeout(() => this.open(), ms);
		this.on.wait(ms);
	}

	// Perhaps the network is back, or was away while the machine slept.
	hurry() {
		if (this.socket)
			this.probe();
		else if (this.timer)
			this.open();
	}

	// A connection can be dead without anybody having said so.
	probe() {
		if (this.probing || !this.send({ kind: "ping" }))
			return;
		const socket = this.socket;
		this.probing = setTimeout(() => this.lost(socket, 0), PROBE_WITHIN);
	}

	drop() {
		clearTimeout(this.timer);
		clearTimeout(this.probing);
		this.timer = this.probing = 0;
		const socket = this.socket;
		this.socket = null;
		if (socket) {
			socket.onopen = socket.onmessage = socket.onclose = null;
			socket.close();
		}
	}
}
