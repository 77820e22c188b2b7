// The bounded window onto a list.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Rows } from "../../console/rows.js";

const row = (key, time, text = "") => ({ key, time: String(time).padStart(6, "0"), text });

function rows(limit = 10) {
	return new Rows({
		key: (r) => r.key, time: (r) => r.time, place: (r) => `behind ${r.key}`, limit,
	});
}

const keys = (list) => list.rows.map((r) => r.key).join(" ");

/** Rows number `first` down to `last`. */
function page(first, last) {
	const made = [];
	for (let i = first; i >= last; i--) {
		made.push(row(`r${i}`, i));
	}
	return made;
}

test("a page is shown newest first, whatever its order", () => {
	const list = rows();
	list.replace({ rows: [row("a", 1), row("c", 3), row("b", 2)], next: null });
	assert.equal(keys(list), "c b a");
});

test("rows of the same time keep their places", () => {
	const list = rows();
	list.replace({ rows: [row("a", 1), row("b", 1)], next: null });
	assert.equal(keys(list), "b a");
	list.merge([row("a", 1, "changed")]);
	assert.equal(keys(list), "b a");
});

test("a changed row replaces what is there", () => {
	const list = rows();
	list.replace({ rows: page(3, 1), next: null });
	assert.deepEqual(list.merge([row("r2", 2, "changed")]), []);
	assert.equal(keys(list), "r3 r2 r1");
	assert.equal(list.get("r2").text, "changed");
});

test("a row moves when its time has changed", () => {
	const list = rows();
	list.replace({ rows: page(3, 1), next: null });
	list.merge([row("r1", 9)]);
	assert.equal(keys(list), "r1 r3 r2");
});

test("a new row is added, once", () => {
	const list = rows();
	list.replace({ rows: page(2, 1), next: null });
	assert.deepEqual(list.merge([row("r3", 3)]).map((r) => r.key), ["r3"]);
	assert.deepEqual(list.merge([row("r3", 3)]), []);
	assert.equal(keys(list), "r3 r2 r1");
});

test("a row that comes again as it was is the same, so that nothing is shown anew", () => {
	const list = rows();
	list.replace({ rows: page(3, 1), next: null });
	const before = [...list.rows];
	list.merge([row("r2", 2), row("r1", 1, "changed")]);
	assert.equal(list.rows[1], before[1]);
	assert.notEqual(list.rows[2], before[2]);
});

test("of a row that comes twice at once the later counts", () => {
	const list = rows();
	list.replace({ rows: [], next: null });
	list.merge([row("a", 1, "first"), row("a", 1, "second")]);
	assert.equal(list.get("a").text, "second");
	assert.equal(list.rows.length, 1);
});

test("a row older than all comes with its page", () => {
	const list = rows();
	list.replace({ rows: page(9, 7), next: "next" });
	list.merge([row("r1", 1)]);
	assert.equal(keys(list), "r9 r8 r7");
	list.addOlder({ rows: page(6, 1), next: null });
	assert.equal(keys(list), "r9 r8 r7 r6 r5 r4 r3 r2 r1");
});

test("where nothing is older on the server, an older row is added", () => {
	const list = rows();
	list.replace({ rows: page(9, 7), next: null });
	list.merge([row("r1", 1)]);
	assert.equal(keys(list), "r9 r8 r7 r1");
});

test("a page overlaps with what has been merged", () => {
	const list = rows();
	list.replace({ rows: page(9, 7), next: "next" });
	list.addOlder({ rows: [row("r7", 7, "again"), row("r6", 6)], next: null });
	assert.equal(keys(list), "r9 r8 r7 r6");
	assert.equal(list.get("r7").text, "");
});

test("never more than the limit; the oldest go and can be had again", () => {
	const list = rows(5);
	list.replace({ rows: page(5, 1), next: null });
	list.merge(page(8, 6));
	assert.equal(keys(list), "r8 r7 r6 r5 r4");
	assert.equal(list.next, "behind r4");
});

test("who scrolls far pushes out the newest, and hears how many were missed", () => {
	const list = rows(5);
	list.replace({ rows: page(9, 6), next: "next" });
	list.addOlder({ rows: page(5, 2), next: "next" });
	assert.equal(keys(list), "r6 r5 r4 r3 r2");
	assert.equal(list.cutNewest, true);
	list.merge([row("r10", 10), row("r4", 4, "changed"), row("r11", 11)]);
	assert.equal(keys(list), "r6 r5 r4 r3 r2");
	assert.equal(list.get("r4").text, "changed");
	assert.equal(list.missed, 2);
	list.replace({ rows: page(11, 8), next: "next" });
	assert.deepEqual([list.cutNewest, list.missed], [false, 0]);
});

test("what is missed is counted once, however often it changes or comes with a page", () => {
	const list = rows(5);
	list.replace({ rows: page(9, 6), next: "next" });
	list.addOlder({ rows: page(5, 2), next: "next" });
	list.merge([row("r10", 10)]);
	list.merge([row("r10", 10, "changed"), row("r11", 11)]);
	list.refresh({ rows: page(12, 10), next: "next" }, false);
	assert.equal(list.missed, 3);
	for (let i = 0; i < 100; i++) {
		list.merge([row(`new${i}`, 20 + i)]);
	}
	assert.equal(list.missed, 5, "no more are kept than there can be rows");
});

test("a burst of ten thousand stays within the limit", () => {
	const list = rows(400);
	list.replace({ rows: [], next: null });
	for (let i = 0; i < 10_000; i += 100) {
		list.merge(page(i + 100, i + 1));
	}
	assert.equal(list.rows.length, 400);
	assert.equal(list.rows[0].key, "r10000");
	assert.equal(list.next, "behind r9601");
});

test("a row without a time is older than all others", () => {
	const list = rows();
	list.replace({ rows: [{ key: "a", time: null }, row("b", 1)], next: null });
	assert.equal(keys(list), "b a");
});

test("the newest page again: what has changed and what is new", () => {
	const list = rows();
	list.replace({ rows: page(5, 3), next: "next" });
	const added = list.refresh({ rows: [...page(7, 5), row("r4", 4, "changed")], next: "n" }, true);
	assert.deepEqual(added.map((r) => r.key), ["r7", "r6"]);
	assert.equal(keys(list), "r7 r6 r5 r4 r3");
	assert.equal(list.get("r4").text, "changed");
});

test("the newest page where more has come than it holds", () => {
	const list = rows();
	list.replace({ rows: page(5, 3), next: "next" });
	assert.equal(list.refresh({ rows: page(99, 97), next: "behind r97" }, true).length, 3);
	assert.equal(keys(list), "r99 r98 r97");
	assert.equal(list.next, "behind r97");
});

test("the same while somebody reads further down: nothing moves, and it is counted", () => {
	const list = rows();
	list.replace({ rows: page(5, 3), next: "next" });
	assert.deepEqual(list.refresh({ rows: page(99, 97), next: "behind r97" }, false), []);
	assert.equal(keys(list), "r5 r4 r3");
	assert.deepEqual([list.cutNewest, list.missed], [true, 3]);
});

test("the first page fills an empty list", () => {
	const list = rows();
	assert.equal(list.refresh({ rows: page(3, 1), next: "next" }, false).length, 3);
	assert.equal(keys(list), "r3 r2 r1");
	assert.equal(list.next, "next");
});
