// The feed: catching up without gaps or repeats, backing off, giving a silent stream up.
import assert from "node:assert/strict";
import { test } from "node:test";

import { CursorLost, Feed, NoStream, TIMES, Unauthorized } from "../../console/feed.js";
import { Clock } from "./clock.js";

/** A server with a log of changes, whose cursors are numbers as text. */
class Server {
	constructor({ streams = true, pageSize = 3 } = {}) {
		this.log = [];
		this.streams = streams;
		this.pageSize = pageSize;
		this.fails = null;       // what each request fails with
		this.listeners = new Set();
		this.polls = [];
		this.opened = [];
		this.mute = false;
	}

	write(...changes) {
		this.log.push(...changes);
		for (const listener of this.listeners) {
			listener.tell();
		}
	}

	async poll(cursor) {
		this.polls.push(cursor);
		if (this.fails) {
			throw this.fails;
		}
		if (cursor === null) {
			return { changes: [], cursor: String(this.log.length), more: false };
		}
		const from = Number(cursor);
		const changes = this.log.slice(from, from + this.pageSize);
		const reached = from + changes.length;
		return { changes, cursor: String(reached), more: reached < this.log.length };
	}

	stream(cursor, signal, heard) {
		this.opened.push(cursor);
		if (this.fails) {
			return Promise.reject(this.fails);
		}
		if (!this.streams) {
			return Promise.reject(new NoStream());
		}
		return new Promise((resolve, reject) => {
			let at = Number(cursor);
			const listener = {
				tell: () => {
					if (this.mute) {
						return;
					}
					const changes = this.log.slice(at);
					at = this.log.length;
					heard(changes, String(at));
				},
				end: (error) => {
					this.listeners.delete(listener);
					error ? reject(error) : resolve();
				},
			};
			this.listeners.add(listener);
			signal.addEventListener("abort", () =>
				listener.end(Object.assign(new Error(), { name: "AbortError" })));
			listener.tell();
		});
	}

	endStreams(error) {
		for (const listener of this.listeners) {
			listener.end(error);
		}
	}
}

function begin(server) {
	const clock = new Clock();
	const seen = { changes: [], resets: 0, states: [] };
	const feed = new Feed({
		transport: server,
		clock,
		random: () => 0.5,
		told: {
			changes: (changes) => seen.changes.push(...changes),
			reset: () => seen.resets++,
			state: (state) => seen.states.push(state.name),
		},
	});
	feed.run();
	return { feed, clock, seen, server };
}

const last = (list) => list[list.length - 1];

test("begins with the present and hears what comes then", async () => {
	const server = new Server();
	server.write("before");
	const { clock, seen } = begin(server);
	await clock.pass(0);
	server.write("a", "b");
	await clock.pass(0);
	assert.deepEqual(seen.changes, ["a", "b"]);
	assert.equal(seen.resets, 1);
	assert.deepEqual(seen.states, ["live"]);
});

test("without a stream asks every second", async () => {
	const { clock, seen, server } = begin(new Server({ streams: false }));
	await clock.pass(0);
	assert.deepEqual(seen.states, ["polling"]);
	server.write("a");
	await clock.pass(TIMES.poll);
	assert.deepEqual(seen.changes, ["a"]);
	const asked = server.polls.length;
	await clock.pass(10 * TIMES.poll);
	assert.equal(server.polls.length - asked, 10);
	assert.equal(server.opened.length, 1);
});

test("a stream is tried again after a while", async () => {
	const { clock, seen, server } = begin(new Server({ streams: false }));
	await clock.pass(TIMES.noStream - TIMES.poll);
	assert.equal(server.opened.length, 1);
	server.streams = true;
	await clock.pass(2 * TIMES.poll);
	assert.deepEqual(seen.states, ["polling", "live"]);
});

test("a stream that is held back is given up", async () => {
	const server = new Server();
	server.mute = true;
	const { clock, seen } = begin(server);
	await clock.pass(0);
	server.write("a");
	await clock.pass(TIMES.firstByte);
	assert.deepEqual(seen.changes, ["a"]);
	assert.equal(last(seen.states), "polling");
	assert.equal(server.listeners.size, 0);
});

test("a stream that falls silent is opened again where it stopped", async () => {
	const { clock, seen, server } = begin(new Server());
	await clock.pass(0);
	server.write("a");
	server.mute = true;
	server.write("b");
	await clock.pass(TIMES.silence);
	assert.deepEqual(seen.changes, ["a"]);
	assert.equal(last(seen.states), "offline");
	server.mute = false;
	await clock.pass(2 * TIMES.poll);
	assert.deepEqual(seen.changes, ["a", "b"]);
	assert.equal(last(seen.states), "live");
});

test("a sign of life keeps a stream", async () => {
	const { clock, server } = begin(new Server());
	for (let i = 0; i < 20; i++) {
		await clock.pass(TIMES.silence / 2);
		server.write();
	}
	assert.equal(server.opened.length, 1);
});

test("a stream that the server ends is continued, with no gap and no repeat", async () => {
	const { clock, seen, server } = begin(new Server());
	await clock.pass(5 * TIMES.poll);
	for (let i = 0; i < 5; i++) {
		server.write(`a${i}`);
		server.endStreams(i % 2 ? new Error("reset") : undefined);
		server.write(`b${i}`);
		await clock.pass(40 * TIMES.poll);
	}
	assert.deepEqual(seen.changes,
		["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"]);
	assert.equal(seen.resets, 1);
});

test("a server that ends each stream at once is not asked all the time", async () => {
	const server = new Server();
	const { clock } = begin(server);
	await clock.pass(0);
	const opened = server.opened.length;
	for (let i = 0; i < 10; i++) {
		server.endStreams();
		await clock.pass(TIMES.poll / 2);
	}
	assert.ok(server.opened.length - opened <= 6, `${server.opened.length} streams`);
});

test("offline: asks less and less often, and catches up", async () => {
	const { clock, seen, server } = begin(new Server({ streams: false }));
	await clock.pass(0);
	server.fails = new TypeError("network");
	const began = clock.now();
	await clock.pass(TIMES.poll);
	const asked = [];
	for (let i = 0; i < 120; i++) {
		const before = server.polls.length;
		await clock.pass(1000);
		if (server.polls.length > before) {
			asked.push(Math.round((clock.now() - began) / 1000));
		}
	}
	assert.deepEqual(asked, [2, 4, 8, 16, 31, 61, 91, 121]);
	for (const change of "abcdefgh") {
		server.write(change);
	}
	server.fails = null;
	await clock.pass(30_000);
	assert.deepEqual(seen.changes, [..."abcdefgh"]);
	assert.equal(seen.resets, 1);
	assert.equal(last(seen.states), "polling");
});

test("offline since the last that was heard", async () => {
	const { feed, clock, server } = begin(new Server({ streams: false }));
	await clock.pass(5 * TIMES.poll);
	const heard = clock.now();
	server.fails = new TypeError("network");
	await clock.pass(100_000);
	assert.equal(feed.state.name, "offline");
	assert.equal(feed.state.since, heard);
	assert.ok(feed.state.retryAt > clock.now());
});

test("wake asks at once", async () => {
	const { feed, clock, seen, server } = begin(new Server({ streams: false }));
	await clock.pass(0);
	server.fails = new TypeError("network");
	await clock.pass(200_000);
	server.fails = null;
	server.write("a");
	feed.wake();
	await clock.pass(0);
	assert.deepEqual(seen.changes, ["a"]);
});

test("offline from the beginning", async () => {
	const server = new Server();
	server.fails = new TypeError("network");
	const { clock, seen } = begin(server);
	await clock.pass(10_000);
	assert.deepEqual([...new Set(seen.states)], ["offline"]);
	assert.equal(seen.resets, 0);
	server.fails = null;
	await clock.pass(30_000);
	assert.equal(seen.resets, 1);
	assert.equal(last(seen.states), "live");
});

test("a cursor that the server has lost means to load anew", async () => {
	const { clock, seen, server } = begin(new Server({ streams: false }));
	await clock.pass(0);
	const poll = server.poll;
	server.poll = (cursor) => cursor === null ? poll.call(server, null)
		: Promise.reject(new CursorLost());
	await clock.pass(TIMES.poll);
	server.poll = poll;
	await clock.pass(2 * TIMES.poll);
	assert.equal(seen.resets, 2);
	server.write("a");
	await clock.pass(TIMES.poll);
	assert.deepEqual(seen.changes, ["a"]);
});

test("pages are followed; far behind, all is loaded anew", async () => {
	const server = new Server({ streams: false, pageSize: 10 });
	const { clock, seen } = begin(server);
	await clock.pass(0);
	const some = Array.from({ length: 100 }, (_, i) => i);
	server.write(...some);
	await clock.pass(TIMES.poll);
	assert.deepEqual(seen.changes, some);
	assert.equal(seen.resets, 1);
	server.write(...Array.from({ length: 1000 }, (_, i) => i));
	await clock.pass(3 * TIMES.poll);
	assert.equal(seen.resets, 2);
	assert.ok(seen.changes.length <= 100 + TIMES.pages * 10);
});

test("without the right token nothing is asked until there is another", async () => {
	const server = new Server();
	server.fails = new Unauthorized();
	const { feed, clock, seen } = begin(server);
	await clock.pass(0);
	await clock.pass(86_400_000);
	assert.deepEqual(seen.states, ["unauthorized"]);
	assert.equal(server.polls.length, 1);
	server.fails = null;
	feed.wake();
	await clock.pass(0);
	assert.deepEqual(seen.states, ["unauthorized", "live"]);
});

test("who does not look keeps no stream open and asks seldom", async () => {
	const { feed, clock, seen, server } = begin(new Server());
	await clock.pass(0);
	feed.rest(true);
	await clock.pass(0);
	assert.equal(server.listeners.size, 0);
	const asked = server.polls.length;
	await clock.pass(10 * TIMES.rest);
	assert.ok(server.polls.length - asked <= 11);
	server.write("a");
	feed.rest(false);
	await clock.pass(0);
	assert.deepEqual(seen.changes, ["a"]);
	assert.equal(last(seen.states), "live");
});

test("after stop() nothing is asked", async () => {
	const { feed, clock, server } = begin(new Server());
	await clock.pass(0);
	feed.stop();
	await clock.pass(100_000);
	assert.equal(server.listeners.size, 0);
	assert.equal(server.polls.length, 1);
	assert.equal(server.opened.length, 1);
});
