// What is read again: one request at a time, and again by itself where that fails.
import assert from "node:assert/strict";
import { test } from "node:test";

import { TIMES, Unauthorized } from "../../console/feed.js";
import { Readers } from "../../console/reader.js";
import { Clock, settle } from "./clock.js";

/** Readers, and all that was told of them. */
function begin() {
	const clock = new Clock();
	const began = clock.now();
	const seen = { told: [] };
	const readers = new Readers({
		clock,
		random: () => 0.5,
		told: {
			behind: (since) => seen.told.push(`behind since ${(since - began) / 1000}`),
			current: () => seen.told.push("current"),
		},
	});
	return { clock, readers, seen };
}

/** One of them, over a server that answers when it is told to. */
function one({ clock, readers }, more = {}) {
	const made = { asked: [], shown: [], failures: [] };
	made.reader = readers.add({
		ask: () => new Promise((answer, refuse) => made.asked.push({ at: clock.now(), answer,
			refuse: (text = "no") => refuse(new Error(text)) })),
		show: (answer) => made.shown.push(answer),
		failed: (error) => made.failures.push(error.message),
		...more,
	});
	return made;
}

/** The same over one that fails as long as it `fails`. */
function failing(page) {
	const server = { fails: true, asked: [] };
	const made = one(page, { ask: async () => {
		server.asked.push(page.clock.now());
		if (server.fails) {
			throw new Error("503");
		}
		return "answer";
	} });
	return { ...made, server, asked: server.asked };
}

test("what changes while a request is under way is asked for afterwards, once", async () => {
	const { reader, asked, shown } = one(begin());
	reader.want();
	await settle();
	reader.want();
	reader.want();
	await settle();
	assert.equal(asked.length, 1);
	asked[0].answer("old");
	await settle();
	assert.equal(asked.length, 2);
	asked[1].answer("new");
	await settle();
	assert.deepEqual(shown, ["old", "new"]);
	assert.equal(asked.length, 2);
});

test("what failed is tried again though nothing changes, less and less often", async () => {
	const page = begin();
	const { reader, asked, shown, server, failures } = failing(page);
	const began = page.clock.now();
	reader.want();
	await page.clock.pass(100_000);
	assert.deepEqual(asked.map((at) => (at - began) / 1000), [0, 1, 3, 7, 15, 30, 60, 90]);
	assert.equal(failures.length, asked.length);
	server.fails = false;
	await page.clock.pass(TIMES.backoff.at(-1));
	assert.deepEqual(shown, ["answer"]);
	await page.clock.pass(100_000);
	assert.equal(asked.length, 9);
	server.fails = true;
	reader.want();
	await page.clock.pass(1000);
	assert.equal(asked.length, 11, "soon again, after it has worked");
});

test("what changes meanwhile makes nobody try more often", async () => {
	const page = begin();
	const { reader, asked } = failing(page);
	for (let i = 0; i < 140; i++) {
		reader.want();
		await page.clock.pass(100);
	}
	assert.equal(asked.length, 4);
});

test("one that cannot be read holds up no other", async () => {
	const page = begin();
	const bad = failing(page);
	const good = one(page);
	bad.reader.want();
	good.reader.want();
	await settle();
	good.asked[0].answer("here");
	await settle();
	assert.deepEqual(good.shown, ["here"]);
});

test("to renew does not wait for what is under way, whose answer or failure counts no more", async () => {
	const page = begin();
	const { reader, asked, shown, failures } = one(page);
	for (const end of ["answer", "refuse"]) {
		reader.want();
		await settle();
		reader.renew();
		await settle();
		const [old, now] = asked.splice(0);
		now.answer("now");
		await settle();
		old[end]("old");
		await settle();
	}
	assert.deepEqual(shown, ["now", "now"]);
	assert.deepEqual(failures, []);
	await page.clock.pass(100_000);
	assert.deepEqual(asked, []);
});

test("between an answer and the next request there can be a pause", async () => {
	const page = begin();
	const { reader, asked } = one(page, { pause: () => 500 });
	const began = page.clock.now();
	reader.want();
	await page.clock.pass(100);
	asked[0].answer();
	await page.clock.pass(100);
	reader.want();
	await page.clock.pass(1000);
	asked[1].answer();
	await page.clock.pass(1000);
	reader.want();
	await page.clock.pass(0);
	assert.deepEqual(asked.map((request) => request.at - began), [0, 600, 2200]);
});

test("while nobody looks what failed is not tried, but when somebody does", async () => {
	const page = begin();
	const { reader, asked, server, shown } = failing(page);
	reader.want();
	await page.clock.pass(0);
	page.readers.rest(true);
	await page.clock.pass(86_400_000);
	assert.equal(asked.length, 1);
	server.fails = false;
	page.readers.rest(false);
	await settle();
	assert.deepEqual(shown, ["answer"]);
});

test("while nobody looks what changes is read all the same", async () => {
	const page = begin();
	const { reader, server, shown } = failing(page);
	server.fails = false;
	page.readers.rest(true);
	reader.want();
	await settle();
	assert.deepEqual(shown, ["answer"]);
});

test("wake tries what waits, and leaves alone what is under way", async () => {
	const page = begin();
	const { reader, asked, shown } = one(page);
	reader.want();
	await settle();
	asked[0].refuse();
	await settle();
	page.readers.wake();
	await settle();
	assert.equal(asked.length, 2);
	page.readers.wake();
	await settle();
	assert.equal(asked.length, 2);
	asked[1].answer("here");
	await settle();
	assert.deepEqual(shown, ["here"]);
});

test("that something is behind is told when it has been so for a while, and when it is over", async () => {
	const page = begin();
	const { told } = page.seen;
	const first = failing(page);
	first.reader.want();
	await page.clock.pass(3000);
	assert.deepEqual(told, []);
	const second = failing(page);
	second.reader.want();
	await page.clock.pass(60_000);
	assert.deepEqual(told, ["behind since 0"]);
	first.server.fails = false;
	page.readers.wake();
	await settle();
	assert.deepEqual(told, ["behind since 0", "behind since 3"], "the other one is still");
	second.server.fails = false;
	page.readers.wake();
	await settle();
	assert.deepEqual(told.slice(2), ["current"]);
});

test("a request that fails after a long time has been behind since it was made", async () => {
	const page = begin();
	const { reader, asked } = one(page);
	reader.want();
	await page.clock.pass(20_000);
	asked[0].refuse("too slow");
	await settle();
	assert.deepEqual(page.seen.told, ["behind since 0"]);
});

test("after the end nothing is asked or shown, and nobody waits for it", async () => {
	const page = begin();
	const asking = one(page);
	asking.reader.want();
	const waiting = failing(page);
	waiting.reader.want();
	await page.clock.pass(10_000);
	asking.reader.end();
	waiting.reader.end();
	assert.deepEqual(page.seen.told, ["behind since 0", "current"]);
	asking.asked[0].answer("late");
	const asked = waiting.asked.length;
	waiting.reader.want();
	waiting.reader.renew();
	await page.clock.pass(100_000);
	assert.deepEqual(asking.shown, []);
	assert.equal(waiting.asked.length, asked);
});

test("what goes wrong in showing an answer does not end it all", async () => {
	const page = begin();
	const shown = [];
	const reader = page.readers.add({
		ask: async () => shown.length,
		show: (answer) => {
			shown.push(answer);
			if (answer === 0) {
				throw new Error("a mistake of ours");
			}
		},
	});
	const { run } = reader;
	reader.run = () => run.call(reader).catch(() => {});
	reader.want();
	await settle();
	reader.want();
	await settle();
	assert.deepEqual(shown, [0, 1]);
});

test("who is refused does not try again before somebody gives a token", async () => {
	const page = begin();
	const asked = [];
	const { reader } = one(page, { ask: async () => {
		asked.push(page.clock.now());
		throw new Unauthorized("another token");
	} });
	reader.want();
	await settle();
	await page.clock.pass(3600_000);
	assert.equal(asked.length, 1);
	page.readers.wake();
	await settle();
	assert.equal(asked.length, 2);
});

test("a clock that is set back makes a pause no longer", async () => {
	const page = begin();
	const { reader, asked } = one(page, { pause: () => 1000 });
	reader.want();
	await settle();
	asked[0].answer("old");
	await settle();
	page.clock.time -= 3600_000;
	reader.want();
	await page.clock.pass(1000);
	assert.equal(asked.length, 2);
});
