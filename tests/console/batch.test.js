// Rows that have changed, fetched one request after the other.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Batch, MANY } from "../../console/batch.js";

/** A batch over a server that answers when it is told to. */
function begin() {
	const made = { asked: [], shown: [], failures: [] };
	made.batch = new Batch({
		fetch: (keys) => new Promise((resolve, reject) => made.asked.push({
			keys, answer: () => resolve(keys.map((key) => `row ${key}`)), refuse: reject,
		})),
		show: (rows) => made.shown.push(...rows),
		failed: (error) => made.failures.push(error),
	});
	return made;
}

const soon = () => new Promise(setImmediate);

test("what changes while a request is under way is asked for afterwards, once", async () => {
	const { batch, asked, shown } = begin();
	batch.add(["a"]);
	batch.add(["b"]);
	batch.add(["a", "b"]);
	assert.deepEqual(asked.map((request) => request.keys), [["a"]]);
	asked[0].answer();
	await soon();
	assert.deepEqual(asked.map((request) => request.keys), [["a"], ["b", "a"]]);
	asked[1].answer();
	await soon();
	assert.deepEqual(shown, ["row a", "row b", "row a"]);
	assert.equal(asked.length, 2);
});

test("no request asks for too many", async () => {
	const { batch, asked, shown } = begin();
	const keys = Array.from({ length: 2 * MANY + 1 }, (_, i) => String(i));
	batch.add(keys);
	for (let i = 0; i < 3; i++) {
		asked[i].answer();
		await soon();
	}
	assert.deepEqual(asked.map((request) => request.keys.length), [MANY, MANY, 1]);
	assert.equal(shown.length, keys.length);
});

test("what could not be had is asked for with what changes next", async () => {
	const { batch, asked, shown, failures } = begin();
	batch.add(["a"]);
	asked[0].refuse(new Error("no"));
	await soon();
	assert.equal(failures.length, 1);
	assert.equal(asked.length, 1);
	batch.add(["b"]);
	assert.deepEqual(asked[1].keys, ["a", "b"]);
	asked[1].answer();
	await soon();
	assert.deepEqual(shown, ["row a", "row b"]);
});

test("nothing is shown after the end", async () => {
	const { batch, asked, shown } = begin();
	batch.add(["a", "b"]);
	batch.end();
	asked[0].answer();
	await soon();
	assert.deepEqual(shown, []);
	assert.equal(asked.length, 1);
});
