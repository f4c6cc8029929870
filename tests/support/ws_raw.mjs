// SPDX-License-Identifier: MIT
// A WebSocket client that sends any bytes: frames made by hand, what comes
// back taken apart.

import { once } from "node:events";
import { connect } from "node:net";
import { constants, deflateRawSync } from "node:zlib";

const opening = (port, fields) => ["GET / HTTP/1.1", `Host: x:${port}`,
	"Connection: Upgrade", "Upgrade: websocket",
	"Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ...fields,
	"", ""].join("\r\n");

// A client's frame: any first byte, any length form, masked or not.
export function frame(first, payload = "", { masked = true, form } = {}) {
	const body = Buffer.from(payload);
	const n = body.length;
	const mask = Buffer.from([0x12, 0xab, 0x00, 0xff]);
	const bit = masked ? 0x80 : 0;
	let head;

	form ??= n < 126 ? 0 : n < 65536 ? 126 : 127;
	if (form === 0) {
		head = Buffer.from([first, bit | n]);
	} else if (form === 126) {
		head = Buffer.from([first, bit | 126, n >> 8, n & 255]);
	} else {
		head = Buffer.alloc(10);
		head[0] = first;
		head[1] = bit | 127;
		head.writeBigUInt64BE(BigInt(n), 2);
	}
	if (!masked)
		return Buffer.concat([head, body]);
	for (let i = 0; i < n; i++)
		body[i] ^= mask[i & 3];
	return Buffer.concat([head, mask, body]);
}

export const close = (code, reason = "") =>
	frame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 255]),
	    Buffer.from(reason)]));

// As RFC 7692 section 7.2.1 says.
export function pack(data) {
	const all = deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
	return all.length > 4 ? all.subarray(0, -4) : Buffer.from([0]);
}

// The server's frames in the bytes, at most so many: [{ first, payload, end }],
// and what is left.
export function frames(bytes, most = Infinity) {
	const found = [];
	let at = 0;

	while (bytes.length - at >= 2 && found.length < most) {
		let n = bytes[at + 1], head = 2;
		if (n === 126) {
			if (bytes.length - at < 4)
				break;
			n = bytes.readUInt16BE(at + 2);
			head = 4;
		} else if (n === 127) {
			if (bytes.length - at < 10)
				break;
			n = Number(bytes.readBigUInt64BE(at + 2));
			head = 10;
		}
		if (bytes.length - at < head + n)
			break;
		found.push({ first: bytes[at],
			payload: bytes.subarray(at + head, at + head + n),
			end: at + head + n });
		at += head + n;
	}
	return { found, left: bytes.subarray(at) };
}

// An open connection of one's own bytes.
export class Raw {
	static async open(port, fields = []) {
		const raw = new Raw();
		raw.socket = connect({ port, host: "127.0.0.1", noDelay: true });
		raw.chunks = [];
		raw.socket.on("data", (data) => raw.chunks.push(data));
		raw.socket.on("error", () => {});
		raw.closed = once(raw.socket, "close");
		raw.socket.write(opening(port, fields));
		raw.fields = fields;
		while (raw.bytes.indexOf("\r\n\r\n") < 0)
			await once(raw.socket, "data");
		const end = raw.bytes.indexOf("\r\n\r\n") + 4;
		raw.head = String(raw.bytes.subarray(0, end));
		raw.chunks = [raw.bytes.subarray(end)];
		if (!raw.head.startsWith("HTTP/1.1 101 "))
			throw new Error(raw.head);
		return raw;
	}

	get bytes() {
		if (this.chunks.length > 1)
			this.chunks = [Buffer.concat(this.chunks)];
		return this.chunks[0] ?? Buffer.alloc(0);
	}

	send(...parts) {
		this.socket.write(Buffer.concat(parts));
	}

	// The next frame, as soon as it is there.
	async next() {
		for (;;) {
			const [f] = frames(this.bytes, 1).found;
			if (f) {
				this.chunks = [this.bytes.subarray(f.end)];
				return f;
			}
			if (this.socket.destroyed)
				throw new Error("closed");
			await Promise.race([once(this.socket, "data"),
			    this.closed]);
		}
	}

	// The next n frames, and no more may be there.
	async take(n) {
		for (;;) {
			const { found, left } = frames(this.bytes);
			if (found.length >= n) {
				const rest = found.slice(n).length;
				if (rest > 0)
					throw new Error(`${rest} more frames`);
				this.chunks = [left];
				return found;
			}
			if (this.socket.destroyed)
				throw new Error("closed: " +
				    JSON.stringify(found.map((f) =>
					[f.first, String(f.payload)])));
			await Promise.race([once(this.socket, "data"),
			    this.closed]);
		}
	}

	// All frames up to the connection's end.
	async rest() {
		await this.closed;
		return frames(this.bytes).found;
	}
}

// What comes back for these bytes, up to the end; a close behind them sees to
// it that there is one.
export async function exchange(port, bytes, fields) {
	const raw = await Raw.open(port, fields);
	raw.send(bytes, close(1000));
	return raw.rest();
}
