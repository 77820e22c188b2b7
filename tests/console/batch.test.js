// Which rows of a list are read, and how.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Batch, MANY } from "../../console/batch.js";

const keys = (count, name = "k") => Array.from({ length: count }, (_, i) => `${name}${i}`);

test("a few rows by their keys, each once", () => {
	const batch = new Batch();
	batch.add(["a"]);
	batch.add(["b", "a"]);
	assert.deepEqual(batch.take(), { page: false, keys: ["a", "b"] });
	assert.equal(batch.isEmpty, true);
});

test("no request asks for too many", () => {
	const batch = new Batch();
	batch.add(keys(2 * MANY + 1));
	const taken = [batch.take(), batch.take(), batch.take()];
	assert.deepEqual(taken.map((one) => one.keys.length), [MANY, MANY, 1]);
	assert.equal(batch.isEmpty, true);
});

test("many with the newest page", () => {
	const batch = new Batch();
	batch.add(keys(3 * MANY + 1));
	assert.deepEqual(batch.take(), { page: true, keys: keys(3 * MANY + 1) });
	assert.equal(batch.isEmpty, true);
});

test("what the page did not have is read by its keys, however much changes meanwhile", () => {
	const batch = new Batch();
	const left = keys(10 * MANY);
	batch.add(left);
	assert.equal(batch.take().page, true);
	batch.keep(left);
	const read = new Set();
	for (let i = 0; i < 60; i++) {
		batch.add(keys(1, `new${i}`));
		const taken = batch.take();
		taken.page ? batch.keep(taken.keys) : taken.keys.forEach((key) => read.add(key));
	}
	assert.deepEqual(left.filter((key) => !read.has(key)), []);
});

test("what changes while it is read is read once more", () => {
	const batch = new Batch();
	batch.add(["a"]);
	batch.take();
	batch.add(["a"]);
	assert.deepEqual(batch.take().keys, ["a"]);
});

test("what could not be read stays", () => {
	const batch = new Batch();
	batch.add(["a"]);
	batch.putBack(batch.take());
	assert.deepEqual(batch.take(), { page: false, keys: ["a"] });
	batch.addPage();
	batch.putBack(batch.take());
	batch.add(["a"]);
	assert.deepEqual(batch.take(), { page: true, keys: ["a"] });
	assert.equal(batch.isEmpty, true);
});
