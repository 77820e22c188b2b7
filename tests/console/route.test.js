// The address's hash, there and back.
import assert from "node:assert/strict";
import { test } from "node:test";

import { formatRoute, parseRoute } from "../../console/route.js";

const INBOX = { view: "inbox", id: "", query: {} };

const CASES = [
	["", INBOX],
	["#", INBOX],
	["#/", INBOX],
	["#/inbox", INBOX],
	["#/nothing/1", INBOX],
	["#/__proto__", INBOX],
	["#/inbox?type=sms", { ...INBOX, query: { type: "sms" } }],
	["#/inbox/55?type=sms", { view: "inbox", id: "55", query: { type: "sms" } }],
	["#/calls/CA1", { view: "calls", id: "CA1", query: {} }],
	["#/calls/a%2Fb%20c", { view: "calls", id: "a/b c", query: {} }],
	["#/calls/%zz", { view: "calls", id: "", query: {} }],
];

for (const [hash, route] of CASES) {
	test(`"${hash}"`, () => assert.deepEqual(parseRoute(hash), route));
}

for (const route of [INBOX, { view: "calls", id: "a/b?c#d &", query: {} },
	{ view: "inbox", id: "5", query: { type: "a&b=c" } }]) {
	test(`there and back: ${JSON.stringify(route)}`, () =>
		assert.deepEqual(parseRoute(formatRoute(route)), route));
}

test("what is empty is left out", () => {
	assert.equal(formatRoute({ view: "inbox", id: "", query: { type: "", channel: null } }), "#/inbox");
});
