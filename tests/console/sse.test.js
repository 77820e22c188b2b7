// The parser of server-sent events.
import assert from "node:assert/strict";
import { test } from "node:test";

import { EventStreamParser } from "../../console/sse.js";

/** All events of a stream that comes in these pieces. */
function parse(...pieces) {
	const parser = new EventStreamParser();
	return pieces.flatMap((piece) => parser.push(piece));
}

const message = (data, id = "", type = "message") => ({ id, type, data });

const CASES = [
	["one event", "data: a\n\n", [message("a")]],
	["only the first blank goes", "data:  a\n\n", [message(" a")]],
	["no blank", "data:a\n\n", [message("a")]],
	["several lines", "data: a\ndata: b\n\n", [message("a\nb")]],
	["an empty line of data", "data\n\n", [message("")]],
	["CRLF", "id: 1\r\ndata: a\r\n\r\n", [message("a", "1")]],
	["several lines with CRLF", "data: a\r\ndata: b\r\n\r\n", [message("a\nb")]],
	["CR", "id: 1\rdata: a\r\r", [message("a", "1")]],
	["a type", "event: row\ndata: a\n\n", [message("a", "", "row")]],
	["a type is for one event", "event: row\ndata: a\n\ndata: b\n\n",
		[message("a", "", "row"), message("b")]],
	["an id stays", "id: 7\ndata: a\n\ndata: b\n\n", [message("a", "7"), message("b", "7")]],
	["an id without data is no event", "id: 7\n\ndata: b\n\n", [message("b", "7")]],
	["an id with NUL is none", "id: 7\0\ndata: a\n\n", [message("a")]],
	["comments", ": still here\n\ndata: a\n: again\n\n", [message("a")]],
	["unknown fields", "retry: 10\nfoo: bar\ndata: a\n\n", [message("a")]],
	["not ended", "data: a\n", []],
	["a colon in the data", "data: {\"a\":1}\n\n", [message("{\"a\":1}")]],
	["U+2028 ends no line", "data: a\u2028b\n\n", [message("a\u2028b")]],
];

for (const [name, stream, expected] of CASES) {
	test(name, () => {
		assert.deepEqual(parse(stream), expected);
	});
	test(`${name}, in pieces of every size`, () => {
		for (let size = 1; size < stream.length; size++) {
			const pieces = stream.match(new RegExp(`[^]{1,${size}}`, "g"));
			assert.deepEqual(parse(...pieces), expected, `pieces of ${size}`);
		}
	});
}

test("empty pieces", () => {
	assert.deepEqual(parse("data: a\r", "", "\n", "\r", "", "\n"), [message("a")]);
});

test("an event without end is given up", () => {
	const parser = new EventStreamParser();
	const piece = "data: " + "x".repeat(1024 * 1024) + "\n";
	assert.throws(() => {
		for (let i = 0; i < 100; i++) {
			parser.push(piece);
		}
	}, RangeError);
});
