// SPDX-License-Identifier: MIT
// A client of mqtt_client.mjs that does what the protocol asks of both sides,
// by itself: acknowledges what it hears, and publishes numbers.

import * as m from "./mqtt_client.mjs";
import { until } from "./tap.mjs";

const WINDOW = 10; // messages of each QoS before the next ones

export class Flow {
	// heard, received: of the same session before, as leave() gave them.
	constructor(client, heard = [], received = new Set()) {
		this.client = client;
		this.heard = heard;       // [topic, number]
		this.lasts = new Map(heard);
		this.received = received; // ids of QoS 2, not released
		this.repeated = 0;        // with DUP
		this.pending = new Set();
		this.left = false;
		const take = client.hear.bind(client);
		client.hear = (data) => {
			take(data);
			this.work();
		};
		this.work();
	}

	get total() {
		return this.heard.length;
	}

	// Lets the client be for good.
	leave() {
		this.left = true;
		return this;
	}

	work() {
		const rest = [];
		for (const p of this.client.heard.splice(0))
			if (this.left || !this.answer(p))
				rest.push(p);
		this.client.heard.push(...rest);
		if (rest.length > 0)
			this.client.wake();
	}

	// False: somebody else waits for it.
	answer(p) {
		const id = p.type === 3 ? p.id :
		    p.body.length >= 2 ? p.body.readUInt16BE(0) : 0;
		switch (p.type) {
		case 3:
			this.take(p);
			return true;
		case 4: // PUBACK, PUBCOMP
		case 7:
			this.pending.delete(id);
			this.wake?.();
			return true;
		case 5:
			this.client.send(m.ackPacket(0x62, id));
			return true;
		case 6:
			this.received.delete(id);
			this.client.send(m.ackPacket(0x70, id));
			return true;
		default:
			return false;
		}
	}

	take(p) {
		this.repeated += p.dup;
		if (p.qos !== 2 || !this.received.has(p.id)) {
			this.heard.push([p.topic, Number(p.payload)]);
			this.lasts.set(p.topic, Number(p.payload));
		}
		if (p.qos === 2)
			this.received.add(p.id);
		if (p.qos > 0)
			this.client.send(m.ackPacket(p.qos === 1 ? 0x40 : 0x50,
			    p.id));
	}

	numbers(topic) {
		return this.heard.filter(([t]) => t === topic)
		    .map(([, number]) => number);
	}

	// The number that came last.
	last(topic) {
		return this.lasts.get(topic) ?? 0;
	}

	distinct() {
		return new Set(this.heard.map((one) => one.join(" "))).size;
	}

	// 1, 2, ... to TOPIC/QOS for each QoS until stopped() says so and all are
	// acknowledged; no faster than may(n) allows. Resolves to the last one.
	async publish(topic, stopped, may, all = [0, 1, 2]) {
		let n = 0, id = 0;
		while (!stopped()) {
			const burst = [];
			await until("its turn", () => stopped() || may(n), 60_000);
			for (let i = 0; i < WINDOW; i++) {
				n++;
				for (const qos of all) {
					id = id % 60_000 + 1;
					if (qos > 0)
						this.pending.add(id);
					burst.push(m.publishPacket(
					    `${topic}/${qos}`, String(n),
					    { qos, id }));
				}
			}
			this.client.send(...burst);
			while (this.pending.size > 0) {
				if (this.client.over)
					throw new Error("closed");
				await new Promise((done) => {
					this.wake = done;
					this.client.closed.then(done);
				});
			}
		}
		return n;
	}
}
