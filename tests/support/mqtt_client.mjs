// SPDX-License-Identifier: MIT
// MQTT by hand, packet for packet, at the worker that one wants.

import { once } from "node:events";
import { connect } from "node:net";

const PATIENCE = 10_000;

const text = (s) => {
	const bytes = Buffer.from(s);
	return Buffer.concat([Buffer.from([bytes.length >> 8,
	    bytes.length & 255]), bytes]);
};
const id16 = (id) => Buffer.from([id >> 8, id & 255]);

export function packet(first, ...parts) {
	const body = Buffer.concat(parts.map((p) => Buffer.from(p)));
	const length = [];
	let rest = body.length;
	do {
		length.push((rest & 127) | (rest > 127 ? 128 : 0));
		rest >>= 7;
	} while (rest > 0);
	return Buffer.concat([Buffer.from([first, ...length]), body]);
}

export const connectPacket = (client, { clean = true, keepAlive = 0,
    will = null } = {}) => packet(0x10, text("MQTT"),
    [4, (clean ? 2 : 0) | (will ? 4 | will.qos << 3 : 0)], id16(keepAlive),
    text(client), ...will ? [text(will.topic), text(will.payload)] : []);
export const publishPacket = (topic, payload, { qos = 0, id = 1,
    retain = false, dup = false } = {}) =>
	packet(0x30 | dup << 3 | qos << 1 | retain, text(topic),
	    qos ? id16(id) : [], payload);
export const subscribePacket = (filter, qos, id = 1) =>
	packet(0x82, id16(id), text(filter), [qos]);
export const ackPacket = (first, id) => packet(first, id16(id));
export const disconnectPacket = packet(0xe0);
export const pingPacket = packet(0xc0);

// The packet at the beginning of bytes, or null.
function parse(bytes) {
	let length = 0, i = 1, shift = 0;
	do {
		if (i >= bytes.length)
			return null;
		length += (bytes[i] & 127) << shift;
		shift += 7;
	} while (bytes[i++] & 128);
	if (bytes.length < i + length)
		return null;
	const body = bytes.subarray(i, i + length);
	const p = { type: bytes[0] >> 4, size: i + length, body };
	if (p.type !== 3)
		return p;
	const end = 2 + body.readUInt16BE(0);
	p.qos = bytes[0] >> 1 & 3;
	p.dup = (bytes[0] & 8) !== 0;
	p.retain = (bytes[0] & 1) !== 0;
	p.topic = String(body.subarray(2, end));
	p.id = p.qos ? body.readUInt16BE(end) : 0;
	p.payload = String(body.subarray(end + (p.qos ? 2 : 0)));
	return p;
}

export class Client {
	constructor(socket) {
		this.heard = [];
		this.unread = Buffer.alloc(0);
		this.socket = socket;
		this.closed = new Promise((done) => socket.on("close", () => {
			this.over = true;
			this.wake();
			done();
		}));
		socket.on("error", () => {});
		socket.on("data", (data) => this.hear(data));
	}

	// At whatever worker the kernel chooses.
	static async open(port) {
		return new Client(await socketFrom(port));
	}

	hear(data) {
		let p;
		this.unread = Buffer.concat([this.unread, data]);
		while (this.unread.length > 0 && (p = parse(this.unread))) {
			this.unread = this.unread.subarray(p.size);
			this.heard.push(p);
		}
		this.wake();
	}

	wake() {
		this.waiting?.();
		this.waiting = null;
	}

	send(...packets) {
		this.socket.write(Buffer.concat(packets));
	}

	// The next packet, of that type (3: PUBLISH ...). Null at the end.
	async next(type) {
		const end = Date.now() + PATIENCE;
		while (this.heard.length === 0 && !this.over) {
			const timer = setTimeout(() => this.wake(), PATIENCE);
			await new Promise((done) => { this.waiting = done; });
			clearTimeout(timer);
			if (Date.now() >= end)
				throw new Error(`no packet of type ${type} came`);
		}
		const p = this.heard.shift() ?? null;
		if (type !== undefined && p?.type !== type)
			throw new Error(`not a packet of type ${type}: ` +
			    JSON.stringify(p));
		return p;
	}

	// CONNECT; resolves to whether there was a session.
	async connect(client, options) {
		this.send(connectPacket(client, options));
		const { body } = await this.next(2);
		if (body[1] !== 0)
			throw new Error(`refused with ${body[1]}`);
		return body[0] === 1;
	}

	async subscribe(filter, qos, id = 1) {
		this.send(subscribePacket(filter, qos, id));
		const { body } = await this.next(9);
		return body[2];
	}

	// All that was sent to us until now has come.
	async settle() {
		this.send(pingPacket);
		for (const before = []; ;) {
			const p = await this.next();
			if (p === null)
				throw new Error("closed");
			if (p.type === 13) {
				this.heard.unshift(...before);
				return;
			}
			before.push(p);
		}
	}

	disconnect() {
		this.send(disconnectPacket);
		this.socket.end();
		return this.closed;
	}

	// Without a word.
	reset() {
		this.socket.resetAndDestroy();
		return this.closed;
	}
}

// A port of ours whose connections go to that slot of the worker "mqtt": the
// kernel chooses by addresses and ports alone. Somebody may be faster to use
// it.
async function portFor(port, slot) {
	for (let tries = 0; tries < 200; tries++) {
		const probe = await Client.open(port);
		const local = probe.socket.localPort;
		await probe.connect("");
		await probe.subscribe("$SYS/broker/worker", 0);
		const { payload } = await probe.next(3);
		await probe.reset();
		if (payload === `mqtt/${slot}`)
			return local;
	}
	throw new Error(`worker ${slot} never answered`);
}

async function socketFrom(port, localPort) {
	const socket = connect({ port, host: "127.0.0.1", localPort,
		noDelay: true });
	await once(socket, "connect");
	return socket;
}

// A TCP connection to that slot.
export async function socketAt(port, slot) {
	for (let tries = 0; ; tries++)
		try {
			return await socketFrom(port, await portFor(port, slot));
		} catch (error) {
			if (tries > 20 || !/EADDR/.test(error.code))
				throw error;
		}
}

export const openAt = async (port, slot) =>
	new Client(await socketAt(port, slot));
